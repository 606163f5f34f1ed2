"""What a job was asked and what it came to, in words: those of the form that starts it, where it has one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.urls import NoReverseMatch, reverse

from chorale.store.models import Endpoint, Job, Release
from chorale.web import words
from chorale.web.launches import LAUNCHES


class Line(NamedTuple):
    """A word, what stands beside it, and the page of that, if it has one."""

    word: str
    text: str
    href: str = ""
    code: bool = False


# Names whose label on a form says too little away from it, and those that no form asks for.
ASKED = {
    "act": "What is done",
    "address": "To",
    "against": "Compared with",
    "ask": "Models asked first",
    "budget_cost": "Most money",
    "budget_requests": "Most requests",
    "budget_tokens": "Most tokens",
    "calibration": "Through the map",
    "calibration_anyway": "The map even if it made scores worse",
    "code": "Only this problem",
    "elicitation": "Way of asking",
    "engine": "Who speaks",
    "file": "File",
    "find": "Replace",
    "folder": "From",
    "full": "All answers anew",
    "image_side": "Pictures, longer side in pixels",
    "items": "Items tried",
    "kinds": "Kinds masked",
    "least_seconds": "Without answers faster than, in seconds",
    "max_training": "Items learnt from at most",
    "only": "These alone",
    "page": "Items a request",
    "points": "Points",
    "publish": "Published when frozen",
    "put": "by",
    "raters": "Raters",
    "recipe_sha256": "Recipe, SHA-256",
    "region": "Phone numbers of",
    "train_on": "Learns from",
    "trained_on": "It was trained on",
    "ways": "Aggregations",
}
ENGINES = {
    "auto": "whatever fits", "chat": "a language model", "classifier": "a classifier", "lexicon": "a lexicon",
    "function": "a Python function", "file": "a file of predictions",
}  # fmt: skip
OF_KIND = {
    ("prelabel", "rater"): "Its name", ("import_predictions", "name"): "Model",
    ("import_predictions", "file_name"): "File", ("import_predictions", "version"): "Its version",
}  # fmt: skip
RESULT = {
    "corpus": "Corpus", "campaign": "Campaign", "release": "Release", "state": "State", "rater": "Rater", "ref": "Map",
    "speaker": "Rater that speaks through it", "engine": "Who speaks", "kind": "Kind", "key": "Of",
    "read": "Rows read", "imported": "Rows imported", "duplicates": "Duplicates", "quarantined": "Rows in quarantine",
    "answered": "Rows answered", "still": "Rows still wrong", "left_out": "Rows left out",
    "items": "Items", "changed": "Items changed", "complete_items": "Items fully answered",
    "topped_up": "Items asked of more people", "responses": "Answers", "judgments": "Judgments", "left": "Answers left",
    "failed": "Items that failed", "problems": "Problems", "training_items": "Items learnt from",
    "usable_against_people": "Fit for comparison with people", "lines_left_out": "Lines of the lexicon left out",
    "cost": "Cost", "aggregates": "Soft labels", "groups": "Groups", "followers": "Items like another",
    "kept": "Pairs kept", "projects": "Projects in Label Studio", "works": "Can do", "bytes": "Size",
    "digest": "Digest, SHA-256", "folder": "Lies in",
}  # fmt: skip
PAGES = ("campaign", "collection", "corpus", "crosswalk", "endpoint")
CODES = ("recipe_sha256", "digest", "code", "ref")
KEYS = ("calibration", "erasure")  # of rows, which say nothing to people


def asked(job: Job) -> list[Line]:
    """The parameters, what a job is about first."""
    given = dict(job.params)
    lines = []
    if (about := given.pop("scope_type", "")) and (scope := given.pop("scope", "")):
        lines.append(_line(str(about), scope, str(about).capitalize()))
    launch = LAUNCHES.get(job.kind)
    fields = launch.form.base_fields if launch else {}
    order = [*fields, *ASKED]
    for name in sorted(given, key=lambda name: (order.index(name) if name in order else len(order), name)):
        value = given[name]
        if (name in KEYS and isinstance(value, int)) or (name == "file" and given.get("file_name")):
            continue
        label = OF_KIND.get((job.kind, name)) or ASKED.get(name) or (fields[name].label if name in fields else None)
        lines.append(_line(name, value, str(label or _plain(name))))
    return lines


def result(job: Job) -> list[Line]:
    """The figures and names of what came of it; what holds more has a page of its own."""
    told = {name: value for name, value in job.result.items() if isinstance(value, str | int | float | bool)}
    order = [*RESULT]  # the database keeps none
    names = sorted(
        told.keys() - set(KEYS), key=lambda name: (order.index(name) if name in RESULT else len(order), name)
    )
    return [_line(name, told[name], RESULT.get(name) or _plain(name)) for name in names]


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _line(name: str, value: Any, word: str) -> Line:
    text = SAID[name](value) if name in SAID else _text(value)
    return Line(word, text, _href(name, value), name in CODES)


def _text(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return words.count(value) if isinstance(value, int) else f"{value:,.4g}"
    return words.listed(value) if value != "" else words.DASH


def _href(name: str, value: Any) -> str:
    if name not in PAGES or not value:
        return ""
    try:
        return reverse(name, args=[value])
    except NoReverseMatch:
        return ""


def _release(key: Any) -> str:
    row = Release.objects.filter(pk=key).first() if isinstance(key, int) else None
    return str(row or key)


def _models(asks: list[dict[str, Any]]) -> str:
    titles = dict(Endpoint.objects.values_list("slug", "title"))
    said = []
    for one in asks:
        who = one.get("endpoint") or ENGINES.get(one.get("engine", ""), "")
        parts = [titles.get(who) or who, (one.get("elicitation") or {}).get("name"), one.get("prompt")]
        said.append(", ".join(str(part) for part in parts if part))
    return "; ".join(said)


def _lexicon(told: dict[str, Any]) -> str:
    return words.listed({name: "given" if name == "lines" else value for name, value in told.items()})


SAID: dict[str, Callable[[Any], str]] = {
    "ask": _models,
    "bytes": words.size,
    "digest": lambda value: str(value)[:16],
    "engine": lambda value: ENGINES.get(value, str(value)),
    "lexicon": _lexicon,
    "only": lambda value: f"{len(value):,} item{'' if len(value) == 1 else 's'}",
    "recipe_sha256": lambda value: str(value)[:16],
    "release": _release,
    "seed": str,
}

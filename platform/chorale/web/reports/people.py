"""People among themselves: alpha by label, what it is made of, the other coefficients, use of the labels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from chorale.web import words
from chorale.web.reports import charts, figures
from chorale.web.reports.tables import Head, Json, Panel, Table

LABEL = Head("label", "Label", "label")
MOST_DRAWN = 4  # voices that a chart can tell apart
ONE_PERSON = "one person"


def word(body: Json) -> str:
    """What the parts of this report are called."""
    return "dimension" if body.get("kind") == "dimension" else "label"


def parts(body: Json) -> Mapping[str, Mapping[str, Any]]:
    """Alpha of each label or dimension."""
    found: Mapping[str, Mapping[str, Any]] = body.get("people", {}).get("parts") or {}
    return found


def by_label(body: Json) -> Panel:
    """Alpha by label with intervals."""
    rows = tuple(figures.row(f, label=name) for name, f in figures.by_value(parts(body)))
    what = word(body)
    title = f"Alpha by {what}"
    first = Head("label", what.capitalize(), "label")
    chart = partial(
        charts.intervals,
        rows,
        name="alpha-by-label",
        title=title,
        x=charts.ALPHA,
        y=what,
        families=True,
        rule=0.0,
        ticks=charts.ALPHA_TICKS,
        caption="0 is chance. 0.667 and 0.8 are conventions, not limits.",
    )
    lead = "Each label as marked or not, over the raters who answered the item."
    if what == "dimension":
        lead = "Each dimension by itself, on the scheme's own range."
    table = Table("by-label", title, figures.heads(first, value="Alpha"), rows)
    return Panel(table, lead, "per-label", chart, notes=figures.undefined(rows, "label"))


def disagreement(body: Json) -> Panel:
    """Observed and expected disagreement of each label: why alpha is what it is."""
    rows: list[Json] = []
    for name, f in figures.by_value(parts(body)):
        if f.get("observed") is not None and f.get("expected") is not None:
            ratio = f["observed"] / f["expected"] if f["expected"] else None
            rows.append({"label": name, "observed": f["observed"], "expected": f["expected"], "ratio": ratio})
    marks = [
        {"label": row["label"], "group": group, "value": row[key]}
        for row in rows
        for group, key in (("observed", "observed"), ("expected by chance", "expected"))
    ]
    title = "Observed and expected disagreement"
    top = max([0.01, *(mark["value"] for mark in marks)])
    chart = partial(
        charts.intervals,
        marks,
        name="disagreement-by-label",
        title=title,
        x="disagreement of two raters",
        y=word(body),
        groups=("observed", "expected by chance"),
        joined=True,
        domain=(0.0, top * 1.05),
        caption="Alpha is 1 minus their ratio: a rare label has little to disagree on, by chance or otherwise.",
    )
    heads = (LABEL, Head("observed", "Observed"), Head("expected", "Expected"), Head("ratio", "Ratio"))
    return Panel(Table("disagreement", title, heads, tuple(rows)), "", "alpha", chart)


def coefficients(body: Json) -> Panel:
    """The same answers by other measures."""
    found = (body.get("panel") or {}).get("coefficients") or []
    rows = tuple(figures.row(f, measure=f["name"]) for f in found)
    title = "Coefficients side by side"
    # An error in the scheme's own units has no place on a scale of coefficients: it stands in the table alone.
    shown = [row | {"label": row["measure"]} for row in rows if not str(row["measure"]).startswith("mae")]
    chart = partial(
        charts.intervals,
        shown,
        name="coefficients-chart",
        title=title,
        x="coefficient, with 95 % interval",
        y="measure",
        rule=0.0,
        caption="Each corrects for chance in its own way, or not at all. No threshold holds for all of them.",
    )
    table = Table("coefficients", title, figures.heads(Head("measure", "Measure", "text")), rows)
    lead = "The same answers by other measures: read them together, not against each other."
    return Panel(table, lead, "coefficients", chart, notes=figures.undefined(rows, "measure"))


def marks(body: Json) -> Panel:
    """How often each label was marked, in judgments."""
    counted = body.get("counts", {}).get("marks") or {}
    whole = body.get("counts", {}).get("judgments") or 0
    used = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    rows = tuple({"label": name, "marks": n, "share": n / whole if whole else None} for name, n in used)
    title = "How often each label was marked"
    chart = None
    if rows:
        bars = [{"label": row["label"], "value": row["marks"]} for row in rows]
        chart = partial(charts.shares, bars, name="marks", title=title, x="judgments that mark it", y="label")
    heads = (LABEL, Head("marks", "Marks", "count"), Head("share", "Of judgments", "percent"))
    return Panel(Table("marks", title, heads, rows), "", "label-set", chart)


def label_set(body: Json) -> Panel:
    """Is the label set worth its labels: share, cluster, what nobody used."""
    found = (body.get("panel") or {}).get("label_set") or {}
    share, clusters = found.get("share") or {}, found.get("clusters") or {}
    ordered = sorted(share.items(), key=lambda pair: (clusters.get(pair[0], -1), -(pair[1] or 0.0)))
    rows = tuple({"label": name, "share": value, "cluster": _cluster(clusters.get(name))} for name, value in ordered)
    unused = found.get("unused") or ()
    facts = (
        ("Labels in use", f"{words.figure(found.get('effective'), 1)}", f"effective, of {len(share)}"),
        ("Components", words.figure(found.get("components"), 1), "participation ratio"),
        ("Never marked", words.count(len(unused)), ""),
    )
    heads = (LABEL, Head("share", "Of judgments", "percent"), Head("cluster", "Cluster", "text"))
    lead = (
        "Diversity, components and clusters from the votes alone. Labels of one cluster are marked on the same items."
    )
    return Panel(
        Table("label-set", "Is the label set worth its labels?", heads, rows),
        lead,
        "label-set",
        facts=facts if rows else (),
    )


def _cluster(number: int | None) -> str | None:
    return None if number is None or number < 0 else str(number)


def upper_bound(body: Json) -> Panel:
    """What one rater reaches against the others, the bound that a model is held to, and what each model reaches."""
    found = (body.get("panel") or {}).get("human_upper_bound") or {}
    title = "Human upper bound"
    rows = [figures.row(f, measure=name, who=ONE_PERSON) for name, f in (found.get("overall") or {}).items()]
    for model in body.get("models", []) if rows else []:
        scores = (model.get("panel") or {}).get("scores") or {}
        rows += [figures.row(f, measure=name, who=model["rater"]) for name, f in (scores.get("overall") or {}).items()]
    voices = list(dict.fromkeys(row["who"] for row in rows))[:MOST_DRAWN]
    shown = [row | {"label": row["measure"], "group": row["who"]} for row in rows if row["who"] in voices]
    chart = partial(
        charts.intervals,
        shown,
        name="upper-bound",
        title=title,
        x="score, with 95 % interval",
        y="score",
        groups=voices if len(voices) > 1 else (),
        caption="The others are one fewer than a model is scored against, so the bound is a little low.",
    )
    heads = figures.heads(Head("measure", "Score", "text"), disagreement=False, counts=False)
    heads = (heads[0], Head("who", "Who", "text"), *heads[1:])
    lead = (
        "Each person left out in turn, scored against the others' plurality or majority; a model against all of them."
    )
    table = Table("human-upper-bound", title, heads, tuple(rows))
    return Panel(table, lead, "human-upper-bound", chart, found.get("refused", ""))


def weighted(body: Json) -> Panel:
    """The same alphas by inverse chances of having been drawn: of what the sample was drawn from, not of the sample."""
    found = body.get("weighted") or {}
    title = "Weighed by the chance of having been drawn"
    told = dict(found.get("parts") or {})
    if found.get("overall"):
        told = {"overall": found["overall"], **told}
    plain = {"overall": (body.get("people") or {}).get("overall") or {}, **parts(body)}
    rows = tuple(
        figures.row(f, label=name) | {"sample": (plain.get(name) or {}).get("value")} for name, f in told.items()
    )
    marks = [
        {"label": row["label"], "group": group, **{key: figure.get(key) for key in ("value", "low", "high")}}
        for row in rows
        for group, figure in (("weighed", row), ("the sample as it is", plain.get(row["label"]) or {}))
    ]
    chart = partial(
        charts.intervals,
        marks,
        name="weighted-chart",
        title=title,
        x=charts.ALPHA,
        y=word(body),
        groups=("weighed", "the sample as it is"),
        rule=0.0,
        ticks=charts.ALPHA_TICKS,
    )
    heads = figures.heads(LABEL, value="Alpha", more=(Head("sample", "Of the sample"),))
    lead = "The items were drawn with unequal chances: weighed, the figures speak of what they were drawn from."
    return Panel(Table("weighted", title, heads, rows), lead, "alpha", chart, found.get("refused", ""))

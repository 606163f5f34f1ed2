"""What a model rater is, in words: what makes it, how it is asked or fitted, what it was trained on."""

from __future__ import annotations

from typing import Any

from chorale.store.models import Rater
from chorale.web import words
from chorale.web.job_words import ENGINES, Line

FACTS = {
    "name": "Name", "scheme": "Scheme", "perspective": "Perspective", "url": "Address", "prompt_version": "Prompt",
    "asks": "Is asked for", "stage": "Stage", "uncalibrated": "Calibrated from", "calibration": "Through the map",
}  # fmt: skip
PARAMETERS = {
    "name": "Way of asking", "samples": "Samples an item", "top": "Most likely tokens read",
    "turns": "Orders of the options", "names": "Options by their names", "abstain": "May abstain",
    "strict": "Held to a schema", "max_tokens": "Tokens of an answer at most",
    "image_side": "Pictures, longer side in pixels", "frames": "Frames of a video", "audio_seconds": "Seconds of sound",
    "show_language": "The item's language is named", "folds": "Folds", "ngrams": "Features at most",
    "strength": "Regularisation", "seed": "Seed", "rules": "Terms and rules", "hash": "Hash of its rules",
    "version": "Its own version",
}  # fmt: skip
UNSAID = ("engine", "version", "training_items", "scores", "shots")  # said elsewhere on the page, or otherwise
HERE = ("trained_on",)


def kind(row: Rater) -> str:
    """What speaks: a person, the source, or what a model is."""
    return ENGINES.get(row.model.get("engine", ""), row.kind) if row.kind == "model" else row.kind


def lines(row: Rater) -> list[Line]:
    """Facts of a model and its parameters; what is nothing is left out, as is what the page says beside them."""
    told = {name: value for name, value in row.model.items() if name not in UNSAID and not isinstance(value, dict)}
    given = {name: value for name, value in (row.model.get("parameters") or {}).items() if name not in HERE}
    found = [*_said(told, FACTS), *_said(given, PARAMETERS)]
    if version := row.model.get("version"):
        found.append(Line("Fingerprint", str(version), code=True))
    return found


def _said(told: dict[str, Any], known: dict[str, str]) -> list[Line]:
    order = [*known]
    names = sorted(told, key=lambda name: (order.index(name) if name in known else len(order), name))
    return [
        Line(known.get(name) or name.replace("_", " ").capitalize(), _text(name, told[name]), code=name == "hash")
        for name in names
        if told[name] not in (None, "", [], {}) and not (name == "image_side" and not told[name])
    ]


def _text(name: str, value: Any) -> str:
    return f"{len(value):,}" if name == "rules" else words.listed(value)

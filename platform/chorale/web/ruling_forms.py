"""The form of a ruling: what a scheme asks for, each answer with the key that gives it, and what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from chorale.store.models import Ruling
from chorale.web import palette
from harmonize.problems import ChoraleError
from harmonize.records import Kind
from harmonize.schemes import Dimension, Scheme

KEYS = "123456789abcdefghijklmopqstuvwxyz"  # 0 is "no label", n the next item, r the reason
NONE = ""  # the answer "no label", of a scheme where raters mark any number


@dataclass(frozen=True)
class Choice:
    """One label to decide for."""

    id: str
    name: str
    family: str
    key: str
    about: str = ""


@dataclass(frozen=True)
class Asked:
    """What a ruling under a scheme says: one of ``choices``, or ``several``, or a number for each dimension."""

    scheme: str
    perspective: str
    several: bool
    choices: tuple[Choice, ...]
    dimensions: tuple[Dimension, ...]


def asked(core: Scheme, perspective: str) -> Asked:
    """The form of a scheme."""
    labels = () if core.dimensions else core.labels
    choices = tuple(
        Choice(label.id, label.name, palette.of_label(label, core), KEYS[i : i + 1], label.definition or "")
        for i, label in enumerate(labels)
    )
    return Asked(core.ref, perspective, core.kind != Kind.SINGLE, choices, tuple(core.dimensions))


def sent(core: Scheme, data: QueryDict) -> dict[str, Any]:
    """Labels or values of a form. ChoraleError `ruling-answer` where nothing was chosen or a number is none."""
    if core.dimensions:
        told = {d.id: data.get(f"value-{d.id}", "").strip().replace(",", ".") for d in core.dimensions}
        try:
            return {"values": {name: float(text) for name, text in told.items() if text}}
        except ValueError:
            raise ChoraleError("ruling-answer", "A value is no number.", "Write it as 3.5.") from None
    labels = data.getlist("label")
    if not labels:
        raise ChoraleError("ruling-answer", "No label was chosen.", "Choose one, or say that none applies.")
    if NONE in labels and len(labels) > 1:
        raise ChoraleError("ruling-answer", "No label and a label were chosen.", "Choose one of the two.")
    return {"labels": [label for label in labels if label != NONE]}


def reasons(decided_by: int) -> list[str]:
    """The reasons that a person gave last, to choose from."""
    rows = Ruling.objects.filter(decided_by=decided_by).order_by("-pk").values_list("reason", flat=True)[:60]
    return list(dict.fromkeys(rows))[:8]

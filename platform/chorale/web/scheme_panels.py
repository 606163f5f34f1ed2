"""What a scheme's page shows beside its labels: the rating form, prompt and column types, norms, penalties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chorale.web import palette, words
from chorale.web.trees import Branch, tree
from chorale.web.wheel import Sector, wheel
from harmonize.affect import shipped_norms
from harmonize.records import Kind
from harmonize.schemes import Dimension, Scheme, load
from harmonize.schemes.penalty import penalties

MOST_LABELS = 36  # a larger table of penalties is not read by anybody


@dataclass(frozen=True)
class NormPoint:
    """A label's word and where norms place it: (number, where its mark of width 2.4 starts on 0..100) by dimension."""

    name: str
    family: str
    word: str
    places: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class NormTable:
    """One table of norms: its dimensions, its points, whose it is, and what of it was verified."""

    title: str
    cite: str
    status: str
    note: str
    dimensions: tuple[Dimension, ...]
    points: tuple[NormPoint, ...]


@dataclass(frozen=True)
class Panels:
    """A scheme ready to draw."""

    core: Scheme
    wheel: list[Sector]
    tree: list[Branch]
    choices: list[tuple[Any, str]]
    several: bool
    strengths: tuple[tuple[int, str], ...]
    prompt: str
    columns: tuple[tuple[str, str], ...]

    @property
    def graded(self) -> bool:
        """Labels with strengths."""
        return self.core.kind == Kind.INTENSITY


def panels(core: Scheme) -> Panels:
    """What is drawn of every scheme, also of one that is not registered yet."""
    drawn = wheel(core)
    return Panels(
        core=core,
        wheel=drawn,
        tree=[] if drawn else tree(core),
        choices=[(label, palette.family(label.id)) for label in core.labels if not label.retired],
        several=core.kind != Kind.SINGLE,
        strengths=tuple(enumerate(core.levels)),
        prompt=core.prompt_section(),
        columns=(("one answer", str(core.arrow_type())), ("soft label", str(core.soft_type()))),
    )


def norm_tables(core: Scheme) -> list[NormTable]:
    """The word norms that speak of this scheme's labels."""
    found = []
    for norms in shipped_norms():
        if core.id not in norms.labels or load(core.id).names != core.names:
            continue
        dimensions = load(norms.scheme).dimensions
        points = [
            NormPoint(
                label.name,
                palette.family(label.id),
                norms.labels[core.id][label.id],
                tuple(
                    (words.figure(float(v), 2), round(100 * (float(v) - d.low) / (d.high - d.low) - 1.2, 1))
                    for v, d in zip(norms.points(core.id)[label.code], dimensions, strict=True)
                ),
            )
            for label in core.labels
            if label.id in norms.labels[core.id]
        ]
        found.append(NormTable(norms.title, norms.cite, norms.status, norms.note, dimensions, tuple(points)))
    return found


def penalty_table(core: Scheme) -> list[tuple[str, list[tuple[str, str]]]]:
    """How much two labels speak against each other, a line a label of (text, shade); empty for none or too many."""
    if not core.labels or len(core.labels) > MOST_LABELS:
        return []
    cost = penalties(core)
    if not cost.any():
        return []
    return [
        (label.name, [(_cost(float(c)), f"p{min(5, round(float(c) * 5))}") for c in cost[label.code]])
        for label in core.labels
    ]


def _cost(value: float) -> str:
    return "" if value < 0.005 else words.figure(value, 2)

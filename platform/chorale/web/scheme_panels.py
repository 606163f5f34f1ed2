"""What a scheme's page shows beside its labels: the rating form, prompt and column types, norms, penalties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotation.studio import manikin
from annotation.studio.layers import steps
from chorale.web import palette, words
from chorale.web.trees import Branch, tree
from chorale.web.wheel import Sector, wheel
from harmonize.affect.bins import Bins, shipped_bins
from harmonize.affect.norms import norms_of
from harmonize.records import Kind
from harmonize.schemes import Dimension, Scheme, load
from harmonize.schemes.graph import BROADER
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
class Scale:
    """A dimension as a rater is asked it: its numbered ``steps`` as (value, figure), none where a slider is drawn."""

    dimension: Dimension
    steps: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Panels:
    """A scheme ready to draw."""

    core: Scheme
    wheel: list[Sector]
    tree: list[Branch]
    choices: list[tuple[Any, str]]
    several: bool
    strengths: tuple[tuple[int, str], ...]
    scales: tuple[Scale, ...]
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
        choices=[(label, palette.of_label(label, core)) for label in core.labels if not label.retired],
        several=core.kind != Kind.SINGLE,
        strengths=tuple(enumerate(core.levels)),
        scales=tuple(_scale(dimension) for dimension in core.dimensions),
        prompt=core.prompt_section(),
        columns=(
            ("one answer", str(core.arrow_type())),
            ("with its status and texts", str(core.record_type())),
            ("soft label", str(core.soft_type())),
        ),
    )


def _scale(dimension: Dimension) -> Scale:
    count = steps(dimension) or 0
    values = (dimension.low + place * (dimension.step or 0) for place in range(count))
    drawn = tuple((value, manikin.figure(dimension.id, place, count)) for place, value in enumerate(values))
    return Scale(dimension, drawn)


def norm_tables(core: Scheme) -> list[NormTable]:
    """The word norms that speak of this scheme's labels."""
    found = []
    for norms in norms_of(core):
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


@dataclass(frozen=True)
class Ranges:
    """A binned view of a scheme of numbers: for each dimension its ranges as (name, start, width) on 0..100."""

    ref: str
    title: str
    note: str
    dimensions: tuple[tuple[Dimension, tuple[tuple[str, float, float], ...]], ...]


def binned_views(core: Scheme) -> list[Ranges]:
    """The shipped views that cut this scheme's dimensions into named ranges."""
    return [
        Ranges(view.ref, view.title, view.note, tuple(_ranges(core, bins) for bins in view.bins))
        for view in shipped_bins()
        if view.scheme == core.ref
    ]


def _ranges(core: Scheme, bins: Bins) -> tuple[Dimension, tuple[tuple[str, float, float], ...]]:
    dimension = core.dimensions[core.code(bins.dimension)]
    cuts = [dimension.low, *bins.edges, dimension.high]
    places = [round(100 * (cut - dimension.low) / (dimension.high - dimension.low), 1) for cut in cuts]
    told = [
        (f"{name}, {low:.3g} to {high:.3g}", at, round(to - at, 1))
        for name, low, high, at, to in zip(bins.names, cuts, cuts[1:], places, places[1:], strict=False)
    ]
    return dimension, tuple(told)


def several_parents(core: Scheme) -> bool:
    """Whether some label stands under more than one, with a share for each."""
    return any(link.predicate == BROADER for link in core.links)


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

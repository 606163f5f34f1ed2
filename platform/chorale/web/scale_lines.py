"""A rescaling as lines between two ranges: where five even places of the source land on the target."""

from __future__ import annotations

from dataclasses import dataclass

from chorale.web import palette, words
from harmonize.crosswalks import NO_TERM, Crosswalk

LEFT, RIGHT = 30.0, 690.0
PLACES = 5


@dataclass(frozen=True)
class Tick:
    """One place: its value on both ranges, and where each stands (0..720)."""

    above: str
    below: str
    x: float
    to: float


@dataclass(frozen=True)
class ScaleLine:
    """One dimension: its names on both sides, the rule in words, and its ticks."""

    source: str
    target: str
    family: str
    rule: str
    ticks: tuple[Tick, ...]


def scale_lines(core: Crosswalk) -> list[ScaleLine]:
    """A line for each dimension that has a counterpart."""
    return [_line(core, k) for k, cell in enumerate(core.cells) if cell.object != NO_TERM]


def _line(core: Crosswalk, k: int) -> ScaleLine:
    cell = core.cells[k]
    source = core.source_labels.dimensions[core.source_labels.code(cell.subject)]
    target = core.target_labels.dimensions[core.target_labels.code(cell.object)]
    ticks = []
    for step in range(PLACES):
        value = source.low + (source.high - source.low) * step / (PLACES - 1)
        mapped = cell.intercept + cell.weight * value
        share = (mapped - target.low) / (target.high - target.low)
        x = LEFT + (RIGHT - LEFT) * step / (PLACES - 1)
        ticks.append(Tick(f"{value:g}", words.figure(mapped, 2), round(x, 1), round(LEFT + (RIGHT - LEFT) * share, 1)))
    sign = "−" if cell.weight < 0 else "+"
    rule = f"{target.name} = {cell.intercept:g} {sign} {abs(cell.weight):g} × {source.name}"
    return ScaleLine(source.name, target.name, palette.family(target.id), rule, tuple(ticks))

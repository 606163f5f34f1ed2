"""A scheme as a wheel: labels that have an angle, each a sector, stronger tiers nearer to the middle."""

from __future__ import annotations

import math
from dataclasses import dataclass

from chorale.web import palette
from harmonize.schemes import Label, Scheme

CENTRE = 200.0
INNER, OUTER = 40.0, 196.0
LETTER = 4.9  # mean width of a letter at the size that names are drawn in


@dataclass(frozen=True)
class Sector:
    """One label: its outline, where its name stands, its colour family and how strong the colour is (0..1).

    ``fit``: the width that a long name is drawn in, where its ring is narrower than the name; else None.
    """

    name: str
    family: str
    outline: str
    x: float
    y: float
    strength: float
    fit: float | None = None


def wheel(scheme: Scheme) -> list[Sector]:
    """The sectors; empty for a scheme without angles."""
    placed = [label for label in scheme.labels if label.angle is not None]
    angles = sorted({label.angle or 0.0 for label in placed})
    levels = sorted({label.level or 1 for label in placed})
    if len(angles) < 3:
        return []
    names = {label.id: label for label in scheme.labels}
    ring = (OUTER - INNER) / len(levels)
    return [_sector(label, names, 360 / len(angles), levels, ring) for label in placed]


def _sector(label: Label, names: dict[str, Label], width: float, levels: list[int], ring: float) -> Sector:
    place = levels.index(label.level or 1)  # the weakest lies outside
    outer = OUTER - place * ring
    inner = outer - ring
    start, end = (label.angle or 0.0) - width / 2, (label.angle or 0.0) + width / 2
    x, y = _point((inner + outer) / 2, label.angle or 0.0)
    known = palette.family(label.id)
    if known == "other" and label.parent in names:
        known = palette.family(label.parent or "")
    strength = 0.3 + 0.7 * (place + 1) / len(levels) if len(levels) > 1 else 0.8
    # Left and right of the middle a name runs across the ring; elsewhere along it, where there is room.
    across = abs(math.sin(math.radians(label.angle or 0.0))) > 0.9
    fit = ring - 5 if across and len(label.name) * LETTER > ring - 5 else None
    return Sector(label.name, known, _ring(start, end, inner, outer), x, y, round(strength * 0.7, 2), fit)


def _point(radius: float, angle: float) -> tuple[float, float]:
    """Clockwise from the top."""
    turn = math.radians(angle - 90)
    return round(CENTRE + radius * math.cos(turn), 1), round(CENTRE + radius * math.sin(turn), 1)


def _ring(start: float, end: float, inner: float, outer: float) -> str:
    (ax, ay), (bx, by) = _point(outer, start), _point(outer, end)
    (cx, cy), (dx, dy) = _point(inner, end), _point(inner, start)
    return f"M{ax} {ay}A{outer:.1f} {outer:.1f} 0 0 1 {bx} {by}L{cx} {cy}A{inner:.1f} {inner:.1f} 0 0 0 {dx} {dy}Z"

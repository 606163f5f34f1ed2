"""Figures over the steps of valence, arousal and dominance.

In the manner of the self-assessment manikin (Bradley and Lang 1994), none of it copied: a face from frown to smile, a
body from still to excited, a person from small to large.
"""

from __future__ import annotations

import math
from collections.abc import Callable

LENGTHS = (5, 7, 9)  # of scales that get figures; any other has numbers alone


def figure(dimension: str, step: int, of: int) -> str:
    """The SVG of one step, counted from 0, of a scale of ``of`` steps; "" where there are no figures.

    Strokes take the colour of the words around it (``currentColor``).

    >>> figure("valence", 0, 9)[:33], figure("irony", 0, 9)
    ('<svg xmlns="http://www.w3.org/200', '')
    """
    draw = FIGURES.get(dimension)
    if draw is None or of not in LENGTHS:
        return ""
    line = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    drawn = draw(step / (of - 1))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" aria-hidden="true"><g {line}>{drawn}</g></svg>'


def _face(share: float) -> str:
    """From frown to smile; the mouth's bend is the value."""
    bend = 12 * (share - 0.5)
    mouth = f'<path d="M12 {27 - bend / 2:.1f} Q20 {27 + 1.2 * bend:.1f} 28 {27 - bend / 2:.1f}"/>'
    eyes = '<circle cx="14" cy="16" r="1" fill="currentColor"/><circle cx="26" cy="16" r="1" fill="currentColor"/>'
    return f'<circle cx="20" cy="20" r="16"/>{eyes}{mouth}'


def _burst(share: float) -> str:
    """From a still point to a wide jagged star within the same body."""
    rays, outer, inner = 9, 2 + 14 * share, 1.5 + 6 * share
    points = []
    for corner in range(2 * rays):
        radius, angle = (outer if corner % 2 == 0 else inner), math.pi * corner / rays
        points.append(f"{20 + radius * math.sin(angle):.1f},{20 - radius * math.cos(angle):.1f}")
    return f'<circle cx="20" cy="20" r="18" stroke-width="1"/><polygon points="{" ".join(points)}"/>'


def _size(share: float) -> str:
    """From a small person to one who fills the frame."""
    scale = 0.3 + 0.7 * share
    body = '<circle cx="0" cy="-26" r="6"/><path d="M-10 0 V-8 Q-10 -17 0 -17 Q10 -17 10 -8 V0 Z"/>'
    return f'<path d="M4 38 H36" stroke-width="1"/><g transform="translate(20 37) scale({scale:.3f})">{body}</g>'


FIGURES: dict[str, Callable[[float], str]] = {"valence": _face, "arousal": _burst, "dominance": _size}

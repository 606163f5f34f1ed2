"""The geometry of a wheel: where labels lie, how far apart they are, and which one is across."""

from __future__ import annotations

import numpy as np

from harmonize.problems import ChoraleError
from harmonize.records import Float64
from harmonize.schemes.scheme import Scheme


def positions(scheme: Scheme) -> Float64:
    """Each label as a point, float64[L, 2], NaN for labels off the wheel.

    Angles run clockwise from the top, so x = r sin(angle), y = r cos(angle). r = level / (greatest level), the label's
    ordinal strength, and 1 where the scheme has no levels. Raises `ChoraleError("scheme-wheel")` without any angle.
    """
    placed = [label for label in scheme.labels if label.angle is not None]
    if not placed:
        raise ChoraleError("scheme-wheel", f"{scheme.ref} gives no label an angle.", "State angle in its file.")
    top = max(label.level or 1 for label in placed)
    points = np.full((len(scheme.labels), 2), np.nan)
    for label in placed:
        turn, reach = np.deg2rad(label.angle or 0.0), (label.level or top) / top
        points[label.code] = reach * np.sin(turn), reach * np.cos(turn)
    return points


def separation(scheme: Scheme) -> Float64:
    """Angle between two labels in degrees, float64[L, L] in 0..180, NaN where one is off the wheel."""
    angles = np.array([np.nan if label.angle is None else label.angle for label in scheme.labels])
    apart: Float64 = np.abs((angles[:, None] - angles[None, :] + 180.0) % 360.0 - 180.0)
    return apart


def across(scheme: Scheme, name: str) -> tuple[str, ...]:
    """The labels right across the wheel from a label (180 degrees, any strength), in code order."""
    apart = separation(scheme)[scheme.code(name)]
    return tuple(scheme.names[code] for code in np.flatnonzero(np.isclose(apart, 180.0)))

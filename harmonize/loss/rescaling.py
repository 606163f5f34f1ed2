"""What a change of range loses: nothing as numbers, and something once the target's steps are kept to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harmonize.crosswalks import NO_TERM, Crosswalk, CrosswalkKind
from harmonize.crosswalks.rescale import affine
from harmonize.problems import ChoraleError
from harmonize.records import Float64
from harmonize.schemes import Dimension

POINTS = 1001  # values tried of a dimension without steps


@dataclass(frozen=True, slots=True)
class RescaleLoss:
    """The loss of a rescaling over every value of the source scale, each alike; units of the source.

    ``coverage``: share of dimensions that have a counterpart; ``outside``: greatest share of a dimension's values that
    land off the target's range. There and back again: ``rmse`` and ``kept`` (1 - residual variance / variance) with the
    numbers as they are, ``rounded_rmse`` and ``rounded_kept`` once each is rounded to the target's nearest step (equal
    to the former where the target has no steps).
    """

    coverage: float
    outside: float
    rmse: float
    kept: float
    rounded_rmse: float
    rounded_kept: float


def rescale_loss(crosswalk: Crosswalk) -> RescaleLoss:
    """The figures of a rescaling crosswalk, means over its dimensions. Raises `ChoraleError` for other kinds."""
    if crosswalk.kind != CrosswalkKind.RESCALE:
        raise ChoraleError("crosswalk-kind", f"{crosswalk.ref} maps labels.", "Use loss_report.")
    slopes, intercepts = affine(crosswalk)
    source, target = crosswalk.source_labels, crosswalk.target_labels
    found = []
    for cell in crosswalk.cells:
        if cell.object == NO_TERM:
            continue
        from_, to = source.code(cell.subject), target.code(cell.object)
        told = source.dimensions[from_], target.dimensions[to]
        found.append(_there_and_back(*told, float(slopes[from_, to]), float(intercepts[to])))
    means = np.array(found).mean(axis=0) if found else np.full(5, np.nan)
    outside = max((row[0] for row in found), default=0.0)
    return RescaleLoss(len(found) / len(source.names), outside, *(float(x) for x in means[1:]))


def _there_and_back(source: Dimension, target: Dimension, slope: float, intercept: float) -> tuple[float, ...]:
    count = POINTS if source.step is None else round((source.high - source.low) / source.step) + 1
    values: Float64 = np.linspace(source.low, source.high, count, dtype=np.float64)
    there = intercept + slope * values
    outside = float(((there < target.low - 1e-9) | (there > target.high + 1e-9)).mean())
    kept_to = there
    if target.step is not None:
        kept_to = target.low + np.rint((there - target.low) / target.step) * target.step
    figures = [_fit(values, np.asarray((back - intercept) / slope)) for back in (there, kept_to)]
    return (outside, *(number for pair in figures for number in pair))


def _fit(values: Float64, back: Float64) -> tuple[float, float]:
    off = float(((back - values) ** 2).mean())
    return float(np.sqrt(off)), 1 - off / float(values.var())

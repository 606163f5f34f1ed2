"""Dimension estimates that allow for raters' habits: z-scores per rater, and weights by agreement with the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from annotation.aggregation.triples import require_raters
from annotation.agreement.answers import numbers, require
from annotation.agreement.loo import others_mean
from harmonize.records import Float64, Int64, Judgments, Kind, Semantics, SoftLabels


@dataclass(frozen=True, eq=False)
class Weighted:
    """``soft``: DIMENSION on the native range. Of each rater: ``weight``, ``center`` and ``scale``, all [R, D]."""

    soft: SoftLabels
    raters: pa.StringArray
    weight: Float64
    center: Float64
    scale: Float64


def z_scored(j: Judgments, *, least: int = 5) -> Weighted:
    """Mean of ratings standardised per rater, put back on the native range by the overall mean and SD.

    A rater with fewer than ``least`` ratings, or without variance, keeps the raw values: too little is known of their
    use of the scale. The items raters saw should be a random share of all; otherwise z-scores remove true differences.
    """
    require(j, Kind.DIMENSION, fix="Only numbers have a scale.")
    require_raters(j)
    parts = [_one_z(j, column, least) for column in range(len(j.labels))]
    return _put(j, parts, "z-scored")


def evaluator_weighted(j: Judgments, *, least: int = 3) -> Weighted:
    """Evaluator weighted estimator: mean weighted by each rater's correlation with the mean of the others.

    Grimm and Kroschel 2005. Negative correlations, and raters with fewer than ``least`` shared items, weigh nothing;
    an item whose raters all weigh nothing keeps its plain mean.
    """
    require(j, Kind.DIMENSION, fix="Only numbers have correlations.")
    require_raters(j)
    parts = [_one_weighted(j, column, least) for column in range(len(j.labels))]
    return _put(j, parts, "evaluator-weighted")


@dataclass(frozen=True, eq=False)
class Part:
    """One dimension: item values, spread, and each rater's weight, center and scale."""

    value: Float64
    spread: Float64
    weight: Float64
    center: Float64
    scale: Float64


def _column(j: Judgments, column: int) -> tuple[Int64, Int64, Float64]:
    assert j.values is not None
    item, value = numbers(j, column)
    return item, j.rater[j.counted & ~np.isnan(j.values[:, column])].astype(np.int64), value


def _rater_moments(rater: Int64, value: Float64, size: int) -> tuple[Float64, Float64, Int64]:
    m = np.bincount(rater, minlength=size)
    center = np.bincount(rater, weights=value, minlength=size) / np.where(m > 0, m, np.nan)
    square = np.bincount(rater, weights=(value - center[rater]) ** 2, minlength=size)
    return center, np.sqrt(square / np.where(m > 0, m, np.nan)), m


def _one_z(j: Judgments, column: int, least: int) -> Part:
    item, rater, value = _column(j, column)
    center, scale, m = _rater_moments(rater, value, len(j.raters))
    usable = (m >= least) & (scale > 1e-12)
    mean, sd = value.mean(), value.std()
    shifted = np.where(
        usable[rater], mean + sd * (value - center[rater]) / np.where(scale > 1e-12, scale, 1)[rater], value
    )
    flat = np.where(m > 0, 1.0, np.nan)
    return Part(*_mean(item, shifted, np.ones_like(shifted), len(j.items)), flat, center, scale)


def _one_weighted(j: Judgments, column: int, least: int) -> Part:
    item, rater, value = _column(j, column)
    center, scale, m = _rater_moments(rater, value, len(j.raters))
    rest, others = others_mean(item, value, len(j.items))
    weight = np.where(m > 0, 0.0, np.nan)
    for code in np.unique(rater):
        own = (rater == code) & (others > 0)
        x, y = value[own], rest[own]
        if len(x) >= least and np.ptp(x) > 0 and np.ptp(y) > 0:
            weight[code] = max(float(np.corrcoef(x, y)[0, 1]), 0.0)
    each = weight[rater]
    # Where no rater of an item weighs anything, all weigh the same.
    silent = np.bincount(item, weights=each, minlength=len(j.items)) <= 0
    each = np.where(silent[item], 1.0, each)
    return Part(*_mean(item, value, each, len(j.items)), weight, center, scale)


def _mean(item: Int64, value: Float64, weight: Float64, size: int) -> tuple[Float64, Float64]:
    total = np.bincount(item, weights=weight, minlength=size)
    divisor = np.where(total > 0, total, np.nan)
    center = np.bincount(item, weights=weight * value, minlength=size) / divisor
    square = np.bincount(item, weights=weight * (value - center[item]) ** 2, minlength=size)
    return center, np.sqrt(square / divisor)


def _put(j: Judgments, parts: list[Part], method: str) -> Weighted:
    assert j.values is not None
    value, spread, weight, center, scale = (
        np.column_stack([getattr(part, name) for part in parts])
        for name in ("value", "spread", "weight", "center", "scale")
    )
    there = j.counted & ~np.isnan(j.values).all(axis=1)
    n = np.bincount(j.item[there], minlength=len(j.items)).astype(np.int32)
    soft = SoftLabels(Semantics.DIMENSION, j.items, j.labels, value, n, method, spread=spread)
    return Weighted(soft, j.raters, weight, center, scale)

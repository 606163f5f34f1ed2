"""Numeric dimensions to one value an item: mean, median, published rules. Always on the scheme's native range."""

from __future__ import annotations

import numpy as np

from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind, Semantics, SoftLabels


def dimension_mean(j: Judgments) -> SoftLabels:
    """Mean over raters of each dimension (DIMENSION), with population SD as ``spread`` and n counted raters.

    A rater who left a dimension out is left out of that dimension; ``n`` counts raters who gave at least one.
    """
    n, mean, spread, raters = _moments(j)
    del n
    return _made(j, mean, spread, raters, "dimension-mean")


def dimension_median(j: Judgments) -> SoftLabels:
    """Median over raters of each dimension; ``spread`` is the population SD over raters."""
    _, mean, spread, raters = _moments(j)
    assert j.values is not None
    medians = np.full_like(mean, np.nan)
    for column in range(len(j.labels)):
        rows = np.flatnonzero(j.counted & ~np.isnan(j.values[:, column]))
        item, number = j.item[rows], j.values[rows, column].astype(np.float64)
        order = np.lexsort((number, item))
        item, number = item[order], number[order]
        found, first, size = np.unique(item, return_index=True, return_counts=True)
        medians[found, column] = (number[first + (size - 1) // 2] + number[first + size // 2]) / 2
    return _made(j, medians, spread, raters, "dimension-median")


def emobank_rule(j: Judgments) -> SoftLabels:
    """EmoBank's published rule: drop ratings of 1 on every dimension, mean and population SD, N > 1, 2 decimals.

    Items left with fewer than two ratings are not in the result. Source: Buechel and Hahn 2017 (E17-2092) and the
    corpus' own reader.csv and writer.csv, which it reproduces.
    """
    _need(j)
    assert j.values is not None
    j = j.select(j.counted & ~(j.values == 1).all(axis=1))
    n, mean, spread, raters = _moments(j)
    kept = np.flatnonzero(n.min(axis=1) > 1)
    return SoftLabels(
        semantics=Semantics.DIMENSION,
        items=j.items.take(kept),
        labels=j.labels,
        values=half_even(mean[kept]),
        n=raters[kept].astype(np.int32),
        method="emobank-rule",
        spread=half_even(spread[kept]),
    )


def half_even(values: Float64, decimals: int = 2) -> Float64:
    """Rounded to ``decimals`` after clearing float noise, so that 2.675 computed from ratings rounds as itself."""
    return np.asarray(np.round(np.round(values, 12), decimals))


def _moments(j: Judgments) -> tuple[Float64, Float64, Float64, Float64]:
    """Ratings [I, D], mean [I, D], population SD [I, D], and raters with any value [I]."""
    _need(j)
    assert j.values is not None
    size, rows = len(j.items), np.flatnonzero(j.counted)
    item, values = j.item[rows], j.values[rows].astype(np.float64)
    there = ~np.isnan(values)
    n, mean, spread = (np.zeros((size, len(j.labels))) for _ in range(3))
    for column in range(len(j.labels)):
        own, number = item[there[:, column]], values[there[:, column], column]
        count = np.bincount(own, minlength=size).astype(np.float64)
        divisor = np.where(count > 0, count, np.nan)
        center = np.bincount(own, weights=number, minlength=size) / divisor
        square = np.bincount(own, weights=(number - center[own]) ** 2, minlength=size)
        n[:, column], mean[:, column], spread[:, column] = count, center, np.sqrt(square / divisor)
    return n, mean, spread, np.bincount(item[there.any(axis=1)], minlength=size).astype(np.float64)


def _need(j: Judgments) -> None:
    if j.kind != Kind.DIMENSION:
        raise ChoraleError("judgments-kind", f"{j.kind} judgments have no dimensions.", "Use vote_* or intensity_mean.")


def _made(j: Judgments, values: Float64, spread: Float64, raters: Float64, method: str) -> SoftLabels:
    n = raters.astype(np.int32)
    return SoftLabels(Semantics.DIMENSION, j.items, j.labels, values, n, method, spread=spread)

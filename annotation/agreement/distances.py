"""Distances between values: numbers, sets of labels, whole distributions. All in 0..1 except where said."""

from __future__ import annotations

import numpy as np

from harmonize.records import Bool, Float64


def ratio(points: Float64) -> Float64:
    """Krippendorff's ratio distance ((c - k) / (c + k))^2 between non-negative ``points`` [V], as [V, V]."""
    total = points[:, None] + points[None, :]
    gap = points[:, None] - points[None, :]
    return np.asarray(np.divide(gap, total, out=np.zeros_like(gap), where=total != 0) ** 2)


def jaccard(sets: Bool) -> Float64:
    """1 - |A and B| / |A or B| between rows of ``sets`` [V, L]; two empty sets are at distance 0."""
    both, either = _overlap(sets)
    return np.asarray(1 - np.divide(both, either, out=np.ones_like(both), where=either > 0))


def masi(sets: Bool) -> Float64:
    """MASI distance 1 - Jaccard x monotonicity between rows of ``sets`` [V, L] (Passonneau 2006).

    Monotonicity is 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap, 0 where disjoint: exact
    thirds, where NLTK rounds to .67 and .33.
    """
    both, either = _overlap(sets)
    size = sets.sum(axis=1).astype(np.float64)
    smaller = np.minimum(size[:, None], size[None, :])
    monotone = np.where(both == either, 1.0, np.where(both == smaller, 2 / 3, np.where(both > 0, 1 / 3, 0.0)))
    return np.asarray(1 - (1 - jaccard(sets)) * monotone)


def jensen_shannon(p: Float64) -> Float64:
    """Jensen-Shannon divergence in bits between rows of ``p`` [V, L], as [V, V]; the square of a metric (Lin 1991)."""
    own = _plogp(p).sum(axis=1)
    between = np.zeros((len(p), len(p)))
    for column in p.T:  # a label at a time: memory V^2, not V^2 L
        between += _plogp((column[:, None] + column[None, :]) / 2)
    divergence = (own[:, None] + own[None, :]) / 2 - between
    np.fill_diagonal(divergence, 0.0)
    return np.asarray(np.clip(divergence, 0.0, 1.0))


def _overlap(sets: Bool) -> tuple[Float64, Float64]:
    marks = sets.astype(np.float64)
    both = marks @ marks.T
    size = marks.sum(axis=1)
    return both, size[:, None] + size[None, :] - both


def _plogp(p: Float64) -> Float64:
    return np.asarray(p * np.log2(p, out=np.zeros_like(p), where=p > 0))

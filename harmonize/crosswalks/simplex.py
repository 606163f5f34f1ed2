"""Least squares with rows on the simplex."""

from __future__ import annotations

import numpy as np

from harmonize.records import Float64


def project(rows: Float64) -> Float64:
    """Each row's nearest point with entries >= 0 that sum to 1 (Duchi et al. 2008), float64[..., T]."""
    width = rows.shape[-1]
    ordered = -np.sort(-rows, axis=-1)
    excess = np.cumsum(ordered, axis=-1) - 1.0
    count = np.arange(1, width + 1)
    last = (ordered - excess / count > 0).sum(axis=-1, keepdims=True) - 1
    shift = np.take_along_axis(excess, last, axis=-1) / (last + 1)
    projected: Float64 = np.maximum(rows - shift, 0.0)
    return projected


def fit_rows(xx: Float64, xy: Float64, *, rounds: int = 2000, tolerance: float = 1e-10) -> Float64:
    """argmin over row-stochastic W of tr(W' XX W) - 2 tr(W' XY), float64[S, T].

    Accelerated projected gradient (Beck and Teboulle 2009) with step 1 / largest eigenvalue; stops when no weight
    moves by more than ``tolerance``. A diagonal XX (hard source labels) is solved in closed form.
    """
    step = 1.0 / max(float(np.linalg.eigvalsh(xx)[-1]), 1e-300)
    if _diagonal(xx):
        return project(xy / np.maximum(np.diag(xx), 1e-300)[:, None])
    weights = project(np.asarray(np.linalg.lstsq(xx, xy, rcond=None)[0], dtype=np.float64))
    ahead, momentum = weights, 1.0
    for _ in range(rounds):
        moved = project(ahead - step * (xx @ ahead - xy))
        further = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = moved + (momentum - 1) / further * (moved - weights)
        if np.abs(moved - weights).max() < tolerance:
            return moved
        weights, momentum = moved, further
    return weights


def _diagonal(matrix: Float64) -> bool:
    return not np.any(matrix - np.diag(np.diag(matrix)))

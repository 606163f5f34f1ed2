"""Interval and error of any smooth figure of sums: bootstrap over rows, delta method by complex steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from annotation.agreement.bootstrap import Progress, percentiles, resampled
from annotation.agreement.coefficient import Coefficient
from annotation.agreement.sums import spread
from harmonize.records import Float64

Evaluate = Callable[[Any], Any]  # totals [R, K], real or complex, to values [R]
STEP = 1e-20


def gradient(evaluate: Evaluate, total: Float64) -> Float64:
    """d value / d total [K] by complex steps: exact to rounding for a formula of sums, products and quotients.

    Squire and Trapp 1998, "Using complex variables to estimate derivatives of real functions".
    """
    steps = total + 1j * STEP * np.eye(len(total))
    return np.asarray(np.imag(evaluate(steps)) / STEP, dtype=np.float64)


def standard_error(rows: Float64, slope: Float64) -> Float64:
    """Delta-method error of figures with gradient ``slope`` [K, P] at the sum of ``rows`` [G, K], as [P]."""
    # One column is too little for BLAS threads, which wait for each other on a busy machine.
    influence = rows @ slope if slope.shape[1] > 1 else np.einsum("gk,kp->gp", rows, slope)
    return np.asarray(np.sqrt(len(rows) * influence.var(axis=0)))


def with_interval(
    plain: Coefficient,
    rows: Float64,
    evaluate: Evaluate,
    *,
    rounds: int,
    seed: int,
    level: float,
    progress: Progress | None = None,
    unit: str = "items",
) -> Coefficient:
    """``plain`` with its percentile interval and delta-method error, from ``rows`` [G, K] of one sampling unit each."""
    plain = replace(plain, seed=seed, level=level)
    if plain.value is None or len(rows) < 2:
        return plain
    error = float(standard_error(rows, gradient(evaluate, rows.sum(axis=0))[:, None])[0])
    plain = replace(plain, se=error if np.isfinite(error) else None)
    if not rounds:
        return plain
    rows = spread(rows)
    draws = resampled(
        rows, lambda totals: _quiet(evaluate, totals)[:, None], rounds=rounds, seed=seed, progress=progress
    )
    low, high, defined = percentiles(draws[:, 0], level)
    method = "" if low is None else f"percentile bootstrap over {len(rows)} {unit}"
    return replace(plain, low=low, high=high, rounds=defined, interval=method)


def _quiet(evaluate: Evaluate, totals: Float64) -> Float64:
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.asarray(evaluate(totals), dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)

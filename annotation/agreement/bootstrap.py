"""Resampling of sampling units as weights times sums: one matrix product for many resamples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from harmonize.records import Float64

Progress = Callable[[Iterable[Any]], Iterable[Any]]
CELLS = 2_000_000  # weights held at once (16 MB)


def resampled(
    rows: Float64,
    evaluate: Callable[[Float64], Float64],
    *,
    rounds: int,
    seed: int,
    progress: Progress | None = None,
) -> Float64:
    """``evaluate`` on the totals of ``rounds`` multinomial resamples of ``rows`` [G, K]; returns [rounds, P].

    Each round draws G of the G rows with replacement (Efron 1979). The result depends on ``seed`` alone, not on the
    size of the blocks it is computed in.
    """
    groups = len(rows)
    block = max(1, CELLS // groups)
    rng = np.random.default_rng(seed)
    starts: Iterable[int] = range(0, rounds, block)
    results = []
    for start in progress(starts) if progress else starts:
        size = min(block, rounds - start)
        drawn = rng.integers(0, groups, size=(size, groups))
        drawn += np.arange(size)[:, None] * groups
        weights = np.bincount(drawn.ravel(), minlength=size * groups).reshape(size, groups)
        results.append(evaluate(weights.astype(np.float64) @ rows))
    return np.concatenate(results)


def percentiles(draws: Float64, level: float) -> tuple[float | None, float | None, int]:
    """Percentile interval of ``draws`` [R] at ``level``, and how many draws were defined; None below half of them.

    An interval over the few resamples that happened to be defined would be an interval of something else.
    """
    defined = draws[np.isfinite(draws)]
    if len(defined) < max(2, len(draws) / 2):
        return None, None, len(defined)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high), len(defined)

"""Intervals of learned weights: a jackknife over blocks, and that of a share where a weight rests on few items.

The jackknife sees no spread where a pair of labels never or always went together, and would call such a weight exactly
0 or 1. There Jeffreys' interval of a share is taken as well, with as many trials as the row's jackknife variance says
that it is worth.
"""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from harmonize.records import Float64

FEW = 10.0  # below so many trials' worth on either side of a weight, the interval of a share joins in
MOST = 1e9  # trials: noiseless data would be worth any number of them
EDGE = 1e-6  # the ridge leaves a weight of 0 or 1 this far off


def block_intervals(xx: Float64, xy: Float64, *, few: float = FEW, level: float = 0.95) -> tuple[Float64, Float64]:
    """Lower and upper ends for W of E[y | x] = x W, float64[Ls, Lt] each in 0..1.

    ``xx`` float64[B, Ls, Ls] and ``xy`` float64[B, Ls, Lt]: X'X and X'Y of B blocks of independent items.
    Delete-a-block jackknife (Quenouille 1956, Tukey 1958) of the unconstrained least squares, with a t quantile of
    B - 1 degrees of freedom. A row is worth n = sum_t w (1 - w) / sum_t variance trials; where n min(w, 1 - w) is below
    ``few``, the outer ends of that and of `share_interval`. Cell by cell: a row's intervals hold one at a time, not all
    at once.
    """
    blocks = len(xx)
    whole_xx, whole_xy = xx.sum(axis=0), xy.sum(axis=0)
    ridge = 1e-9 * np.trace(whole_xx) / len(whole_xx) * np.eye(len(whole_xx))
    center = np.linalg.solve(whole_xx + ridge, whole_xy)
    without = np.linalg.solve(whole_xx - xx + ridge, whole_xy - xy)
    variance = (blocks - 1) / blocks * ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    quantile = float(stats.t.ppf((1 + level) / 2, blocks - 1))
    reach = quantile * np.sqrt(variance)
    low, high = center - reach, center + reach
    share = np.clip(center, 0.0, 1.0)
    trials = _trials(share, variance, 1 / np.diag(np.linalg.inv(whole_xx + ridge)))[:, None]
    rare = trials * np.minimum(share, 1 - share) < few
    below, above = share_interval(share[rare], np.broadcast_to(trials, share.shape)[rare], level)
    low[rare], high[rare] = np.minimum(low[rare], below), np.maximum(high[rare], above)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def share_interval(share: Float64, trials: Float64, level: float) -> tuple[Float64, Float64]:
    """Equal-tailed Jeffreys interval of a share of so many trials: quantiles of Beta(k + 1/2, n - k + 1/2).

    It reaches 0 where none was seen and 1 where all were (Brown, Cai and DasGupta 2001).
    """
    ones = share * trials
    tail = (1 - level) / 2
    low = special.betaincinv(ones + 0.5, trials - ones + 0.5, tail)
    high = special.betaincinv(ones + 0.5, trials - ones + 0.5, 1 - tail)
    return np.where(share <= EDGE, 0.0, low), np.where(share >= 1 - EDGE, 1.0, high)


def _trials(share: Float64, variance: Float64, design: Float64) -> Float64:
    """Independent trials that each row is worth, float64[Ls]; the design's own, one vote an item, where none vary."""
    spread, noise = (share * (1 - share)).sum(axis=1), variance.sum(axis=1)
    known = (spread > EDGE) & (noise > 0)
    trials: Float64 = np.where(known, spread / np.where(known, noise, 1.0), design)
    return np.clip(trials, 1.0, MOST)

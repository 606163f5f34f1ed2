"""Intervals of learned weights: a jackknife over blocks within 0..1, and that of a share where votes are few.

Plain "estimate +- 2 standard errors" fails at the ends of 0..1 in two ways. Where labels stand together in one item
the noise of one weight moves the others, below 0 and above 1 too: there the interval is Feldman and Cousins', which
knows the bound and is exact on it. And a pair of labels that never or always went together shows no spread at all:
there Jeffreys' interval of a share joins in, with as many trials as the row's jackknife variance is worth.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy  # its parts load when first used: scipy.stats alone takes 30 MB

from harmonize.records import Float64

FEW = 10.0  # below so many trials' worth on either side of a weight, the interval of a share joins in
MOST = 1e9  # trials: noiseless data would be worth any number of them
EDGE = 1e-6  # the ridge leaves a weight of 0 or 1 this far off
GRID = 500  # steps of the table of bounded ends, from the bound to one quantile off it


def block_intervals(xx: Float64, xy: Float64, *, few: float = FEW, level: float = 0.95) -> tuple[Float64, Float64]:
    """Lower and upper ends for W of E[y | x] = x W, float64[Ls, Lt] each in 0..1.

    ``xx`` float64[B, Ls, Ls] and ``xy`` float64[B, Ls, Lt]: X'X and X'Y of B blocks of independent items.
    Delete-a-block jackknife (Quenouille 1956, Tukey 1958) of the unconstrained least squares, ends by `bounded_reach`
    with t of B - 1 degrees of freedom. A row is worth n = sum_t w (1 - w) / sum_t variance trials; where
    n min(w, 1 - w) is below ``few``, `share_interval` counts too: alone where the source label always stood alone, as
    the weight is a share of votes then, else the outer ends of both. Cell by cell: a row's intervals hold one at a
    time, not all at once.
    """
    blocks = len(xx)
    whole_xx, whole_xy = xx.sum(axis=0), xy.sum(axis=0)
    ridge = 1e-9 * np.trace(whole_xx) / len(whole_xx) * np.eye(len(whole_xx))
    center = np.linalg.solve(whole_xx + ridge, whole_xy)
    without = np.linalg.solve(whole_xx - xx + ridge, whole_xy - xy)
    variance = (blocks - 1) / blocks * ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    upper = center > 0.5  # nearer to 1: the same from the other end
    near = np.where(upper, 1 - center, center)
    low, high = bounded_ends(near, np.sqrt(variance), blocks - 1, level)
    share = np.clip(near, 0.0, 1.0)
    trials = _trials(np.clip(center, 0.0, 1.0), variance, 1 / np.diag(np.linalg.inv(whole_xx + ridge)))[:, None]
    rare = trials * share < few
    below, above = share_interval(share[rare], np.broadcast_to(trials, share.shape)[rare], level)
    alone = np.broadcast_to(_alone(whole_xx)[:, None], share.shape)[rare]
    low[rare] = np.where(alone, below, np.minimum(low[rare], below))
    high[rare] = np.where(alone, above, np.maximum(high[rare], above))
    low, high = np.where(upper, 1 - high, low), np.where(upper, 1 - low, high)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def share_interval(share: Float64, trials: Float64, level: float) -> tuple[Float64, Float64]:
    """Jeffreys' interval of a share below 1/2 of so many trials: equal-tailed quantiles of Beta(k + 1/2, n - k + 1/2).

    Where none was seen it reaches 0 (Brown, Cai and DasGupta 2001), and as it then errs on one side only, its upper end
    is the ``level`` quantile: about 1.9 / n.
    """
    ones = share * trials
    none = share <= EDGE
    low = scipy.special.betaincinv(ones + 0.5, trials - ones + 0.5, (1 - level) / 2)
    high = scipy.special.betaincinv(ones + 0.5, trials - ones + 0.5, np.where(none, level, (1 + level) / 2))
    return np.where(none, 0.0, low).astype(np.float64), high.astype(np.float64)


@lru_cache(maxsize=16)
def bounded_reach(freedom: int, level: float) -> tuple[Float64, Float64, Float64]:
    """Where values >= 0 accept estimates, in standard errors: float64[GRID] each, the value and the two ends.

    Feldman and Cousins (1998), with Student's t for the normal: a value v accepts the estimates x of the greatest
    likelihood beside that of the best value max(x, 0), up to ``level`` in all. At v = 0 those are x below the
    one-sided quantile, so that a true 0 is covered as often as any other value, neither always nor half the error.
    """
    quantile = float(scipy.stats.t.ppf((1 + level) / 2, freedom))
    value: Float64 = np.linspace(0.0, quantile, GRID + 1)[1:].astype(np.float64)
    near: Float64 = np.zeros(GRID)
    far: Float64 = np.full(GRID, quantile**2)
    for _ in range(50):  # bisection for the drop in twice the log likelihood that holds `level`
        drop = (near + far) / 2
        held = scipy.special.stdtr(freedom, np.sqrt(drop)) - scipy.special.stdtr(freedom, _lowest(value, drop) - value)
        near, far = np.where(held < level, drop, near), np.where(held < level, far, drop)
    return value, _lowest(value, far), value + np.sqrt(far)


def _lowest(value: Float64, drop: Float64) -> Float64:
    """The least estimate that a value accepts: below 0 the best value stays 0 and the likelihood falls more slowly."""
    inside = value - np.sqrt(drop)
    lowest: Float64 = np.where(inside >= 0, inside, (value**2 - drop) / (2 * value))
    return lowest


def bounded_ends(center: Float64, error: Float64, freedom: int, level: float) -> tuple[Float64, Float64]:
    """Ends for values known to be >= 0 from estimates with standard errors: the values that accept the estimate."""
    value, least, most = bounded_reach(freedom, level)
    at = center / np.maximum(error, 1e-12)
    low = np.where(at < most[-1], np.interp(at, most, value, left=0.0), at - value[-1])
    high = np.where(at < 0, np.interp(at, least, value), at + value[-1])
    return np.maximum(low, 0.0) * error, high * error


def _alone(xx: Float64) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Source labels that no item shares with another one, bool[Ls]."""
    alone: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = np.abs(xx - np.diag(np.diag(xx))).sum(axis=1) == 0
    return alone


def _trials(share: Float64, variance: Float64, design: Float64) -> Float64:
    """Independent trials that each row is worth, float64[Ls]; the design's own, one vote an item, where none vary."""
    spread, noise = (share * (1 - share)).sum(axis=1), variance.sum(axis=1)
    known = (spread > EDGE) & (noise > 0)
    trials: Float64 = np.where(known, spread / np.where(known, noise, 1.0), design)
    return np.clip(trials, 1.0, MOST)

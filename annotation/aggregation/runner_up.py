"""How many votes the runner-up gets by chance: exact, so that small p-values stay honest over many items."""

from __future__ import annotations

import numpy as np
import scipy  # its parts load when first used: scipy.stats alone takes 30 MB

from harmonize.records import Float64


def runner_up_tail(profile: Float64, votes: int) -> Float64:
    """P(the second most chosen label gets r votes or more) for r = 0..votes: float64[votes + 1], in 0..1.

    ``votes`` independent draws from ``profile`` [L], shares that sum to 1. Exact: multinomial counts are independent
    Poisson counts given their sum, so the chance that two labels or more reach r is a coefficient of a product of
    Poisson series (Good 1957, "Saddle-point methods for the multinomial distribution"). Only sums of positive terms.
    """
    shares = np.asarray(profile, dtype=np.float64)
    counts = np.arange(votes + 1)
    series: Float64 = np.asarray(scipy.stats.poisson.pmf(counts[None, :], votes * shares[:, None]))
    whole = float(scipy.stats.poisson.pmf(votes, votes * shares.sum()))
    return np.array([1.0 if r == 0 else _two_reach(series, r) / whole for r in range(votes + 1)])


def _two_reach(series: Float64, least: int) -> float:
    """Coefficient of all votes where at least two of the labels' counts are ``least`` or more."""
    votes = series.shape[1] - 1
    if 2 * least > votes:
        return 0.0
    state = np.zeros((3, votes + 1))  # no label, one label, two or more have reached it
    state[0, 0] = 1.0
    for term in series:
        low, high = term.copy(), term.copy()
        low[least:], high[:least] = 0.0, 0.0
        stay = [np.convolve(line, low)[: votes + 1] for line in state]
        rise = [np.convolve(line, high)[: votes + 1] for line in state]
        state = np.stack([stay[0], stay[1] + rise[0], stay[2] + rise[1] + rise[2]])
    return float(state[2, votes])

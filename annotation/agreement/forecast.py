"""How many more ratings make an interval as narrow as wanted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harmonize.problems import ChoraleError


@dataclass(frozen=True)
class Forecast:
    """``half`` width of the interval now and the ``wanted`` one; ``items`` more and ``ratings`` more to get there.

    ``raters``: with no item more, an item needs at least so many of them; more may be needed, or no number may do.
    ``at_end``: the half width when ``left`` items more are rated, None where the number is not known. ``reachable``:
    whether the items that are left suffice.
    """

    half: float
    wanted: float
    items: int
    ratings: int
    raters: int
    at_end: float | None
    reachable: bool | None


def forecast(*, low: float, high: float, items: int, ratings: int, wanted: float, left: int | None = None) -> Forecast:
    """Forecast for an interval from ``low`` to ``high`` over ``items`` items with ``ratings`` ratings in all.

    The error of alpha over items sampled alike falls with the root of their number, at the ratings an item there are:
    h' = h sqrt(N / N'), so N' = N (h / h')^2. It holds for items like the ones so far and does not move alpha (more
    ratings narrow the interval, they do not raise agreement).

    More raters at the same items help only as far as the error is theirs and not the items'. Disagreement at an item is
    a mean over pairs of its n raters, whose error falls at most as n (n - 1) / (m (m - 1)) with m raters (Hoeffding
    1948): the least m with m (m - 1) >= n (n - 1) (h / h')^2. Raises `ChoraleError("forecast")` for an interval of no
    width, fewer than two items, or a width that is no positive number.

    >>> forecast(low=0.40, high=0.60, items=100, ratings=300, wanted=0.05, left=200)
    Forecast(half=0.1, wanted=0.05, items=300, ratings=900, raters=6, at_end=0.0577, reachable=False)
    """
    half = (high - low) / 2
    if not (math.isfinite(half) and half > 0 and items >= 2 and wanted > 0):
        raise ChoraleError("forecast", "There is no interval to narrow.", "Measure with more items first.")
    needed = max(0, math.ceil(items * (half / wanted) ** 2 - 1e-9) - items)
    at_end = None if left is None else round(half * math.sqrt(items / (items + left)), 4)
    reachable = None if left is None else needed <= left
    raters = _least_raters(ratings / items, half / wanted) if needed else math.ceil(ratings / items - 1e-9)
    return Forecast(round(half, 4), wanted, needed, math.ceil(needed * ratings / items), raters, at_end, reachable)


def _least_raters(now: float, narrower: float) -> int:
    """The least m with m (m - 1) >= n (n - 1) ``narrower``^2, for ``now`` raters an item."""
    pairs = max(now * (now - 1), 0.0) * narrower**2
    return math.ceil((1 + math.sqrt(1 + 4 * pairs)) / 2 - 1e-9)

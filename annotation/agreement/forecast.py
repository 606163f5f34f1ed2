"""How many more ratings make an interval as narrow as wanted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harmonize.problems import ChoraleError


@dataclass(frozen=True)
class Forecast:
    """``half`` width of the interval now and the ``wanted`` one; ``items`` more and ``ratings`` more to get there.

    ``at_end``: the half width when ``left`` items more are rated, None where the number is not known. ``reachable``:
    whether the items that are left suffice.
    """

    half: float
    wanted: float
    items: int
    ratings: int
    at_end: float | None
    reachable: bool | None


def forecast(*, low: float, high: float, items: int, ratings: int, wanted: float, left: int | None = None) -> Forecast:
    """Forecast for an interval from ``low`` to ``high`` over ``items`` items with ``ratings`` ratings in all.

    The error of alpha over items sampled alike falls with the root of their number, at the ratings an item there are:
    h' = h sqrt(N / N'), so N' = N (h / h')^2. It holds for items like the ones so far and does not move alpha (more
    ratings narrow the interval, they do not raise agreement). Raises `ChoraleError("forecast")` for an interval of no
    width, fewer than two items, or a width that is no positive number.

    >>> forecast(low=0.40, high=0.60, items=100, ratings=300, wanted=0.05, left=200)
    Forecast(half=0.1, wanted=0.05, items=300, ratings=900, at_end=0.0577, reachable=False)
    """
    half = (high - low) / 2
    if not (math.isfinite(half) and half > 0 and items >= 2 and wanted > 0):
        raise ChoraleError("forecast", "There is no interval to narrow.", "Measure with more items first.")
    needed = max(0, math.ceil(items * (half / wanted) ** 2 - 1e-9) - items)
    at_end = None if left is None else round(half * math.sqrt(items / (items + left)), 4)
    reachable = None if left is None else needed <= left
    return Forecast(round(half, 4), wanted, needed, math.ceil(needed * ratings / items), at_end, reachable)

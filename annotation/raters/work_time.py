"""How long somebody worked, breaks not counted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harmonize.problems import ChoraleError
from harmonize.records import Float64

PAUSE = 300.0  # seconds


def work_time(at: npt.ArrayLike, lead_time: npt.ArrayLike, *, pause: float = PAUSE) -> Float64:
    """Seconds of work in each of one rater's n answers, given ``at`` (seconds since any moment, in any order).

    The least of: the ``lead_time`` that the browser told (NaN: unknown), the time since the rater's answer before, and
    ``pause``, as a break lies in an answer that took longer. An answer whose lead time and predecessor are unknown
    counts the median of the others (0 without any). Chorale's rule. Raises `ChoraleError("work-time")`.

    >>> work_time([100.0, 130.0, 4000.0], [20.0, 45.0, 9000.0]).tolist()
    [20.0, 30.0, 300.0]
    """
    moments, told = np.asarray(at, dtype=np.float64), np.asarray(lead_time, dtype=np.float64)
    if moments.shape != told.shape or moments.ndim != 1:
        raise ChoraleError("work-time", "Each answer needs one time and one lead time.")
    order = np.argsort(moments, kind="stable")
    since = np.diff(moments[order], prepend=np.nan)
    gap = np.empty_like(since)
    gap[order] = since
    spent = np.fmin(told, gap)
    known = np.isfinite(spent)
    spent = np.minimum(spent, pause)
    spent[~known] = np.median(spent[known]) if known.any() else 0.0
    return np.asarray(spent, dtype=np.float64)

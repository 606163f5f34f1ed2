"""Split-half reliability of scores: two random halves of the answers, scored apart, correlated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import scipy  # its parts load when first used: scipy.stats alone takes 30 MB

from annotation.agreement.bootstrap import percentiles
from annotation.agreement.coefficient import Coefficient
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64


def split_half_of(
    score: Callable[[Bool], Float64],
    question: npt.NDArray[np.intp],
    *,
    items: int,
    method: str = "spearman",
    rounds: int = 100,
    seed: int = 0,
    level: float = 0.95,
) -> Coefficient:
    """Mean correlation of the scores from two random halves of each question's answers.

    ``score`` gives the scores of all items [items] (NaN: none) from some of the n answers (bool[n]); ``question``:
    which question each of them answers. ``method`` `spearman` or `pearson`. Undefined unless some question has two
    answers. ``low`` and ``high``: percentile bootstrap over items, each round with a halving of its own; ``se``
    (pearson; ranks have none): delta method over items, mean of the halvings. The figure is that of half the answers;
    the notes give Spearman and Brown's step up to all of them, and how much the halving alone matters.
    """
    if method not in ("spearman", "pearson"):
        raise ChoraleError("measure", f"There is no split-half {method!r}.", "spearman or pearson.")
    size = np.bincount(question)
    plain = Coefficient(f"split-half reliability ({method})", units=items, ratings=len(question), seed=seed)
    if not len(size) or size.max() < 2:
        return replace(plain, reason="no question has two answers")
    rng = np.random.default_rng(seed)
    halves = [_halved(score, question, size, rng) for _ in range(rounds)]
    draws = np.array([_correlation(x, y, method) for x, y in halves])
    defined = draws[np.isfinite(draws)]
    if not len(defined):
        return replace(plain, reason="no variance: every item has the same score")
    mean = float(defined.mean())
    taken = [rng.integers(0, len(x), len(x)) for x, _ in halves]
    again = [_correlation(x[i], y[i], method) for i, (x, y) in zip(taken, halves, strict=True) if len(x)]
    low, high, count = percentiles(np.array(again), level)
    error = float(np.nanmean([_error(x, y) for x, y in halves])) if method == "pearson" else None
    halved = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    whole = 2 * mean / (1 + mean) if mean > -1 else -1.0
    notes = (
        f"stepped up to all answers (Spearman-Brown): {whole:.3f}",
        f"over halvings alone: {halved[0]:.3f} to {halved[1]:.3f}",
    )
    told = f"percentile bootstrap over items, {rounds} halvings" if low is not None else ""
    plain = replace(plain, value=mean, low=low, high=high, se=error, rounds=count, level=level)
    return replace(plain, interval=told, notes=notes)


def _halved(
    score: Callable[[Bool], Float64],
    question: npt.NDArray[np.intp],
    size: npt.NDArray[np.intp],
    rng: np.random.Generator,
) -> tuple[Float64, Float64]:
    order = np.lexsort((rng.random(len(question)), question))
    rank = np.empty(len(question), dtype=np.int64)
    rank[order] = np.arange(len(question)) - np.repeat(np.cumsum(size) - size, size)
    side = (rank + rng.integers(0, 2, len(size))[question]) % 2 == 0  # odd ones out fall to either side
    one, two = score(side), score(~side)
    both = ~np.isnan(one) & ~np.isnan(two)
    return one[both], two[both]


def _correlation(x: Float64, y: Float64, method: str) -> float:
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    if method == "spearman":
        x, y = scipy.stats.rankdata(x), scipy.stats.rankdata(y)
    return float(np.corrcoef(x, y)[0, 1])


def _error(x: Float64, y: Float64) -> float:
    """Delta-method error of Pearson's r over items: influence z_x z_y - r (z_x^2 + z_y^2) / 2; NaN undefined."""
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    one, two = ((v - v.mean()) / v.std() for v in (x, y))
    r = float((one * two).mean())
    return float((one * two - r * (one * one + two * two) / 2).std() / np.sqrt(len(x)))

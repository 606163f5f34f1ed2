"""Leave one rater out: each rater against the mean of the others, and what a model reaches against all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy  # its parts load when first used: scipy.stats alone takes 30 MB
from scipy import sparse

from annotation.agreement import answers
from annotation.agreement.bootstrap import percentiles
from annotation.agreement.coefficient import Coefficient
from annotation.agreement.intervals import STEP
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind

TINY = 1e-12  # variance below which every rating is the same
MEASURES = ("ccc", "pearson", "spearman", "mae")


def ccc(x: Float64, y: Float64) -> float:
    """Lin's concordance correlation, -1..1: 2 cov / (var x + var y + (mean x - mean y)^2); NaN without variance.

    Population moments (Lin 1989, "A concordance correlation coefficient to evaluate reproducibility").
    """
    scale = x.var() + y.var() + (x.mean() - y.mean()) ** 2
    return float(2 * ((x - x.mean()) * (y - y.mean())).mean() / scale) if scale > 0 else float("nan")


def measure(name: str, x: Float64, y: Float64) -> float:
    """One of `ccc`, `pearson`, `spearman` (-1..1) or `mae` (0.., native units); NaN where it has no value."""
    if name == "mae":
        return float(np.abs(x - y).mean()) if len(x) else float("nan")
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    if name == "ccc":
        return ccc(x, y)
    if name == "pearson":
        return float(np.corrcoef(x, y)[0, 1])
    if name == "spearman":
        return float(np.corrcoef(scipy.stats.rankdata(x), scipy.stats.rankdata(y))[0, 1])
    raise ChoraleError("measure", f"There is no measure {name!r}.", f"Measures: {', '.join(MEASURES)}.")


@dataclass(frozen=True)
class LeaveOneOut:
    """One dimension: the mean over raters as a `Coefficient`, and each rater's own value with the items behind it."""

    overall: Coefficient
    raters: dict[str, float | None]
    items: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """The figures as a JSON-ready mapping."""
        return {"overall": self.overall.to_dict(), "raters": self.raters, "items": self.items}


def leave_one_out(
    j: Judgments,
    name: str = "ccc",
    *,
    least: int = 3,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, LeaveOneOut]:
    """Each rater against the mean of the other raters of the same items, per dimension: the human upper bound.

    A rater needs ``least`` items that others judged too. The overall value is the mean over raters; its interval
    resamples items, and all raters anew in each; ``se`` is the delta method's over items (none for ranks). Needs
    rater ids; otherwise undefined, with the reason.
    """
    answers.require(j, Kind.DIMENSION, fix="Categories have model_against_people and the vote scores.")
    answers.refuse_repeats(j)
    found = {}
    for column, dimension in enumerate(j.labels):
        title = f"{name}, leave one rater out: {dimension}"
        if (j.rater[j.counted] < 0).any():
            reason = "needs rater ids, and the source publishes none"
            found[dimension] = LeaveOneOut(Coefficient(title, reason=reason), {}, {})
            continue
        found[dimension] = _dimension(j, column, title, name, least, (rounds, seed, level))
    return found


def others_mean(item: Int64, value: Float64, size: int) -> tuple[Float64, Int64]:
    """Mean of the other ratings of each rating's item (NaN where alone), and how many others there are."""
    m = np.bincount(item, minlength=size)
    total = np.bincount(item, weights=value, minlength=size)
    others = m[item] - 1
    return (total[item] - value) / np.where(others > 0, others, np.nan), others


def _dimension(
    j: Judgments, column: int, title: str, name: str, least: int, drawing: tuple[int, int, float]
) -> LeaveOneOut:
    item, value = answers.numbers(j, column)
    assert j.values is not None
    rater = j.rater[j.counted & ~np.isnan(j.values[:, column])]
    rest, others = others_mean(item, value, len(j.items))
    names = j.raters.to_pylist()
    blocks = {}
    for code in np.unique(rater):
        own = np.flatnonzero((rater == code) & (others > 0))
        if len(own) >= least:
            blocks[str(names[code])] = own
    each = {who: measure(name, value[own], rest[own]) for who, own in blocks.items()}
    defined = [figure for figure in each.values() if np.isfinite(figure)]
    plain = Coefficient(
        title,
        units=int((np.bincount(item, minlength=len(j.items)) >= 2).sum()),
        ratings=int((others > 0).sum()),
        raters=len(defined),
    )
    raters = {who: figure if np.isfinite(figure) else None for who, figure in each.items()}
    items = {who: len(own) for who, own in blocks.items()}
    if not defined:
        return LeaveOneOut(replace(plain, reason=f"no rater has {least} shared items with variance"), raters, items)
    plain = replace(plain, value=float(np.mean(defined)))
    return LeaveOneOut(_resampled(plain, name, item, value, rest, blocks, drawing), raters, items)


def _resampled(
    plain: Coefficient,
    name: str,
    item: Int64,
    value: Float64,
    rest: Float64,
    blocks: dict[str, Int64],
    drawing: tuple[int, int, float],
) -> Coefficient:
    rounds, seed, level = drawing
    used, place = np.unique(item, return_inverse=True)
    rng = np.random.default_rng(seed)
    moments = None if name == "spearman" else _Moments(name, place, value, rest, blocks)
    draws = []
    for _ in range(rounds):
        weight = np.bincount(rng.integers(0, len(used), len(used)), minlength=len(used))
        figures = moments(weight) if moments else _ranked(weight, place, value, rest, blocks)
        defined = figures[np.isfinite(figures)]
        draws.append(float(defined.mean()) if len(defined) else float("nan"))
    low, high, count = percentiles(np.array(draws), level) if rounds else (None, None, 0)
    method = "" if low is None else f"percentile bootstrap over {len(used)} items"
    error = moments.error(len(used)) if moments else None
    return replace(plain, low=low, high=high, se=error, rounds=count, seed=seed, level=level, interval=method)


def _ranked(weight: Int64, place: Int64, value: Float64, rest: Float64, blocks: dict[str, Int64]) -> Float64:
    """Spearman of each rater where item k is taken ``weight[k]`` times: ranks are of the resample."""
    figures = []
    for own in blocks.values():
        times = weight[place[own]]
        figures.append(measure("spearman", np.repeat(value[own], times), np.repeat(rest[own], times)))
    return np.array(figures)


class _Moments:
    """`measure` of every rater in a resample at once, from weighted moments about a common point."""

    def __init__(self, name: str, place: Int64, value: Float64, rest: Float64, blocks: dict[str, Int64]) -> None:
        rows = np.concatenate(list(blocks.values()))
        self.name, self.place = name, place[rows]
        x, y = value[rows], rest[rows]
        shift = float(x.mean())
        x, y = x - shift, y - shift
        columns = [np.ones_like(x), np.abs(x - y)] if name == "mae" else [np.ones_like(x), x, y, x * x, y * y, x * y]
        self.columns = np.column_stack(columns)
        edges = np.concatenate([[0], np.cumsum([len(own) for own in blocks.values()])])
        self.shape, self.edges, self.at = (len(blocks), len(rows)), edges, np.arange(len(rows))

    def __call__(self, weight: Int64) -> Float64:
        """One value a rater, NaN where undefined, with item k weighing ``weight[k]``."""
        times = sparse.csr_array((weight[self.place].astype(np.float64), self.at, self.edges), shape=self.shape)
        return of_moments(self.name, np.asarray(times @ self.columns, dtype=np.float64))

    def error(self, items: int) -> float | None:
        """Delta-method error over items of the mean of the raters' values; None where none is defined."""
        sums = np.add.reduceat(self.columns, self.edges[:-1], axis=0)
        defined = np.isfinite(of_moments(self.name, sums))
        if not defined.any():
            return None
        steps = sums[:, None, :] + 1j * STEP * np.eye(sums.shape[1])
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.imag(_smooth(self.name, steps.reshape(-1, sums.shape[1]))).reshape(sums.shape) / STEP
        slope[~defined] = 0.0
        rater = np.repeat(np.arange(len(sums)), np.diff(self.edges))
        influence = (self.columns * slope[rater]).sum(axis=1) / defined.sum()
        return float(np.sqrt(items * np.bincount(self.place, weights=influence, minlength=items).var()))


def of_moments(name: str, sums: Float64) -> Float64:
    """`measure` from sums of (1, |x - y|) for `mae`, else of (1, x, y, x^2, y^2, xy): [R, K] to [R], NaN undefined."""
    n = sums[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        figure = np.asarray(_smooth(name, sums), dtype=np.float64)
        if name == "mae":
            return figure
        a, b, aa, bb = (sums[:, 1:5] / n[:, None]).T
        flat = (n < 3) | (aa - a * a <= TINY) | (bb - b * b <= TINY)
    return np.where(flat, np.nan, figure)


def _smooth(name: str, sums: Any) -> Any:
    """The same without a look at variance, also of complex sums."""
    n = sums[:, 0]
    if name == "mae":
        return sums[:, 1] / n
    a, b, aa, bb, ab = (sums[:, 1:] / n[:, None]).T
    va, vb, cov = aa - a * a, bb - b * b, ab - a * b
    return 2 * cov / (va + vb + (a - b) ** 2) if name == "ccc" else cov / np.sqrt(va * vb)

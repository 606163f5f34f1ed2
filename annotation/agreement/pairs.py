"""Agreement of every two raters over the items both judged, each with its interval over items and its error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from annotation.agreement.answers import label_strengths, numbers, refuse_repeats, single_codes
from annotation.agreement.bootstrap import percentiles, resampled
from annotation.agreement.intervals import Evaluate, gradient, standard_error
from annotation.agreement.sums import spread
from annotation.agreement.tables import table
from annotation.agreement.values import Values, compared, number_values
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind

Codes = npt.NDArray[np.signedinteger[Any]]
Figures = tuple[float, float, float, float]  # value, low, high, error; NaN where undefined
NONE: Figures = (np.nan, np.nan, np.nan, np.nan)


@dataclass(frozen=True, eq=False)
class PairTable:
    """Agreement of every two raters: ``value`` [R, R] (NaN where undefined), ``items`` [R, R] they share.

    ``measure`` names the figure. Undefined: below ``least`` shared items, or no variance in what the two said.
    ``low``, ``high``: percentile bootstrap over the shared items; ``se``: delta method; [R, R], NaN where not asked.
    """

    raters: tuple[str, ...]
    value: Float64
    items: Int64
    low: Float64
    high: Float64
    se: Float64
    measure: str = "Cohen's kappa"
    least: int = 2


@dataclass(frozen=True)
class Draws:
    """How intervals are drawn: ``rounds`` 0 leaves them out."""

    rounds: int
    seed: int
    level: float


def rater_pairs(
    j: Judgments,
    *,
    least: int = 2,
    dimension: str | None = None,
    rounds: int = 200,
    seed: int = 0,
    level: float = 0.95,
) -> PairTable:
    """Agreement of every two raters over the items both judged; NaN where undefined or below ``least`` items.

    SINGLE: Cohen's kappa (error: Fleiss, Cohen and Everitt 1969). SET: alpha (masi). DIMENSION: alpha (interval) of
    ``dimension``, INTENSITY of that label. Needs rater ids and rater pairs that share items; nothing is averaged.
    """
    refuse_repeats(j)
    draws = Draws(rounds, seed, level)
    if j.kind == Kind.SINGLE:
        item, code = single_codes(j)
        width = len(j.labels)
        return _table(
            j, item, j.rater[j.counted], least, "Cohen's kappa", lambda a, b: _kappa(code[a], code[b], width, draws)
        )
    if j.kind == Kind.SET:
        found, measure = compared(j, "masi", None, None), "alpha (masi)"
    else:
        if dimension not in j.labels:
            raise ChoraleError("no-dimension", f"{j.kind} judgments are paired label by label.", f"One of {j.labels}.")
        column = j.labels.index(dimension)
        spoken = numbers(j, column) if j.kind == Kind.DIMENSION else label_strengths(j, column)
        found, measure = number_values(*spoken, "interval", None), f"alpha (interval): {dimension}"
    rater = found.rows(j) if j.kind != Kind.INTENSITY else j.rater[j.counted].astype(np.int64)
    distance = None if found.values is None else table(found.metric, found.values).distance
    return _table(j, found.item, rater, least, measure, lambda a, b: _alpha(found, distance, a, b, draws))


def _table(
    j: Judgments,
    item: Codes,
    rater: Codes,
    least: int,
    measure: str,
    figure: Callable[[Int64, Int64], Figures],
) -> PairTable:
    """``figure`` of the answers of each two raters, by their rows, on the items both judged."""
    used = np.unique(rater[rater >= 0])
    size = len(used)
    line = np.full((size, len(j.items)), -1, dtype=np.int64)
    for row, code in enumerate(used):
        own = np.flatnonzero(rater == code)
        line[row, item[own]] = own
    found, items = np.full((4, size, size), np.nan), np.zeros((size, size), dtype=np.int64)
    for b, a in combinations(range(size), 2):
        both = (line[a] >= 0) & (line[b] >= 0)
        items[a, b] = items[b, a] = both.sum()
        if both.sum() >= least:
            found[:, a, b] = found[:, b, a] = figure(line[a, both], line[b, both])
    names = j.raters.to_pylist()
    value, low, high, se = found
    return PairTable(tuple(str(names[r]) for r in used), value, items, low, high, se, measure, least)


def _kappa(one: Codes, two: Codes, width: int, draws: Draws) -> Figures:
    """Cohen's kappa; it depends on the cells (answer, answer) alone, so a resample of items is a draw of cells."""
    cell, times = np.unique(one.astype(np.int64) * width + two, return_counts=True)
    first, second = cell // width, cell % width

    def kappa(counts: Float64) -> Float64:
        shares = counts / counts.sum(axis=1, keepdims=True)
        rows = np.zeros((len(counts), width))
        columns = np.zeros_like(rows)
        np.add.at(rows.T, first, shares.T)
        np.add.at(columns.T, second, shares.T)
        chance = (rows * columns).sum(axis=1)
        seen = shares[:, first == second].sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(chance < 1 - 1e-12, (seen - chance) / (1 - chance), np.nan)

    value, n = float(kappa(times[None].astype(np.float64))[0]), len(one)
    if np.isnan(value):
        return NONE
    p, q = (np.bincount(x, minlength=width) / n for x in (one, two))
    seen, chance = float((one == two).mean()), float(p @ q)
    slope = ((first == second) - seen) * (1 - chance) - (1 - seen) * (q[first] + p[second] - 2 * chance)
    error = float(np.sqrt((times * slope**2).sum()) / (n * (1 - chance) ** 2))
    if not draws.rounds:
        return value, np.nan, np.nan, error
    drawn = kappa(np.random.default_rng(draws.seed).multinomial(n, times / n, size=draws.rounds).astype(np.float64))
    return value, *_ends(drawn, draws), error


def _alpha(found: Values, distance: Float64 | None, one: Int64, two: Int64, draws: Draws) -> Figures:
    """Alpha of two raters: 1 - (mean distance on shared items) / (mean distance of any two of their ratings there)."""
    rows, evaluate = _sums(found, distance, one, two)
    total = rows.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected, value = (float(part[0]) for part in evaluate(total[None]))
    if expected <= 1e-12:
        return NONE

    def figure(totals: Float64) -> Float64:
        apart, alpha = evaluate(totals)
        return np.where(apart > 1e-12, alpha, np.nan)

    error = float(standard_error(rows, gradient(lambda totals: evaluate(totals)[1], total)[:, None])[0])
    if not draws.rounds or len(rows) < 2:
        return value, np.nan, np.nan, error
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = resampled(spread(rows), lambda t: figure(t)[:, None], rounds=draws.rounds, seed=draws.seed)[:, 0]
    return value, *_ends(drawn, draws), error


def _sums(found: Values, distance: Float64 | None, one: Int64, two: Int64) -> tuple[Float64, Evaluate]:
    """Rows [N, K] of the shared items, and (expected distance, alpha) of totals of them."""
    if found.features is not None:
        x, y = found.features[one], found.features[two]
        square = (x * x + y * y).sum(axis=1)
        rows = np.column_stack([np.ones(len(x)), ((x - y) ** 2).sum(axis=1), square, x + y])

        def by_features(t: Any) -> Any:
            n = 2 * t[:, 0]
            expected = 2 * (n * t[:, 2] - (t[:, 3:] ** 2).sum(axis=1)) / (n * (n - 1))
            return expected, 1 - 2 * t[:, 1] / (n * expected)

        return rows, by_features
    assert found.code is not None
    assert distance is not None
    said, place = np.unique(np.concatenate([found.code[one], found.code[two]]), return_inverse=True)
    near = distance[np.ix_(said, said)]
    first, second = place[: len(one)], place[len(one) :]
    rows = np.zeros((len(one), 2 + len(said)))
    rows[:, 0], rows[:, 1] = 1.0, near[first, second]
    each = np.arange(len(one))
    np.add.at(rows, (each, 2 + first), 1.0)
    np.add.at(rows, (each, 2 + second), 1.0)

    def by_table(t: Any) -> Any:
        n, counts = 2 * t[:, 0], t[:, 2:]
        expected = ((counts @ near) * counts).sum(axis=1) / (n * (n - 1))
        return expected, 1 - 2 * t[:, 1] / (n * expected)

    return rows, by_table


def _ends(drawn: Float64, draws: Draws) -> tuple[float, float]:
    low, high, _ = percentiles(drawn, draws.level)
    return (np.nan, np.nan) if low is None or high is None else (low, high)

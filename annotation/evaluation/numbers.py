"""Predicted numbers against a dimension's aggregate: concordance, correlation, rank correlation, error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from annotation.agreement.beside import Trained
from annotation.agreement.bootstrap import percentiles
from annotation.agreement.coefficient import Coefficient
from annotation.evaluation.matching import matched
from annotation.evaluation.scores import UNDEFINED, Drawing, Figures, Scores, by_group, figures
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind, Semantics, SoftLabels

NAMES = ("CCC", "PCC", "MAE", "RMSE")
TAU_ROUNDS = 200  # ranks are taken anew in each resample


def score_numbers(
    truth: SoftLabels,
    predicted: Judgments,
    *,
    trained_on: Trained,
    groups: Sequence[str] | None = None,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Scores:
    """CCC, PCC, MAE, RMSE (native units) and Kendall's tau-b of each dimension; overall: their means over dimensions.

    ``truth``: DIMENSION; ``predicted``: DIMENSION judgments, one an item. Overall figures carry no interval.
    """
    if truth.semantics != Semantics.DIMENSION or predicted.kind != Kind.DIMENSION:
        raise ChoraleError("semantics", "Numbers are scored against numbers.", "Truth and predictions: dimensions.")
    if predicted.labels != truth.labels:
        raise ChoraleError("schemes-differ", "Truth and predictions are under different schemes.", "Map one first.")
    assert predicted.values is not None
    found = matched(truth.items, predicted, trained_on=trained_on)
    x, y = truth.values[found.item], predicted.values[found.row].astype(np.float64)
    drawing = Drawing(rounds, seed, level)
    per_class = {name: _dimension(x[:, k], y[:, k], drawing) for k, name in enumerate(truth.labels)}
    split = {}
    for name, positions in by_group(groups, len(truth.items)):
        own = np.isin(found.item, positions)
        split[name] = _means([_dimension(x[own, k], y[own, k], Drawing(0, seed)) for k in range(x.shape[1])])
    return Scores(_means(list(per_class.values())), per_class, split)


def _dimension(x: Float64, y: Float64, drawing: Drawing) -> Figures:
    there = ~np.isnan(x) & ~np.isnan(y)
    x, y = x[there], y[there]
    shift = x.mean() if len(x) else 0.0  # sums of squares about a common point keep their digits
    a, b = x - shift, y - shift
    rows = np.column_stack([np.ones_like(a), a, b, a * a, b * b, a * b, np.abs(x - y), (x - y) ** 2])
    found = figures(NAMES, rows, _evaluate, drawing)
    return {**found, "tau": _tau(x, y, drawing)}


def _evaluate(sums: Float64) -> Float64:
    n, a, b, aa, bb, ab, off, square = sums.T
    va, vb, cov = aa / n - (a / n) ** 2, bb / n - (b / n) ** 2, ab / n - a * b / n**2
    va, vb = (np.where(v > 1e-12, v, np.nan) for v in (va, vb))
    ccc = 2 * cov / (va + vb + ((a - b) / n) ** 2)
    return np.column_stack([ccc, cov / np.sqrt(va * vb), off / n, np.sqrt(square / n)])


def _tau(x: Float64, y: Float64, drawing: Drawing) -> Coefficient:
    plain = Coefficient("tau", units=len(x), seed=drawing.seed, level=drawing.level)
    value = float(stats.kendalltau(x, y).statistic) if len(x) > 1 else float("nan")
    if not np.isfinite(value):
        return replace(plain, reason=UNDEFINED)
    rng, draws = np.random.default_rng(drawing.seed), []
    for _ in range(min(drawing.rounds, TAU_ROUNDS)):
        taken = rng.integers(0, len(x), len(x))
        draws.append(float(stats.kendalltau(x[taken], y[taken]).statistic))
    low, high, count = percentiles(np.array(draws), drawing.level) if draws else (None, None, 0)
    return replace(plain, value=value, low=low, high=high, rounds=count)


def _means(parts: list[Figures]) -> Figures:
    found = {}
    for name in (*NAMES, "tau"):
        values = [part[name].value for part in parts]
        units = min((part[name].units for part in parts), default=0)
        defined = [value for value in values if value is not None]
        if len(defined) < len(values) or not values:
            found[name] = Coefficient(name, units=units, reason="undefined for a dimension: see there")
        else:
            found[name] = Coefficient(name, value=float(np.mean(defined)), units=units)
    return found

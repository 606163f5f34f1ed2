"""Predicted numbers against a dimension's aggregate: concordance, correlation, rank correlation, error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy  # its parts load when first used: scipy.stats alone takes 30 MB

from annotation.agreement.beside import Trained
from annotation.agreement.bootstrap import percentiles
from annotation.agreement.coefficient import Coefficient
from annotation.evaluation.matching import matched
from annotation.evaluation.scores import UNDEFINED, Drawing, Figures, Scores, by_group, figures
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind, Semantics, SoftLabels

NAMES = ("CCC", "PCC", "MAE", "RMSE")
SUMS = 8  # sums of one dimension
TAU_ROUNDS = 200  # ranks are taken anew in each resample
TAU_ITEMS = 4_000_000  # ranked in all rounds together


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

    ``truth``: DIMENSION; ``predicted``: DIMENSION judgments, one an item. Items are resampled, all dimensions together;
    tau in at most 200 rounds, and fewer above 20,000 items. A mean is undefined where a dimension's figure is.
    """
    if truth.semantics != Semantics.DIMENSION or predicted.kind != Kind.DIMENSION:
        raise ChoraleError("semantics", "Numbers are scored against numbers.", "Truth and predictions: dimensions.")
    if predicted.labels != truth.labels:
        raise ChoraleError("schemes-differ", "Truth and predictions are under different schemes.", "Map one first.")
    assert predicted.values is not None
    found = matched(truth.items, predicted, trained_on=trained_on)
    x, y = truth.values[found.item], predicted.values[found.row].astype(np.float64)
    drawing = Drawing(rounds, seed, level)
    overall, per_class = _scored(x, y, truth.labels, drawing)
    split = {}
    for name, positions in by_group(groups, len(truth.items)):
        own = np.isin(found.item, positions)
        split[name] = _scored(x[own], y[own], truth.labels, drawing)[0]
    return Scores(overall, per_class, split)


def _scored(x: Float64, y: Float64, labels: tuple[str, ...], drawing: Drawing) -> tuple[Figures, dict[str, Figures]]:
    """Figures of every dimension and their means, from the same resamples; ``x``, ``y`` [I, D]."""
    width = len(labels)
    moments = np.concatenate([_moments(x[:, k], y[:, k]) for k in range(width)], axis=1)

    def evaluate(sums: Float64) -> Float64:
        parts = np.stack([_evaluate(sums[:, SUMS * k : SUMS * (k + 1)]) for k in range(width)])
        return np.hstack([*parts, parts.mean(axis=0)])

    names = [f"{name}: {label}" for label in (*labels, "") for name in NAMES]
    found = figures(names, moments, evaluate, drawing)
    taus = _taus(x, y, drawing)
    told = []
    for place, label in enumerate((*labels, "")):
        own = {name: replace(found[f"{name}: {label}"], name=name) for name in NAMES}
        told.append({**own, "tau": taus[place]})
    counts = [int((~np.isnan(x[:, k]) & ~np.isnan(y[:, k])).sum()) for k in range(width)]
    for part, units in zip(told, [*counts, min(counts, default=0)], strict=True):
        for name, figure in part.items():
            part[name] = replace(figure, units=units)
    return told[-1], dict(zip(labels, told, strict=False))


def _moments(x: Float64, y: Float64) -> Float64:
    """Sums that the figures of one dimension need [I, 8], 0 where either is missing."""
    there = ~np.isnan(x) & ~np.isnan(y)
    shift = float(x[there].mean()) if there.any() else 0.0  # squares about a common point keep their digits
    a, b = np.where(there, x, shift) - shift, np.where(there, y, shift) - shift
    return np.column_stack([there, a, b, a * a, b * b, a * b, np.abs(a - b), (a - b) ** 2]).astype(np.float64)


def _evaluate(sums: Float64) -> Float64:
    n, a, b, aa, bb, ab, off, square = sums.T
    va, vb, cov = aa / n - (a / n) ** 2, bb / n - (b / n) ** 2, ab / n - a * b / n**2
    va, vb = (np.where(v > 1e-12, v, np.nan) for v in (va, vb))
    ccc = 2 * cov / (va + vb + ((a - b) / n) ** 2)
    return np.column_stack([ccc, cov / np.sqrt(va * vb), off / n, np.sqrt(square / n)])


def _taus(x: Float64, y: Float64, drawing: Drawing) -> list[Coefficient]:
    """Tau-b of each dimension, then their mean; ranks are taken anew in each resample."""
    size, width = x.shape
    rounds = min(drawing.rounds, TAU_ROUNDS, max(20, TAU_ITEMS // max(size, 1)))
    rng = np.random.default_rng(drawing.seed)
    values = _tau_line(x, y)
    draws = np.array([_tau_line(x[taken], y[taken]) for taken in (rng.integers(0, size, size) for _ in range(rounds))])
    draws = draws.reshape(-1, width + 1)
    found = []
    for column, value in enumerate(values.tolist()):
        plain = Coefficient("tau", seed=drawing.seed, level=drawing.level)
        if not np.isfinite(value):
            found.append(replace(plain, reason=UNDEFINED))
            continue
        low, high, count = percentiles(draws[:, column], drawing.level) if len(draws) else (None, None, 0)
        told = "" if low is None else f"percentile bootstrap over {size} items"
        found.append(replace(plain, value=value, low=low, high=high, rounds=count, interval=told))
    return found


def _tau_line(x: Float64, y: Float64) -> Float64:
    each = []
    for a, b in zip(x.T, y.T, strict=True):
        there = ~np.isnan(a) & ~np.isnan(b)
        each.append(float(scipy.stats.kendalltau(a[there], b[there]).statistic) if there.sum() > 1 else float("nan"))
    return np.array([*each, np.mean(each) if each else np.nan])

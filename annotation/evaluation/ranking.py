"""Probabilities against hard labels: area under the ROC curve, and n-best accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy  # its parts load when first used: scipy.stats alone takes 30 MB

from annotation.aggregation.hard import HardLabels
from annotation.agreement.beside import Trained
from annotation.agreement.coefficient import Coefficient
from annotation.evaluation.matching import matched
from annotation.evaluation.scores import Drawing, Figures, Scores, by_group, figures
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Judgments, Kind

ONE_SIDED = "needs items with and without the label"


def score_ranking(
    truth: HardLabels,
    predicted: Judgments,
    *,
    trained_on: Trained,
    best: tuple[int, ...] = (1, 3),
    groups: Sequence[str] | None = None,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Scores:
    """AUC of each label with DeLong's interval, their mean (macro AUC), and n-best accuracy for each n of ``best``.

    ``predicted``: PROBABILITY, one row an item. n-best: share of items of which a true label is among the n likeliest
    (ties by lower code). A label that every or no item has is undefined, and left out of the mean. ``groups``: one name
    an item of the truth.
    """
    if predicted.kind != Kind.PROBABILITY or predicted.values is None:
        raise ChoraleError("judgments-kind", "A ranking needs probabilities.", "For hard predictions: score_labels.")
    if predicted.labels != truth.labels:
        raise ChoraleError("schemes-differ", "Truth and predictions are under different schemes.", "Map one first.")
    found = matched(truth.items, predicted, trained_on=trained_on)
    use = truth.decided[found.item]
    right = truth.present[found.item[use]]
    p = predicted.values[found.row[use]].astype(np.float64)
    drawing = Drawing(rounds, seed, level)
    overall, per_class = _ranked(right, p, truth.labels, best, drawing)
    item, split = found.item[use], {}
    for name, positions in by_group(groups, len(truth.items)):
        own = np.isin(item, positions)
        split[name] = _ranked(right[own], p[own], truth.labels, best, drawing)[0]
    return Scores(overall, per_class, split)


def _ranked(
    right: Bool, p: Float64, labels: tuple[str, ...], best: tuple[int, ...], drawing: Drawing
) -> tuple[Figures, dict[str, Figures]]:
    level = drawing.level
    pieces = [_delong(right[:, k], p[:, k]) for k in range(p.shape[1])]
    reach = float(scipy.stats.norm.isf((1 - level) / 2))
    per_class = {}
    for name, (value, influence) in zip(labels, pieces, strict=True):
        per_class[name] = {"AUC": _with_normal("AUC", value, influence, len(p), reach, level)}
    defined = [piece for piece in pieces if np.isfinite(piece[0])]
    mean = float(np.mean([value for value, _ in defined])) if defined else float("nan")
    influence = np.mean([part for _, part in defined], axis=0) if defined else np.zeros(len(p))
    overall = {"macro AUC": _with_normal("macro AUC", mean, influence, len(p), reach, level)}
    rank = np.argsort(np.argsort(-p, axis=1, kind="stable"), axis=1)
    hits = [(right & (rank < n)).any(axis=1) for n in best]
    some = right.any(axis=1)
    rows = np.column_stack([some, *(hit & some for hit in hits)]).astype(np.float64)
    names = tuple(f"{n}-best" for n in best)
    return overall | figures(names, rows, lambda sums: sums[:, 1:] / sums[:, :1], drawing), per_class


def _delong(right: Bool, p: Float64) -> tuple[float, Float64]:
    """AUC and each item's influence on it (DeLong et al. 1988): the variance is the sum of their squares."""
    positives, negatives = p[right], p[~right]
    if not len(positives) or not len(negatives):
        return float("nan"), np.zeros(len(p))
    ranks = scipy.stats.rankdata(p)
    above = (ranks[right] - scipy.stats.rankdata(positives)) / len(negatives)
    below = 1 - (ranks[~right] - scipy.stats.rankdata(negatives)) / len(positives)
    value = float(above.mean())
    influence = np.zeros(len(p))
    influence[right] = (above - value) / np.sqrt(len(positives) * max(len(positives) - 1, 1))
    influence[~right] = (below - value) / np.sqrt(len(negatives) * max(len(negatives) - 1, 1))
    return value, influence


def _with_normal(name: str, value: float, influence: Float64, size: int, reach: float, level: float) -> Coefficient:
    plain = Coefficient(name, units=size, level=level)
    if not np.isfinite(value):
        return replace(plain, reason=ONE_SIDED)
    error = float(np.sqrt((influence**2).sum()))
    low, high = max(value - reach * error, 0.0), min(value + reach * error, 1.0)
    return replace(plain, value=value, low=low, high=high, se=error, interval="normal, DeLong")

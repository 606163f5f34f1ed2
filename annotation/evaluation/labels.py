"""Hard labels against hard labels: accuracy, precision, recall, F1, set overlap, wheel distance, plausible answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from annotation.aggregation.hard import HardLabels
from annotation.aggregation.votes import shares
from annotation.agreement.answers import refuse_repeats
from annotation.agreement.beside import Trained, hard, may_be_empty
from annotation.evaluation.matching import matched
from annotation.evaluation.scores import Drawing, Figures, Scores, by_group, figures
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Judgments, Kind

CLASS = ("precision", "recall", "F1", "support")
OVERALL = ("macro F1", "micro F1", "exact match", "set overlap")


def score_labels(
    truth: HardLabels,
    predicted: Judgments,
    *,
    trained_on: Trained,
    threshold: float = 0.5,
    wheel: npt.ArrayLike | None = None,
    groups: Sequence[str] | None = None,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Scores:
    """Scores of one prediction an item against decided ``truth``; probabilities are hardened first.

    Overall: macro F1 (mean over labels that occur in truth or predictions), micro F1 (= accuracy for SINGLE), exact
    match, set overlap (mean Jaccard; two empty sets 1), and `wheel distance` where ``wheel`` gives each label's angle
    in degrees (SINGLE; mean angle between truth and prediction / 180, 0..1). Per class: precision, recall, F1,
    support. ``groups``: one name an item of the truth (language, corpus). ``trained_on``: empty for a person.
    """
    if predicted.labels != truth.labels:
        raise ChoraleError("schemes-differ", "Truth and predictions are under different schemes.", "Map one first.")
    if predicted.kind == Kind.PROBABILITY:
        predicted = hard(predicted, kind=truth.kind, threshold=threshold, empty=_has_empty(truth))
    found = matched(truth.items, predicted, trained_on=trained_on)
    use = truth.decided[found.item]
    item, marks = found.item[use], predicted.marks()[found.row[use]]
    right = truth.present[item]
    drawing = Drawing(rounds, seed, level)
    angles = None if wheel is None else np.asarray(wheel, dtype=np.float64)
    if angles is not None and truth.kind != Kind.SINGLE:
        raise ChoraleError("wheel", "A distance on the wheel needs one label an item.", "Leave wheel out for sets.")
    rows, names = item_rows(right, marks, angles)
    split = {
        name: figures(names, rows[np.isin(item, positions)], partial(overall_of, width=len(truth.labels)), drawing)
        for name, positions in by_group(groups, len(truth.items))
    }
    whole = all_figures(names, truth.labels, rows, drawing)
    return Scores(whole.overall, whole.per_class, split)


def _has_empty(truth: HardLabels) -> bool:
    return truth.kind == Kind.SET and bool((~truth.present[truth.decided].any(axis=1)).any())


def all_figures(names: tuple[str, ...], labels: tuple[str, ...], rows: Float64, drawing: Drawing) -> Scores:
    """Overall and per-class figures of `item_rows`, all from the same resamples."""
    width = len(labels)

    def evaluate(sums: Float64) -> Float64:
        return np.hstack([overall_of(sums, width=width), classes_of(sums, width=width)])

    flat = [*names, *(f"{name}: {label}" for label in labels for name in CLASS)]
    found = figures(flat, rows, evaluate, drawing)
    per_class = {label: {name: replace(found[f"{name}: {label}"], name=name) for name in CLASS} for label in labels}
    return Scores({name: found[name] for name in names}, per_class)


def overall_of(sums: Float64, *, width: int) -> Float64:
    """Overall figures [R, 4 or 5] from sums of `item_rows` [R, K]."""
    tp, fp, fn = (sums[:, k * width : (k + 1) * width] for k in range(3))
    f1 = 2 * tp / np.where(2 * tp + fp + fn > 0, 2 * tp + fp + fn, np.nan)
    micro = 2 * tp.sum(axis=1) / (2 * tp + fp + fn).sum(axis=1)
    there = np.isfinite(f1).sum(axis=1)
    macro = np.nansum(f1, axis=1) / np.where(there > 0, there, np.nan)
    return np.column_stack([macro, micro, sums[:, 3 * width + 1 :] / sums[:, 3 * width, None]])


def item_rows(right: Bool, marks: Bool, angles: Float64 | None) -> tuple[Float64, tuple[str, ...]]:
    """Per item: true positives, false positives, misses of each label, 1, exact match, overlap, wheel distance."""
    both, either = (right & marks).sum(axis=1), (right | marks).sum(axis=1)
    overlap = np.where(either > 0, both / np.maximum(either, 1), 1.0)
    columns = [right & marks, ~right & marks, right & ~marks]
    extra = [np.ones(len(right)), (right == marks).all(axis=1), overlap]
    names: tuple[str, ...] = OVERALL
    if angles is not None:
        gap = np.abs(angles[right.argmax(axis=1)] - angles[marks.argmax(axis=1)]) % 360
        extra.append(np.minimum(gap, 360 - gap) / 180)
        names = (*OVERALL, "wheel distance")
    return np.column_stack([*columns, *extra]).astype(np.float64), names


def classes_of(sums: Float64, *, width: int) -> Float64:
    """Precision, recall, F1 and support of each label in turn [R, 4 L], from sums of `item_rows`."""
    tp, fp, fn = (sums[:, k * width : (k + 1) * width] for k in range(3))
    support = tp + fn
    each = np.stack([tp / (tp + fp), tp / support, 2 * tp / (2 * tp + fp + fn), support], axis=2)
    return np.asarray(each.reshape(len(sums), -1))


def plausible(
    people: Judgments,
    predicted: Judgments,
    *,
    trained_on: Trained,
    least: float = 0.2,
    threshold: float = 0.5,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Figures:
    """Share of predictions that at least ``least`` of the raters gave: plausible answers rather than the one answer.

    SINGLE: the predicted label is plausible. SET: `plausible` is the share of predicted labels that are plausible,
    `covered` the share of plausible labels that were predicted.
    """
    if people.kind not in (Kind.SINGLE, Kind.SET):
        raise ChoraleError("judgments-kind", f"{people.kind} judgments have no plausible labels.")
    if predicted.kind == Kind.PROBABILITY:
        predicted = hard(predicted, kind=people.kind, threshold=threshold, empty=may_be_empty(people))
    refuse_repeats(people)
    found = matched(people.items, predicted, trained_on=trained_on)
    share, n = shares(people)
    use = n[found.item] > 0
    allowed, marks = share[found.item[use]] >= least - 1e-12, predicted.marks()[found.row[use]]
    good = (allowed & marks).sum(axis=1)
    rows = np.column_stack([good, marks.sum(axis=1), allowed.sum(axis=1)]).astype(np.float64)

    def evaluate(sums: Float64) -> Float64:
        return np.column_stack([sums[:, 0] / sums[:, 1], sums[:, 0] / sums[:, 2]])

    return figures(("plausible", "covered"), rows, evaluate, Drawing(rounds, seed, level))

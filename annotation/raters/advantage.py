"""How near a person, and a model in that person's place, is to the other raters of the same item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annotation.agreement.against import within_item
from annotation.agreement.loo import others_mean
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind


@dataclass(frozen=True, eq=False)
class Alignment:
    """One panel: per judgment with company its rater, and the nearness of ``person`` and ``model`` to the others."""

    name: str
    names: tuple[str, ...]
    rater: Int64
    person: Float64
    model: Float64


def alignments(people: Judgments, model: Judgments, row: Int64, *, whole: bool) -> tuple[Alignment, ...]:
    """One panel for the scheme (``whole``), or one a label or dimension. ``row``: each judgment's row in ``model``."""
    names = tuple(map(str, people.raters.to_pylist()))
    others = np.bincount(people.item, minlength=len(people.items))[people.item] - 1
    kept, rater = others > 0, people.rater.astype(np.int64)
    if people.kind == Kind.DIMENSION:
        if whole and len(people.labels) > 1:
            raise ChoraleError("several-dimensions", "Dimensions are tested one by one.", "alternative_test_by_label")
        return tuple(_dimension(people, model, row, column, names) for column in range(len(people.labels)))
    if people.kind not in (Kind.SINGLE, Kind.SET):
        raise ChoraleError("judgments-kind", f"{people.kind} judgments are not tested.", "Use SINGLE, SET, DIMENSION.")
    own, their = people.marks().astype(np.float64), model.marks().astype(np.float64)[row]
    if not whole or people.kind == Kind.SINGLE:
        votes = np.zeros((len(people.items), own.shape[1]))
        np.add.at(votes, people.item, own)
        share = (votes[people.item] - own) / np.maximum(others, 1)[:, None]
        if whole:
            parts = [((own * share).sum(axis=1), (their * share).sum(axis=1))]
        else:
            cells = [marks * share + (1 - marks) * (1 - share) for marks in (own, their)]
            parts = list(zip(cells[0].T, cells[1].T, strict=True))
    else:
        parts = [_sets(people, own, their, others)]
    titles = ("overall",) if whole else people.labels
    return tuple(
        Alignment(title, names, rater[kept], person[kept], model_[kept])
        for title, (person, model_) in zip(titles, parts, strict=True)
    )


def _sets(people: Judgments, own: Float64, their: Float64, others: Int64) -> tuple[Float64, Float64]:
    """Mean Jaccard similarity to the others' sets, of the person's set and of the model's."""
    person = np.zeros(len(people))
    for first, second in within_item(people.item.astype(np.int64)):
        similar = _jaccard(own[first], own[second])
        np.add.at(person, first, similar)
        np.add.at(person, second, similar)
    to_model = _jaccard(own, their)
    total = np.bincount(people.item, weights=to_model, minlength=len(people.items))[people.item] - to_model
    divisor = np.maximum(others, 1)
    return person / divisor, total / divisor


def _jaccard(one: Float64, two: Float64) -> Float64:
    both, either = (one * two).sum(axis=1), np.maximum(one, two).sum(axis=1)
    return np.asarray(np.divide(both, either, out=np.ones_like(both), where=either > 0))


def _dimension(people: Judgments, model: Judgments, row: Int64, column: int, names: tuple[str, ...]) -> Alignment:
    assert people.values is not None
    assert model.values is not None
    value, guess = people.values[:, column].astype(np.float64), model.values[row, column].astype(np.float64)
    there = ~np.isnan(value) & ~np.isnan(guess)
    item, value, guess = people.item[there].astype(np.int64), value[there], guess[there]
    center, others = others_mean(item, value, len(people.items))
    square, _ = others_mean(item, value * value, len(people.items))
    kept = others > 0
    person, model_ = (-np.sqrt(np.maximum(x * x - 2 * x * center + square, 0))[kept] for x in (value, guess))
    return Alignment(people.labels[column], names, people.rater[there].astype(np.int64)[kept], person, model_)

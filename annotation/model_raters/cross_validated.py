"""How well a classifier predicts people it was not fitted on: the figures of `annotation.evaluation`, fold by fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from annotation.aggregation import dimension_mean
from annotation.evaluation import score_numbers, vote_scores
from annotation.model_raters.predictions import probability_judgments
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind

ROUNDS = 200


def cross_validated(
    people: Judgments, ids: Sequence[str], labels: tuple[str, ...], values: Float64, fold: Int64, *, seed: int
) -> dict[str, Any]:
    """Figures by name, JSON-ready, of predictions float64[n, L] whose row i comes from the fit without ``fold[i]``.

    Votes: Brier, log loss and their references. Dimensions: CCC, PCC, MAE, RMSE and tau, each a mapping from dimension
    to figure. Where a figure is refused, {"refused": reason}. Every fold is a rater of its own that declares what it
    was trained on, so the check against circularity is the same as everywhere.
    """
    people, dimension = _ordered(people, ids), people.kind == Kind.DIMENSION
    told = probability_judgments(ids, "", labels, values, kind=Kind.DIMENSION if dimension else Kind.PROBABILITY)
    names = [f"fold {number}" for number in range(int(fold.max()) + 1)]
    told = replace(told, raters=pa.array(names, pa.string()), rater=fold.astype(told.rater.dtype))
    taught = {name: [ids[row] for row in range(len(ids)) if fold[row] != k] for k, name in enumerate(names)}
    try:
        if dimension:
            scores = score_numbers(dimension_mean(people), told, trained_on=taught, rounds=ROUNDS, seed=seed)
            return {
                name: {label: figures[name].to_dict() for label, figures in scores.per_class.items()}
                for name in scores.overall
            }
        marked = people if people.kind == Kind.SINGLE else replace(people, kind=Kind.SET, strength=None)
        found = vote_scores(marked, told, trained_on=taught, rounds=ROUNDS, seed=seed)
        return {name: figure.to_dict() for name, figure in found.items()}
    except ChoraleError as refused:
        return {"refused": refused.message}


def _ordered(people: Judgments, ids: Sequence[str]) -> Judgments:
    """The judgments of these items in the order of ``ids`` and rater names: intervals then do not depend on arrival."""
    place = {name: code for code, name in enumerate(ids)}
    code = np.asarray([place.get(str(name), -1) for name in people.items.to_pylist()], np.int32)[people.item]
    names = np.asarray([*people.raters.to_pylist(), ""], dtype=object)[people.rater]
    rows = np.asarray(sorted(np.flatnonzero(code >= 0), key=lambda row: (code[row], names[row])), np.int64)
    return replace(people.select(rows), items=pa.array(list(ids), pa.string()), item=code[rows])

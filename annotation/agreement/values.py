"""Which values of a judgment a metric compares: a code into distinct values, or features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from annotation.agreement import answers
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind

DEFAULT = {Kind.SINGLE: "nominal", Kind.SET: "masi", Kind.DIMENSION: "interval", Kind.PROBABILITY: "hellinger"}
FITTING = {
    Kind.SINGLE: ("nominal", "ordinal", "interval", "ratio", "circular"),
    Kind.SET: ("masi", "jaccard", "nominal"),
    Kind.INTENSITY: (),
    Kind.DIMENSION: ("interval", "ordinal", "ratio", "circular"),
    Kind.PROBABILITY: ("hellinger", "euclidean", "jensen-shannon"),
}


@dataclass(frozen=True, eq=False)
class Values:
    """What is compared: each rating's item, and its code or features under a form."""

    metric: str
    item: answers.Codes
    code: answers.Codes | None = None  # into the distinct values
    values: Float64 | None = None  # the distinct values [V, D]
    features: Float64 | None = None  # [n, d]

    def rows(self, j: Judgments) -> Int64:
        """The rater of each value [n]: values are of the counted judgments that gave one, in order."""
        given = j.counted
        if j.values is not None:
            given = given & ~np.isnan(j.values).any(axis=1)
        return j.rater[given].astype(np.int64)


def compared(j: Judgments, metric: str | None, points: npt.ArrayLike | None, period: float | None) -> Values:
    """The values that a metric compares, one a counted judgment; `ChoraleError` where it does not fit the kind."""
    metric = metric or DEFAULT.get(j.kind)
    if metric not in FITTING[j.kind]:
        fitting = ", ".join(FITTING[j.kind]) or "none: use alpha_by_label(metric='ordinal')"
        raise ChoraleError("metric-kind", f"{metric} does not fit {j.kind} judgments.", f"Fitting metrics: {fitting}.")
    answers.refuse_repeats(j)
    return _values(j, metric, points, period)


def _values(j: Judgments, metric: str, points: npt.ArrayLike | None, period: float | None) -> Values:
    if j.kind == Kind.SET:
        item, code, sets = answers.set_codes(j)
        return Values(metric, item, code=code, values=sets.astype(np.float64))
    if j.kind == Kind.PROBABILITY:
        return _distributions(j, metric)
    if j.kind == Kind.DIMENSION:
        if len(j.labels) != 1:
            raise ChoraleError("several-dimensions", f"There are {len(j.labels)} dimensions.", "alpha_by_dimension")
        return number_values(*answers.numbers(j, 0), metric, period)
    item, code = answers.single_codes(j)
    if metric in ("nominal", "ordinal"):
        return Values(metric, item, code=code, values=np.arange(len(j.labels), dtype=np.float64)[:, None])
    if points is None:
        points = np.arange(len(j.labels)) if metric == "circular" else answers.label_points(j.labels)
    number = np.asarray(points, dtype=np.float64)[code]
    return number_values(item, number, metric, period or (float(len(j.labels)) if metric == "circular" else None))


def number_values(item: answers.Codes, number: Float64, metric: str, period: float | None) -> Values:
    if metric == "interval":
        return Values(metric, item, features=number[:, None])
    if metric == "circular":
        if period is None:
            raise ChoraleError("no-period", "A circular metric needs the length of the circle.", "Pass period=.")
        angle = 2 * np.pi * number / period
        return Values(metric, item, features=np.column_stack([np.cos(angle), np.sin(angle)]) / 2)
    if metric == "ratio" and (number < 0).any():
        raise ChoraleError("negative-ratio", "A ratio scale has no negative values.", "Use metric='interval'.")
    values, code = np.unique(number, return_inverse=True)
    return Values(metric, item, code=code.astype(np.int64), values=values[:, None])


def _distributions(j: Judgments, metric: str) -> Values:
    assert j.values is not None
    rows = np.flatnonzero(j.counted & ~np.isnan(j.values).any(axis=1))
    p, item = j.values[rows].astype(np.float64), j.item[rows].astype(np.int64)
    if (p < 0).any():
        raise ChoraleError("negative-probability", "A probability is below 0.", "Check the model's output.")
    if metric == "jensen-shannon":
        values, code = np.unique(p, axis=0, return_inverse=True)
        return Values(metric, item, code=code.reshape(-1).astype(np.int64), values=values)
    return Values(metric, item, features=(np.sqrt(p) if metric == "hellinger" else p) * np.sqrt(0.5))

"""Distance tables over distinct values, for metrics that have no features: ratio, Jaccard, MASI, Jensen-Shannon."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from annotation.agreement import distances
from annotation.agreement.forms import Ordinal, Table
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64

LARGEST = 8_000  # distinct values; the table takes 8 V^2 bytes
MOST_LEVELS = 128  # of an ordered scale


METRICS: dict[str, Callable[[Float64], Float64]] = {
    "ratio": lambda values: distances.ratio(values[:, 0]),
    "jaccard": lambda values: distances.jaccard(values > 0),
    "masi": lambda values: distances.masi(values > 0),
    "jensen-shannon": distances.jensen_shannon,
}


def table(metric: str, values: Float64) -> Table:
    """The table of ``metric`` over distinct ``values`` [V, D]. Raises `ChoraleError` above 8,000 distinct values."""
    if len(values) > LARGEST:
        raise ChoraleError(
            "too-many-values",
            f"{metric} over {len(values)} distinct values needs a table of {8 * len(values) ** 2 / 1e9:.1f} GB.",
            "Use a metric with features: nominal, interval, hellinger, or the labels one by one.",
        )
    return Table(METRICS[metric], values)


def joined(metric: str, one: Table, rows: Float64, two: Table, other: Float64) -> tuple[Table, Float64, Float64]:
    """One table over the values of both, and both shards' rows in its columns."""
    values, place = np.unique(np.vstack([one.values, two.values]), axis=0, return_inverse=True)
    place = place.reshape(-1)
    split = len(one.values)
    return (
        table(metric, values),
        _moved(rows, place[:split], len(values)),
        _moved(other, place[split:], len(values)),
    )


def joined_levels(one: Ordinal, rows: Float64, two: Ordinal, other: Float64) -> tuple[Ordinal, Float64, Float64]:
    """One ordered scale with the levels of both, and both shards' coincidences in its columns."""
    levels = tuple(sorted({*one.values, *two.values}))
    if len(levels) > MOST_LEVELS:
        raise ChoraleError("too-many-levels", f"{len(levels)} levels are more than {MOST_LEVELS}.", "Use interval.")
    whole = Ordinal(levels)
    return whole, _spread(one, rows, whole), _spread(two, other, whole)


def _spread(form: Ordinal, rows: Float64, whole: Ordinal) -> Float64:
    if form == whole:
        return rows
    place = np.searchsorted(whole.values, form.values)
    v, w = np.triu_indices(form.levels)
    column = np.zeros((whole.levels, whole.levels), dtype=np.int64)
    column[np.triu_indices(whole.levels)] = np.arange(whole.levels * (whole.levels + 1) // 2)
    spread = np.zeros((len(rows), whole.levels * (whole.levels + 1) // 2))
    spread[:, column[place[v], place[w]]] = rows
    return spread


def _moved(rows: Float64, place: Int64, width: int) -> Float64:
    moved = np.zeros((len(rows), 1 + width))
    moved[:, 0] = rows[:, 0]
    moved[:, 1 + place] = rows[:, 1:]
    return moved

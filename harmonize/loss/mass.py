"""A corpus as label mass: one row of shares an item, whatever the labels are kept as."""

from __future__ import annotations

import numpy as np

from harmonize.crosswalks import Crosswalk
from harmonize.crosswalks.soft import require_labels
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind, Semantics, SoftLabels

HOW = {
    Kind.SINGLE: "votes",
    Kind.SET: "marks",
    Kind.INTENSITY: "strengths",
    Kind.PROBABILITY: "probabilities",
}


def mass_rows(crosswalk: Crosswalk, data: object) -> tuple[Float64, Float64, str]:
    """Rows of mass that sum to 1, float64[I, L], the weight of each row, and how the corpus was weighted.

    Without data, or with base rates alone, a row is one label. Items without any mark are left out.
    """
    width = len(crosswalk.source_labels.names)
    if data is None:
        return np.eye(width), np.full(width, 1.0 / width), "every label alike"
    if not isinstance(data, Judgments | SoftLabels):
        return np.eye(width), _base(data, width), "base rates as given"
    require_labels(data.labels, crosswalk)
    if isinstance(data, Judgments):
        if data.kind == Kind.DIMENSION:
            raise ChoraleError("loss-semantics", "Dimensions have no label loss.", "See harmonize.affect.residual.")
        mass, how = _judged(data), f"items alike, then an item's {HOW[data.kind]}"
    else:
        if data.semantics == Semantics.DIMENSION:
            raise ChoraleError("loss-semantics", "Dimensions have no label loss.", "See harmonize.affect.residual.")
        mass, how = np.nan_to_num(data.values), f"items alike, then the item's {data.semantics}"
    total = mass.sum(axis=1)
    if not (total > 0).any():
        raise ChoraleError("loss-empty", "No item has any mark, so there is no loss to state.")
    rows: Float64 = mass[total > 0] / total[total > 0, None]
    return rows, np.full(len(rows), 1.0 / len(rows)), how


def _base(data: object, width: int) -> Float64:
    given = np.asarray(data, dtype=np.float64)
    if given.shape != (width,) or not np.isfinite(given).all() or (given < 0).any() or not given.any():
        raise ChoraleError("loss-base", f"Base rates must be {width} finite numbers, none below 0, not all 0.")
    shares: Float64 = given / given.sum()
    return shares


def _judged(judgments: Judgments) -> Float64:
    size, width = len(judgments.items), len(judgments.labels)
    used = judgments.counted
    if judgments.values is not None:
        values = np.nan_to_num(judgments.values[used].astype(np.float64))
        columns = [np.bincount(judgments.item[used], weights=values[:, k], minlength=size) for k in range(width)]
        return np.stack(columns, axis=1)
    if judgments.strength is None:
        return judgments.counts()[0].astype(np.float64)
    assert judgments.offsets is not None
    assert judgments.label is not None
    row = np.repeat(np.arange(len(judgments)), np.diff(judgments.offsets))
    kept = used[row]
    cell = judgments.item[row[kept]].astype(np.int64) * width + judgments.label[kept]
    total = np.bincount(cell, weights=judgments.strength[kept], minlength=size * width)
    return total.reshape(size, width).astype(np.float64)

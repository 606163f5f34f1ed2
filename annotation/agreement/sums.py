"""Ratings to sums per sampling unit: the rows on which every `Form` works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from annotation.agreement.answers import Codes
from annotation.agreement.hashing import hashed as hashes
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Int64

MAX_GROUPS = 20_000
MAX_CELLS = 4_000_000  # groups x sums held at once: many sums (label sets) take fewer groups
BLOCK = 65_536  # units whose panels are held at once
MOST_STEPS = 64  # ratings a unit up to which its pairs are stepped through
MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: multiplying spreads consecutive numbers evenly (Knuth)


@dataclass(frozen=True, eq=False)
class Design:
    """How units are drawn: ``clusters`` [I] drawn whole, ``weights`` [I] of items, and how sums are grouped.

    ``hashed``: groups by a hash of names, so that shards add up; ``groups``: how many, the same for every shard.
    """

    clusters: npt.ArrayLike | None = None
    weights: npt.ArrayLike | None = None
    hashed: bool = False
    groups: int | None = None

    def weight(self, items: int, used: Int64) -> Float64 | None:
        """Weights of the items ``used``, scaled to mean 1 unless shards are to add up; None where all weigh the same.

        Raises `ChoraleError` for weights that are not above 0, or not one an item.
        """
        if self.weights is None:
            return None
        whole = np.asarray(self.weights, dtype=np.float64)
        if whole.shape != (items,) or not (whole[used] > 0).all():
            raise ChoraleError("weights", f"{items} items need as many weights above 0.", "1 / chance of being drawn.")
        mine = whole[used]
        return mine if self.hashed or not len(mine) else mine / mine.mean()


@dataclass(frozen=True, eq=False)
class Sampling:
    """Which resampled group each item belongs to: ``group`` int64[I], ``groups`` in all.

    ``hashed``: groups are hashes of item (or cluster) names modulo ``groups``, so that shards read apart add up.
    """

    group: Int64
    groups: int
    hashed: bool
    name: str


def sampling(items: pa.StringArray, design: Design, *, width: int, used: Int64) -> Sampling:
    """Items (or clusters of items) as resampling groups; hashed into at most 20,000 where there are more.

    A group of several units is resampled whole, as a cluster is; as hashing is blind to the ratings, the variance
    stays that of independent units. Names are hashed for shards, positions otherwise. ``used`` are the item codes
    with shared ratings; others take no group.
    """
    limit = design.groups or max(64, min(MAX_GROUPS, MAX_CELLS // max(width, 1)))
    clusters, hashed = design.clusters, design.hashed
    group = np.full(len(items), -1, dtype=np.int64)
    units = "items" if clusters is None else "clusters of items"
    if clusters is None:
        names = items.take(pa.array(used)) if hashed else None
        distinct, codes = len(used), np.arange(len(used))
    else:
        chosen = np.asarray(clusters)[used]
        found, codes = np.unique(chosen, return_inverse=True)
        names, distinct = pa.array(chosen.astype(str), pa.string()) if hashed else None, len(found)
    if names is not None:
        group[used] = (hashes(names) % np.uint64(limit)).astype(np.int64)
        return Sampling(group, limit, hashed=True, name=f"hashed groups of {units}")
    if distinct > limit:
        group[used] = _mixed(codes, limit)
        return Sampling(group, limit, hashed=False, name=f"hashed groups of {units}")
    group[used] = codes
    return Sampling(group, distinct, hashed=False, name=units)


def spread(rows: Float64) -> Float64:
    """``rows`` [U, K] summed into at most 20,000 groups by a hash of their position, for resampling."""
    group, groups = spread_groups(len(rows))
    return grouped(group, groups, rows)


def spread_groups(size: int) -> tuple[Int64, int]:
    """The group of each of ``size`` positions, and how many groups there are: at most 20,000."""
    places = np.arange(size)
    return (places, size) if size <= MAX_GROUPS else (_mixed(places, MAX_GROUPS), MAX_GROUPS)


def _mixed(codes: Int64, groups: int) -> Int64:
    mixed = (codes.astype(np.uint64) * MIX) >> np.uint64(32)
    return ((mixed * np.uint64(groups)) >> np.uint64(32)).astype(np.int64)


def grouped(group: Int64, groups: int, columns: Float64) -> Float64:
    """Sums of ``columns`` [U, K] over the groups [U] of its rows: [groups, K]."""
    if groups == len(columns) and np.array_equal(group, np.arange(groups)):
        return columns
    belongs = sparse.csr_array((np.ones(len(group)), (group, np.arange(len(group)))), shape=(groups, len(group)))
    return np.asarray(belongs @ columns, dtype=np.float64)


def cells(row: Codes, column: Codes, shape: tuple[int, int]) -> Float64:
    """How often each (row, column) occurs, float64 ``shape``."""
    flat = np.bincount(row.astype(np.int64) * shape[1] + column, minlength=shape[0] * shape[1])
    return flat.reshape(shape).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Units:
    """Items with at least two ratings: ``kept``, which ratings are theirs (None: all of them); ``used``, their codes.

    ``unit``: the unit of each kept rating, in the order of ``used``; ``sizes``: how many ratings each unit has.
    """

    kept: Bool | None
    used: Int64
    unit: Codes
    sizes: Int64


def pairable(item: Codes, size: int) -> Units:
    """The units of ratings with these item codes in 0..size."""
    counts = np.bincount(item, minlength=size)
    used = np.flatnonzero(counts >= 2)
    kept = None if len(used) == np.count_nonzero(counts) else counts[item] >= 2
    if kept is None and len(used) == size:
        return Units(kept, used, item, counts)
    place = np.full(size, -1, dtype=np.int64)
    place[used] = np.arange(len(used))
    return Units(kept, used, place[item if kept is None else item[kept]], counts[used])


def feature_rows(unit: Codes, units: int, features: Float64) -> Float64:
    """Columns of `forms.Moments` for each unit, from ``features`` [n, d] of its ratings."""
    m = np.bincount(unit, minlength=units).astype(np.float64)
    square = np.bincount(unit, weights=np.einsum("nd,nd->n", features, features), minlength=units)
    sums = np.stack([np.bincount(unit, weights=column, minlength=units) for column in features.T], axis=1)
    within = m * square - np.einsum("ud,ud->u", sums, sums)
    return np.column_stack([2 * np.maximum(within, 0.0) / (m - 1), m, square, sums])


def nominal_rows(units: Units, code: Codes, width: int, groups: Sampling, weight: Float64 | None = None) -> Float64:
    """Columns of `forms.Moments` for each group of units, from coded ratings: features e_v / sqrt 2.

    The squares of a unit's counts come from its agreeing pairs where ratings of a unit lie together, so that no table
    of units and values is needed.
    """
    unit, m = units.unit, units.sizes
    squares = _squares(unit, code, m, width)
    group = groups.group[units.used]
    apart = (m * m - squares) / (m - 1.0)
    if weight is not None:
        apart = apart * weight
    if weight is None:
        counts = np.bincount(_places(group * width, unit, code, m), minlength=groups.groups * width)
    else:
        place = (group * width)[unit] + code
        counts = np.bincount(place, weights=weight[unit], minlength=groups.groups * width)
    rows = np.empty((groups.groups, 3 + width))
    rows[:, 0] = np.bincount(group, weights=apart, minlength=groups.groups)
    rows[:, 1] = np.bincount(group, weights=m if weight is None else m * weight, minlength=groups.groups)
    rows[:, 2] = rows[:, 1] / 2
    np.multiply(counts.reshape(groups.groups, width), np.sqrt(0.5), out=rows[:, 3:])
    return rows


def _squares(unit: Codes, code: Codes, m: Int64, width: int) -> Float64 | Int64:
    """Sum of squared counts of each unit: m, and twice its agreeing pairs where its ratings lie together."""
    most = int(m.max(initial=0))
    if not most or most > MOST_STEPS or not _together(unit):
        votes = cells(unit, code, (len(m), width))
        return np.asarray(np.einsum("uv,uv->u", votes, votes))
    if _even(m, most):  # a full table: its columns compared, each in one stretch of memory
        columns = _columns(code, most)
        pairs = np.zeros(len(m), dtype=np.int32)
        for first in range(most):
            for second in range(first + 1, most):
                pairs += columns[first] == columns[second]
        return m + 2 * pairs
    alike = np.zeros(len(unit), dtype=np.uint8)
    for step in range(1, most):
        alike[:-step] += (unit[step:] == unit[:-step]) & (code[step:] == code[:-step])
    return np.asarray(m + 2 * np.add.reduceat(alike, np.cumsum(m) - m, dtype=np.int64))


def _places(start: Int64, unit: Codes, code: Codes, m: Int64) -> Int64:
    """``start`` of each rating's unit plus its code, int64[n], in any order."""
    most = int(m.max(initial=0))
    if most and _even(m, most) and _together(unit):
        return np.asarray((start + _columns(code, most)).ravel())
    place = start[unit]  # one gather in place of a product a rating
    place += code
    return np.asarray(place)


def _columns(code: Codes, most: int) -> Codes:
    return np.ascontiguousarray(code.reshape(-1, most).T)


def _even(m: Int64, most: int) -> bool:
    return int(m.min()) == most


def _together(unit: Codes) -> bool:
    return bool((unit[1:] >= unit[:-1]).all())


def panel_sums(
    parts: tuple[npt.NDArray[Any], ...], used: Int64, groups: Sampling, weight: Float64 | None = None
) -> Float64:
    """`panel_rows` of the units ``used``, summed by group a block of units at a time: memory is that of the groups."""
    total = np.zeros((groups.groups, 4 * parts[0].shape[1]))
    for start in range(0, len(used), BLOCK):
        block = used[start : start + BLOCK]
        rows = panel_rows(*(part[block].astype(np.float64) for part in parts))
        if weight is not None:
            rows *= weight[start : start + BLOCK, None]
        total += grouped(groups.group[block], groups.groups, rows)
    return total


def panel_rows(m: Float64, sums: Float64, squares: Float64) -> Float64:
    """Columns of `forms.PanelMoments` from counts, sums and sums of squares, each [U, P]; a panel needs m >= 2."""
    whole = m >= 2
    m, sums, squares = (np.where(whole, part, 0.0) for part in (m, sums, squares))
    within = np.maximum(m * squares - sums * sums, 0.0)
    return np.hstack([2 * within / np.maximum(m - 1, 1.0), m, squares, sums])


def coincidence_rows(votes: Float64) -> Float64:
    """Columns of `forms.Ordinal` for each unit, from its ``votes`` [U, V]."""
    v, w = np.triu_indices(votes.shape[1])
    pairs = votes[:, v] * (votes[:, w] - (v == w))
    return np.asarray(pairs / (votes.sum(axis=1) - 1)[:, None])


def pair_distance(unit: Codes, units: int, value: Codes, distance: Float64) -> Float64:
    """Sum of ``distance`` over ordered pairs of ratings within each unit, divided by m - 1: float64[units]."""
    order = np.argsort(unit, kind="stable")
    unit, value = unit[order], value[order]
    m = np.bincount(unit, minlength=units)
    total = np.zeros(units)
    for step in range(1, int(m.max(initial=0))):
        same = np.flatnonzero(unit[step:] == unit[:-step])
        gap = distance[value[same], value[same + step]]
        total += np.bincount(unit[same], weights=gap, minlength=units)
    return np.asarray(2 * total / (m - 1))

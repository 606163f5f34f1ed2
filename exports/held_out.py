"""Sides dealt by what an item is and not by a lottery: language, corpus, time; and links that items do not carry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exports.raters_table import RaterBook
from exports.recipe import Splits
from exports.sides import hashes

Int8 = npt.NDArray[np.int8]
Int64 = npt.NDArray[np.int64]
TRAIN, DEV, TEST = range(3)
UNKNOWN = np.iinfo(np.int64).min
"""The moment of an item whose time facet is missing or no time."""


def moments(table: pa.Table, facet: str) -> Int64:
    """int64[n] nanoseconds since 1970 of each item's facet (ISO 8601; a year alone is its first day)."""
    import pandas as pd  # takes a second to load, which most processes need not wait

    told = [str(value) if (value := json.loads(raw or "{}").get(facet)) is not None else None
            for raw in table["facets"].to_pylist()]  # fmt: skip
    parsed = pd.to_datetime(pd.Series(told, dtype=object), errors="coerce", utc=True, format="ISO8601")
    found: Int64 = np.array(parsed.dt.as_unit("ns").astype("int64"), dtype=np.int64)
    found[parsed.isna().to_numpy()] = UNKNOWN
    return found


def by_value(table: pa.Table, splits: Splits) -> Int8:
    """int8[n]: the side of each item by its language or corpus; whatever is not held out is for training."""
    column = table[splits.by]
    side = np.full(table.num_rows, TRAIN, dtype=np.int8)
    for values, place in ((splits.dev_values, DEV), (splits.test_values, TEST)):
        held = pc.fill_null(pc.is_in(column, value_set=pa.array(values, pa.string())), False)
        side[held.to_numpy()] = place
    return side


def by_time(moment: Int64, splits: Splits) -> Int8:
    """int8[n]: the oldest share for training, the newest for the test; equal times on one side, unknown ones on none.

    A cut is the time of the first item beyond the share, so no item for training is as new as one of the test.
    """
    known = np.sort(moment[moment != UNKNOWN])
    if not len(known):
        return np.full(len(moment), -1, dtype=np.int8)
    places = [min(round(share * len(known)), len(known)) for share in (splits.train, splits.train + splits.dev)]
    cuts = [known[place] if place < len(known) else np.iinfo(np.int64).max for place in places]
    side = np.searchsorted(np.array(cuts), moment, side="right").astype(np.int8)
    side[moment == UNKNOWN] = -1
    return side


def facet(table: pa.Table, key: str) -> pa.Array:
    """The value of a facet of each item as text, null where it has none: to keep a pair or a grid whole."""
    found = [json.loads(raw or "{}").get(key) for raw in table["facets"].to_pylist()]
    return pa.array([None if value is None else str(value) for value in found], pa.string())


def rater_edges(judged: Iterable[pa.Table], ids: npt.NDArray[np.uint64]) -> tuple[Int64, Int64]:
    """(row of the item, number of the rater) of every judgment with a rater id; ``ids``: hashes of the items' uuids."""
    order = np.argsort(ids)
    rows, people = [], []
    for table in judged:
        known = table.filter(pc.is_valid(table["rater"]))
        hashed = hashes(known["item"])
        place = np.minimum(np.searchsorted(ids[order], hashed), max(len(ids) - 1, 0))
        here = ids[order][place] == hashed if len(ids) else np.zeros(len(hashed), dtype=bool)
        rows.append(order[place[here]])
        people.append(hashes(known["rater"].filter(pa.array(here))))
    if not rows:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate(rows), np.unique(np.concatenate(people), return_inverse=True)[1].astype(np.int64)


def people_sides(book: RaterBook, splits: Splits) -> list[str | None]:
    """A side for each person of the book by the hash of their stable key and the seed: the same in every version."""
    names, cuts = ("train", "dev", "test"), np.array([splits.train, splits.train + splits.dev])
    draws = [
        int.from_bytes(hashlib.blake2b(f"{splits.seed}\0{key}".encode(), digest_size=7).digest(), "big") / 2**56
        for key in book.keys.to_pylist()
    ]
    dealt = [names[int(np.searchsorted(cuts, draw, side="right"))] for draw in draws]
    return [side if kind == "person" else None for side, kind in zip(dealt, book.kinds.to_pylist(), strict=True)]


def one_side_a_group(
    side: Int8, free: npt.NDArray[np.bool_], group: Int64, count: int
) -> tuple[Int8, npt.NDArray[np.bool_]]:
    """No leaks: sides, and which items were taken off. Of a group on several sides only the furthest held out stays.

    Items that are not ``free`` keep their side whatever stands beside them.
    """
    furthest = np.full(count, -1, dtype=np.int8)
    np.maximum.at(furthest, group, side)
    bridging = free & (side >= 0) & (side != furthest[group])
    return np.where(bridging, -1, side).astype(np.int8), bridging


def unseen_side(side: Int8, held: npt.NDArray[np.bool_]) -> Int8:
    """Items that bear a label which training may not see: to the test, or off it where another side was fixed."""
    moved = np.where((side == TRAIN) | (side == DEV), -1, TEST)
    return np.where(held, moved, side).astype(np.int8)


def empty_sides(sides: Mapping[str, int], splits: Splits) -> list[str]:
    """Sides that were asked for and hold no item."""
    return [name for name in ("train", "dev", "test") if getattr(splits, name) > 0 and not sides.get(name)]

"""Train, dev and test: dealt by hash, whole groups at a time, and for ever (SCIENCE rule 24)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exports import held_out
from exports.grouping import groups, linked, numbered
from exports.recipe import Splits
from exports.sides import NONE, SIDES, Int8, KeptSides, UInt64, hashes
from exports.source import ITEMS

_SPELLINGS = {"train": 0, "training": 0, "dev": 1, "val": 1, "valid": 1, "validation": 1, "test": 2, "publictest": 1}
_SPELLINGS |= {"privatetest": 2}
PIECE = 1 << 20

REASONS = (
    *("hash", "kept", "source", "reserved-test", "reserved-gold", "bridges-splits", "unseen-label", "no-time"),
    *("language", "corpus", "time"),
)
HASH, KEPT, SOURCE, RESERVED_TEST, GOLD, BRIDGE, UNSEEN, NO_TIME = range(8)


@dataclass(frozen=True, eq=False)
class SplitPlan:
    """Which side each item is on: ``ids`` sorted uint64 hashes of uuids, ``side`` (-1: none) and ``reason`` beside.

    ``torn`` counts groups that the sources themselves publish on several sides: honoured, and reported. ``moved``:
    items on another side than in the version before; ``beside_gold``: items for training in a gold item's group.
    """

    ids: UInt64
    side: Int8
    reason: Int8
    groups: int
    torn: int
    moved: int = 0
    beside_gold: int = 0

    def columns(self, uuids: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
        """Split names (null: on no side) and reasons for some items."""
        place = np.searchsorted(self.ids, hashes(uuids))
        side, reason = self.side[place], self.reason[place]
        names = pa.array(SIDES).take(pa.array(side, mask=side < 0))
        return names, pa.array(REASONS).take(pa.array(reason))


def needed(splits: Splits) -> list[str]:
    """The columns of the items that dealing looks at."""
    links = {name for name in splits.group if name in ITEMS.names} | {"duplicate"}
    value = {splits.by} if splits.by in ITEMS.names else set()
    return sorted({"uuid", "corpus", "source_split", "reserved", "facets"} | links | value)


class _Gathered(NamedTuple):
    """What dealing needs of every item: id, fixed side, reason, stratum, a hash for each link; where sides are dealt
    by time or value the moment or the side; where near-duplicates are not kept together which items are ones."""

    ids: UInt64
    side: Int8
    reason: Int8
    stratum: npt.NDArray[np.int32]
    links: tuple[UInt64, ...]
    told: npt.NDArray[np.int64] | None = None
    twins: UInt64 | None = None


def plan(
    items: Iterable[pa.Table],
    splits: Splits,
    *,
    kept: pa.Table | None = None,
    strata: npt.NDArray[np.int32] | None = None,
    unseen: npt.NDArray[np.bool_] | None = None,
    judged: Iterable[pa.Table] = (),
) -> SplitPlan:
    """Deal the items (columns of `exports.source.ITEMS`, any order) to sides.

    ``kept``: columns uuid and split of the version before. In the order of the items: ``strata``, int32[n] codes, and
    ``unseen``, bool[n], whether an item has a label that training may not see. ``judged``: judgments, for the link
    "rater".

    In this order: items of the version before keep their side; reserved test items go to test and gold items to no
    side; published splits are honoured; everything else goes with its group, or by the group's hash. An item whose
    group already stands on two sides would bridge them: it is on no side, with that reason. Where splits are by
    language, corpus or time, published splits do not count and of a group on two sides the part held out stays.
    """
    before = KeptSides.of(kept)
    found = _gather(items, splits, before, strata, unseen)
    ids = found.ids
    edges = held_out.rater_edges(judged, ids) if "rater" in splits.group else None
    group = groups(found.links, len(ids), edges)
    count = int(group.max()) + 1 if len(ids) else 0
    sides = np.zeros((count, len(SIDES)), dtype=bool)
    known = found.side >= 0
    sides[group[known], found.side[known]] = True
    several = sides.sum(axis=1, dtype=np.int8)
    if found.told is None:
        final, reason = _by_hash(found, group, sides, splits)
    else:
        final, reason = _by_value(found, group, count, splits)
    order = np.argsort(ids)
    beside = _beside(found, group, count)
    if found.twins is not None:
        beside |= _beside(found, numbered(found.twins), len(ids))
    leaked = int((beside & (final == SIDES.index("train"))).sum())
    moved = _moved(ids, final, before)
    torn = int((several > 1).sum())
    return SplitPlan(ids[order], final[order], reason[order], count, torn, moved, leaked)


def _beside(found: _Gathered, group: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.bool_]:
    """bool[n]: whether a gold item is in an item's group."""
    golden = np.zeros(count, dtype=bool)
    golden[group[found.reason == GOLD]] = True
    return golden[group]


def _by_hash(
    found: _Gathered, group: npt.NDArray[np.int64], sides: npt.NDArray[np.bool_], splits: Splits
) -> tuple[Int8, Int8]:
    several, free = sides.sum(axis=1, dtype=np.int8), found.reason == HASH
    leader = np.full(len(sides), np.iinfo(np.uint64).max, dtype=np.uint64)
    if len(found.links) == 1 and "rater" not in splits.group:
        leader[group] = found.links[0]  # all of a group share it
    else:
        np.minimum.at(leader, group, found.links[0] if found.links else found.ids)
    dealt = _deal(leader, group, found.stratum, several == 0, splits)
    dealt[several == 1] = sides.argmax(axis=1)[several == 1]
    dealt[several > 1] = NONE
    reason = np.where(free & (several[group] > 1), np.int8(BRIDGE), found.reason)
    return np.where(free, dealt[group], found.side), reason


def _by_value(found: _Gathered, group: npt.NDArray[np.int64], count: int, splits: Splits) -> tuple[Int8, Int8]:
    assert found.told is not None
    free = found.reason == HASH
    told = held_out.by_time(found.told, splits) if splits.by == "time" else found.told.astype(np.int8)
    side, bridging = held_out.one_side_a_group(np.where(free, told, found.side).astype(np.int8), free, group, count)
    reason = np.where(free, np.where(told < 0, NO_TIME, REASONS.index(splits.by)), found.reason)
    return side, np.where(bridging, BRIDGE, reason).astype(np.int8)


def _moved(ids: UInt64, final: Int8, before: KeptSides) -> int:
    """How many items stand on another side than before. Items that became gold left their side, and count."""
    side = before.at(ids)
    return int(((side != NONE) & (side != final)).sum())


def _gather(
    items: Iterable[pa.Table],
    splits: Splits,
    before: KeptSides,
    strata: npt.NDArray[np.int32] | None,
    unseen: npt.NDArray[np.bool_] | None,
) -> _Gathered:
    parts = []
    start = 0
    for table in items:
        here = slice(start, start + table.num_rows)
        start = here.stop
        ids = hashes(table["uuid"])
        side, reason = _fixed(table, before.at(ids), splits.honour_source and splits.by == "hash")
        if unseen is not None:
            held = unseen[here] & (reason != GOLD)
            side, reason = held_out.unseen_side(side, held), np.where(held, UNSEEN, reason).astype(np.int8)
        stratum = np.zeros(len(ids), dtype=np.int32) if strata is None else strata[here]
        links = tuple(linked(table, name) for name in splits.group if name != "rater")
        twins = None if "duplicate" in splits.group else linked(table, "duplicate")
        parts.append(_Gathered(ids, side, reason, stratum, links, _told(table, splits), twins))
    if not parts:
        none, sides = np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int8)
        return _Gathered(none, sides, sides, np.zeros(0, dtype=np.int32), ())
    return _Gathered(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.side for part in parts]),
        np.concatenate([part.reason for part in parts]),
        np.concatenate([part.stratum for part in parts]),
        tuple(np.concatenate(column) for column in zip(*(part.links for part in parts), strict=True)),
        None if splits.by == "hash" else np.concatenate([part.told for part in parts if part.told is not None]),
        None if "duplicate" in splits.group else np.concatenate([p.twins for p in parts if p.twins is not None]),
    )


def _told(table: pa.Table, splits: Splits) -> npt.NDArray[np.int64] | None:
    """What decides the side of each item by itself: a moment, or a side; None where the hash decides."""
    if splits.by == "hash":
        return None
    if splits.by == "time":
        return held_out.moments(table, splits.time_facet)
    return held_out.by_value(table, splits).astype(np.int64)


def _fixed(table: pa.Table, before: Int8, honour: bool) -> tuple[Int8, Int8]:
    """The side each item has before any dealing (-1: none), and the reason (`HASH`: still to be dealt)."""
    side = np.full(table.num_rows, NONE, dtype=np.int8)
    reason = np.full(table.num_rows, HASH, dtype=np.int8)
    if honour:
        plain = pc.replace_substring_regex(pc.utf8_lower(pc.fill_null(table["source_split"], "")), "[-_]", "")
        spelt = pa.array(list(_SPELLINGS)), np.array(list(_SPELLINGS.values()), dtype=np.int8)
        published = _looked_up(plain, *spelt, missing=NONE)
        side = np.where(published >= 0, published, side)
        reason = np.where(published >= 0, SOURCE, reason)
    for mark, where, why in (("test", SIDES.index("test"), RESERVED_TEST), ("kept", 0, KEPT), ("gold", NONE, GOLD)):
        if mark == "kept":
            side, reason = np.where(before >= 0, before, side), np.where(before >= 0, why, reason)
            continue
        marked = pc.equal(pc.fill_null(table["reserved"], ""), mark).to_numpy()
        side, reason = np.where(marked, where, side), np.where(marked, why, reason)
    return side.astype(np.int8), reason.astype(np.int8)


def _looked_up(column: pa.ChunkedArray, names: pa.Array, values: npt.NDArray[Any], *, missing: int) -> npt.NDArray[Any]:
    """The value of each string of a column, ``missing`` for those that are not among the names."""
    if not len(names):
        return np.full(len(column), missing, dtype=values.dtype)
    place = pc.fill_null(pc.index_in(column.combine_chunks(), value_set=names), -1).to_numpy(zero_copy_only=False)
    return np.where(place >= 0, values[place], missing).astype(values.dtype)


def _deal(
    leader: UInt64,
    group: npt.NDArray[np.int64],
    stratum: npt.NDArray[np.int32],
    free: npt.NDArray[np.bool_],
    splits: Splits,
) -> Int8:
    """int8[groups]: a side for every free group. Unstratified: by the group's hash alone, so that new items change
    nothing. Stratified: within each stratum, groups in hash order fill the sides in proportion."""
    lottery = np.zeros(len(leader))
    for start in range(0, len(leader), PIECE):
        part = slice(start, start + PIECE)
        lottery[part] = np.where(free[part], _draw(leader[part], splits.seed), 0.0)
    cuts = np.array([splits.train, splits.train + splits.dev])
    if splits.stratify is None:
        return np.searchsorted(cuts, lottery, side="right").astype(np.int8)
    sizes = np.bincount(group, minlength=len(leader))
    of_group = np.full(len(leader), np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(of_group, group, stratum)
    dealt = np.zeros(len(leader), dtype=np.int8)
    for value in np.unique(of_group[free]):
        members = np.flatnonzero(free & (of_group == value))
        members = members[np.argsort(lottery[members], kind="stable")]
        middle = np.cumsum(sizes[members]) - sizes[members] / 2
        dealt[members] = np.searchsorted(cuts, middle / sizes[members].sum(), side="right")
    return dealt


def _draw(names: UInt64, seed: str) -> npt.NDArray[np.float64]:
    """A number in [0, 1) from each group's name: the same for ever, whatever else is in the release.

    The names are hashes already; the seed turns them over (the finishing steps of SplitMix64, Steele et al. 2014).
    """
    start = int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=8).digest(), "big")
    mixed = names ^ np.uint64(start)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed >> np.uint64(11), dtype=np.float64) / 2**53

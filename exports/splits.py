"""Train, dev and test: dealt by hash, whole groups at a time, and for ever (SCIENCE rule 24)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from exports.recipe import Splits

SIDES = ("train", "dev", "test")
_SPELLINGS = {"train": 0, "training": 0, "dev": 1, "val": 1, "valid": 1, "validation": 1, "test": 2, "publictest": 1}
_SPELLINGS |= {"privatetest": 2}
NONE = -1

REASONS = ("hash", "kept", "source", "reserved-test", "reserved-gold", "bridges-splits")
HASH, KEPT, SOURCE, RESERVED_TEST, GOLD, BRIDGE = range(len(REASONS))

UInt64 = npt.NDArray[np.uint64]
Int8 = npt.NDArray[np.int8]


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
        place = np.searchsorted(self.ids, _hashes(uuids))
        side, reason = self.side[place], self.reason[place]
        names = pa.array(SIDES).take(pa.array(side, mask=side < 0))
        return names, pa.array(REASONS).take(pa.array(reason))


def plan(
    items: Iterable[pa.Table],
    splits: Splits,
    *,
    kept: Mapping[str, str] | None = None,
    strata: Mapping[str, int] | None = None,
) -> SplitPlan:
    """Deal the items (columns of `exports.source.ITEMS`, any order) to sides.

    In this order: items of the version before keep their side; reserved test items go to test and gold items to no
    side; published splits are honoured; everything else goes with its group, or by the group's hash. An item whose
    group already stands on two sides would bridge them: it is on no side, with that reason.
    """
    ids, fixed, reason, links, stratum = _gather(items, splits, kept or {}, strata or {})
    group = _groups(links, len(ids))
    count = int(group.max()) + 1 if len(ids) else 0
    sides = np.zeros((count, len(SIDES)), dtype=bool)
    known = fixed >= 0
    sides[group[known], fixed[known]] = True
    several = sides.sum(axis=1)
    leader = np.full(count, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(leader, group, links[0] if links else ids)
    dealt = _deal(leader, group, stratum, several == 0, splits)
    side = np.where(several == 1, sides.argmax(axis=1), np.where(several > 1, NONE, dealt))[group].astype(np.int8)
    free = reason == HASH
    final = np.where(free, side, fixed).astype(np.int8)
    reason = np.where(free & (several[group] > 1), BRIDGE, reason).astype(np.int8)
    order = np.argsort(ids)
    golden = np.zeros(count, dtype=bool)
    golden[group[reason == GOLD]] = True
    beside = int((golden[group] & (final == SIDES.index("train"))).sum())
    moved = _moved(ids, final, kept or {})
    return SplitPlan(ids[order], final[order], reason[order], count, int((several > 1).sum()), moved, beside)


def _moved(ids: UInt64, final: Int8, kept: Mapping[str, str]) -> int:
    """How many items stand on another side than before. Items that became gold left their side, and count."""
    if not kept or not len(ids):
        return 0
    before = pd.util.hash_array(np.array(list(kept), dtype=object))
    sides = np.array([SIDES.index(side) for side in kept.values()], dtype=np.int8)
    order = np.argsort(before)
    place = np.minimum(np.searchsorted(before[order], ids), len(before) - 1)
    same = before[order][place] == ids
    return int((same & (sides[order][place] != final)).sum())


def _gather(
    items: Iterable[pa.Table], splits: Splits, kept: Mapping[str, str], strata: Mapping[str, int]
) -> tuple[UInt64, Int8, Int8, list[UInt64], npt.NDArray[np.int32]]:
    ids, fixed, reasons, strata_of = [], [], [], []
    links: list[list[UInt64]] = [[] for _ in splits.group]
    for table in items:
        uuids = table["uuid"].to_pylist()
        ids.append(_hashes(table["uuid"]))
        sides = [
            _fixed(*row, splits.honour_source)
            for row in zip(
                (kept.get(u) for u in uuids),
                table["reserved"].to_pylist(),
                table["source_split"].to_pylist(),
                strict=True,
            )
        ]
        fixed.append(np.array([s for s, _ in sides], dtype=np.int8))
        reasons.append(np.array([r for _, r in sides], dtype=np.int8))
        strata_of.append(np.array([strata.get(u, 0) for u in uuids], dtype=np.int32))
        for link, name in zip(links, splits.group, strict=True):
            link.append(_link(table, name))
    if not ids:
        empty = np.zeros(0)
        return empty.astype(np.uint64), empty.astype(np.int8), empty.astype(np.int8), [], empty.astype(np.int32)
    joined = [np.concatenate(link) for link in links]
    return np.concatenate(ids), np.concatenate(fixed), np.concatenate(reasons), joined, np.concatenate(strata_of)


def _fixed(kept: str | None, reserved: str | None, published: str | None, honour: bool) -> tuple[int, int]:
    """The side an item has before any dealing (-1: none), and the reason (`HASH`: still to be dealt)."""
    if reserved == "gold":
        return NONE, GOLD
    if kept is not None:
        return SIDES.index(kept), KEPT
    if reserved == "test":
        return SIDES.index("test"), RESERVED_TEST
    side = _SPELLINGS.get((published or "").lower().replace("-", "").replace("_", "")) if honour else None
    return (NONE, HASH) if side is None else (side, SOURCE)


def _link(table: pa.Table, name: str) -> UInt64:
    """One hash an item; equal hashes must stay together. Where the item has no such value it stands alone."""
    column = table[name]
    values, own = column.to_pylist(), table["uuid"].to_pylist()
    corpus = table["corpus"].to_pylist()
    scoped = name != "duplicate"  # a dialogue or author id means something within its corpus only
    words = [f"{c}\0{v}" if scoped and v else (v or f"\0{u}") for v, u, c in zip(values, own, corpus, strict=True)]
    return pd.util.hash_array(np.array(words, dtype=object))


def _hashes(column: pa.ChunkedArray | pa.Array) -> UInt64:
    return pd.util.hash_array(np.array(column.to_pylist(), dtype=object))


def _groups(links: list[UInt64], rows: int) -> npt.NDArray[np.int64]:
    """Connected components: items that share a value of any link are in one group."""
    if not links:
        return np.arange(rows)
    first = np.unique(links[0], return_inverse=True)[1].astype(np.int64)
    if len(links) == 1:
        return first
    columns = [first, *(np.unique(link, return_inverse=True)[1].astype(np.int64) for link in links[1:])]
    starts = np.cumsum([rows, *(int(c.max()) + 1 if rows else 0 for c in columns)])
    near = np.concatenate([np.arange(rows)] * len(columns))
    far = np.concatenate([column + start for column, start in zip(columns, starts, strict=False)])
    graph = coo_array((np.ones(len(near), dtype=np.int8), (near, far)), shape=(int(starts[-1]),) * 2)
    labels = connected_components(graph, directed=False)[1][:rows]
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _deal(
    leader: UInt64,
    group: npt.NDArray[np.int64],
    stratum: npt.NDArray[np.int32],
    free: npt.NDArray[np.bool_],
    splits: Splits,
) -> npt.NDArray[np.int64]:
    """int64[groups]: a side for every free group. Unstratified: by the group's hash alone, so that new items change
    nothing. Stratified: within each stratum, groups in hash order fill the sides in proportion."""
    lottery = np.array([_draw(int(name), splits.seed) for name in leader])
    cuts = np.array([splits.train, splits.train + splits.dev])
    if splits.stratify is None:
        return np.searchsorted(cuts, lottery, side="right")
    sizes = np.bincount(group, minlength=len(leader))
    of_group = np.full(len(leader), np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(of_group, group, stratum)
    dealt = np.zeros(len(leader), dtype=np.int64)
    for value in np.unique(of_group[free]):
        members = np.flatnonzero(free & (of_group == value))
        members = members[np.argsort(lottery[members], kind="stable")]
        middle = np.cumsum(sizes[members]) - sizes[members] / 2
        dealt[members] = np.searchsorted(cuts, middle / sizes[members].sum(), side="right")
    return dealt


def _draw(name: int, seed: str) -> float:
    """A number in [0, 1) from a group's name: the same for ever, whatever else is in the release."""
    raw = hashlib.blake2b(name.to_bytes(8, "big"), key=seed.encode()[:64], digest_size=8).digest()
    return int.from_bytes(raw, "big") / 2**64

"""The sums behind a report's alphas, taken block of items by block and added up: memory is that of one block.

A block's sums are small and can be kept: a new measurement takes anew only blocks in which something changed.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from annotation.agreement.gather import by_dimension, by_label, statistics
from annotation.agreement.packing import packed, unpacked
from annotation.agreement.statistics import AlphaStatistics
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Int64, Judgments, Kind

GROUPS = 5_000  # hashed groups of items behind an interval
SET_GROUPS = 1_000  # the same for whole label sets, whose sums are as wide as there are different sets
PART_GROUPS = 200  # the same for each slice
MOST_PARTS = 40  # values of a facet or trait above which it is no slice but an id
OVERALL = (Kind.SINGLE, Kind.SET)


@dataclass(frozen=True, eq=False)
class BlockSums:
    """Sums of one or more blocks. ``sums``: by (by, part, name) the statistics of each figure.

    by "": the whole; by "weighted": the whole by inclusion weights; else a slice such as "language". name "overall", or
    "parts" with a panel a label or dimension. ``refused``: (by, part, name) to the reason. ``marks`` [L], ``raters``
    (None where one is unknown), ``items``, ``shared`` and ``judgments`` count what was judged. ``dropped``: slices with
    too many values.
    """

    labels: tuple[str, ...]
    marks: Int64
    raters: frozenset[str] | None
    items: int
    shared: int
    judgments: int
    sums: dict[tuple[str, str, str], AlphaStatistics] = field(default_factory=dict)
    refused: dict[tuple[str, str, str], str] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()

    def merge(self, other: BlockSums) -> BlockSums:
        """The sums of both; an item must lie in one of them whole. Raises `ChoraleError` for another scheme."""
        if self.labels != other.labels:
            raise ChoraleError("shards-differ", "The blocks are under different schemes.")
        merged, refused = dict(self.sums), {**self.refused, **other.refused}
        for key, part in other.sums.items():
            try:
                merged[key] = merged[key].merge(part) if key in merged else part
            except ChoraleError as refusal:
                refused[key] = refusal.message
        dropped = self.dropped | other.dropped | _crowded([key[:2] for key in merged])
        kept = {key: part for key, part in merged.items() if key not in refused and key[0] not in dropped}
        raters = None if self.raters is None or other.raters is None else self.raters | other.raters
        return replace(
            self,
            marks=self.marks + other.marks,
            raters=raters,
            items=self.items + other.items,
            shared=self.shared + other.shared,
            judgments=self.judgments + other.judgments,
            sums=kept,
            refused=refused,
            dropped=dropped,
        )

    def slices(self) -> list[tuple[str, str]]:
        """(by, part) of every slice, in order."""
        return sorted({key[:2] for key in (*self.sums, *self.refused) if key[0] not in ("", "weighted")})


def block_sums(
    j: Judgments,
    *,
    clusters: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    item_groups: Mapping[str, Sequence[str | None]] | None = None,
    rater_groups: Mapping[str, Mapping[str, str]] | None = None,
) -> BlockSums:
    """The sums of one block of people's judgments; every item lies in one block whole.

    ``clusters`` and ``weights`` [I] as in `alpha`. ``item_groups``: slice name to one part an item (None: in no part);
    ``rater_groups``: slice name to rater to part. A slice with more than 40 parts is dropped: it is an id.
    """
    found = _Taking(j, clusters, weights)
    for name, parts in (item_groups or {}).items():
        given = np.array([None if part is None else str(part) for part in parts], dtype=object)
        found.slices(name, given, lambda rows, part, given=given: (given == part)[rows.item])  # type: ignore[misc]
    for name, group_of in (rater_groups or {}).items():
        own = np.array([group_of.get(str(rater)) for rater in j.raters.to_pylist()] + [None], dtype=object)
        found.slices(name, own, lambda rows, part, own=own: (own == part)[rows.rater])  # type: ignore[misc]
    counted = j.select(j.counted)
    per_item = np.bincount(counted.item, minlength=len(j.items))
    known = counted.rater[counted.rater >= 0]
    names = None
    if len(known) == len(counted):
        names = frozenset(str(name) for name in j.raters.take(np.unique(known)).to_pylist())
    marks = np.zeros(len(j.labels), np.int64)
    if counted.label is not None:
        marks += np.bincount(counted.label, minlength=len(j.labels))
    return BlockSums(
        labels=j.labels,
        marks=marks,
        raters=names,
        items=int((per_item > 0).sum()),
        shared=int((per_item > 1).sum()),
        judgments=len(counted),
        sums=found.sums,
        refused=found.refused,
        dropped=frozenset(found.dropped),
    )


class _Taking:
    """Takes the statistics of a block and of its slices, or the reason why not."""

    def __init__(self, j: Judgments, clusters: npt.ArrayLike | None, weights: npt.ArrayLike | None) -> None:
        self.j, self.clusters = j, clusters
        self.sums: dict[tuple[str, str, str], AlphaStatistics] = {}
        self.refused: dict[tuple[str, str, str], str] = {}
        self.dropped: set[str] = set()
        self._both("", "", j, GROUPS, SET_GROUPS)
        if weights is not None:
            self._both("weighted", "", j, GROUPS, SET_GROUPS, weights=weights)

    def slices(self, name: str, parts: Any, rows: Callable[[Judgments, str], Bool]) -> None:
        """The statistics of each part of one slice."""
        found = sorted({part for part in parts.tolist() if part is not None})
        if len(found) > MOST_PARTS:
            self.dropped.add(name)
            return
        for part in found:
            self._both(name, part, self.j.select(rows(self.j, part)), PART_GROUPS, PART_GROUPS)

    def _both(self, by: str, part: str, j: Judgments, groups: int, set_groups: int, **more: Any) -> None:
        shared: dict[str, Any] = {"clusters": self.clusters, "shard": True, **more}
        if j.kind in OVERALL:
            wide = set_groups if j.kind == Kind.SET else groups
            self._one((by, part, "overall"), lambda: statistics(j, groups=wide, **shared))
        each = by_dimension if j.kind == Kind.DIMENSION else by_label
        self._one((by, part, "parts"), lambda: each(j, groups=groups, **shared)[0])

    def _one(self, key: tuple[str, str, str], take: Callable[[], AlphaStatistics]) -> None:
        try:
            self.sums[key] = take()
        except ChoraleError as refusal:
            self.refused[key] = refusal.message


def _crowded(keys: list[tuple[str, str]]) -> frozenset[str]:
    counts: dict[str, set[str]] = {}
    for by, part in keys:
        counts.setdefault(by, set()).add(part)
    return frozenset(by for by, parts in counts.items() if len(parts) > MOST_PARTS)


def packed_block(found: BlockSums) -> bytes:
    """The sums as one archive of `packed` statistics."""
    keys = list(found.sums)
    head = {
        "labels": found.labels,
        "marks": found.marks.tolist(),
        "raters": None if found.raters is None else sorted(found.raters),
        "counts": [found.items, found.shared, found.judgments],
        "keys": keys,
        "refused": list(found.refused.items()),
        "dropped": sorted(found.dropped),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        file.writestr("head.json", json.dumps(head))
        for number, key in enumerate(keys):
            file.writestr(str(number), packed(found.sums[key]))
    return out.getvalue()


def unpacked_block(data: bytes) -> BlockSums:
    """The sums that `packed_block` wrote."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        head = json.loads(file.read("head.json"))
        keys = [(by, part, name) for by, part, name in head["keys"]]
        sums = {key: unpacked(file.read(str(number))) for number, key in enumerate(keys)}
    items, shared, judgments = head["counts"]
    return BlockSums(
        labels=tuple(head["labels"]),
        marks=np.array(head["marks"], dtype=np.int64),
        raters=None if head["raters"] is None else frozenset(head["raters"]),
        items=items,
        shared=shared,
        judgments=judgments,
        sums=sums,
        refused={(by, part, name): why for (by, part, name), why in head["refused"]},
        dropped=frozenset(head["dropped"]),
    )

"""Items and their judgments walked side by side, both in item order, a bounded number of items at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from harmonize.problems import ChoraleError

CHUNK_ITEMS = 16_384


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some items, in uuid order, with every judgment of theirs, in key order; judgments also carry the corpus."""

    items: pa.Table
    judgments: pa.Table

    @property
    def uuids(self) -> pa.Array:
        return self.items["uuid"].combine_chunks()


def chunks(items: Iterable[pa.Table], judgments: Iterable[pa.Table], *, size: int = CHUNK_ITEMS) -> Iterator[Chunk]:
    """Walk both in item order. Judgments of items that are not there are left out. Raises on an item given twice."""
    waiting = _Waiting(iter(judgments))
    before: str | None = None
    for table in items:
        for start in range(0, table.num_rows, size):
            part = table.slice(start, size).combine_chunks()
            uuids = part["uuid"].combine_chunks()
            last = uuids[-1].as_py()
            if before == uuids[0].as_py() or pc.count_distinct(uuids).as_py() < len(uuids):
                raise ChoraleError("release-item-twice", "The source gives an item more than once.", "Give it once.")
            before = last
            yield Chunk(part, _with_corpus(waiting.up_to(last), part, uuids))


def _with_corpus(judgments: pa.Table, items: pa.Table, uuids: pa.Array) -> pa.Table:
    place = pc.index_in(judgments["item"].combine_chunks(), value_set=uuids)
    known = pc.is_valid(place)
    if not pc.all(known, min_count=0).as_py():
        judgments, place = judgments.filter(known), place.filter(known)
    return judgments.append_column("corpus", items["corpus"].combine_chunks().take(place)).combine_chunks()


class _Waiting:
    """Judgments read but not yet given out."""

    def __init__(self, tables: Iterator[pa.Table]) -> None:
        self.tables = tables
        self.held: list[pa.Table] = []
        self.empty: pa.Table | None = None

    def up_to(self, item: str) -> pa.Table:
        """Every judgment whose item is at most ``item`` and was not given out before."""
        while not self.held or self.held[-1]["item"][-1].as_py() <= item:
            table = next(self.tables, None)
            if table is None:
                break
            self.held.append(table)
        whole = pa.concat_tables(self.held) if self.held else self.empty
        if whole is None:
            raise ChoraleError("release-empty", "The release would hold no judgment at all.", "Widen the recipe.")
        count = pc.sum(pc.less_equal(whole["item"], item)).as_py() or 0
        self.empty = whole.slice(0, 0)
        rest = whole.slice(count)
        self.held = [rest] if rest.num_rows else []
        return whole.slice(0, count)

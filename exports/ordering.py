"""Rows in key order, whatever order they came in, in bounded memory: sorted runs on disk, merged range by range."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exports.ahead import ahead
from exports.hex_keys import UInt64, numbers

RUN_ROWS = 100_000
"""Rows sorted in memory at once; also about the size of what an `InOrder` yields."""

PIECE = 256
"""Rows of a run read at once while merging: every run holds at most so many that are not wanted yet."""


class InOrder:
    """The rows of ``batches`` ordered bytewise by the string columns ``by``, in tables; equal first keys stay in one.

    May be iterated again and again. Memory is about two runs of ``run_rows`` rows; longer inputs spill to Arrow files
    in ``scratch``, which whoever made the folder removes. Rows that tie on every key keep no order: make ``by`` unique.
    The next batches are read in a thread while one run is sorted.
    """

    def __init__(
        self,
        batches: Iterable[pa.RecordBatch | pa.Table],
        by: Sequence[str],
        *,
        scratch: Path,
        name: str = "run",
        run_rows: int = RUN_ROWS,
    ) -> None:
        self.by, self.rows, self.piece = tuple(by), 0, min(PIECE, max(run_rows // 16, 1))
        self._whole: pa.Table | None = None
        self._runs: list[_Run] = []
        for table in _gathered(ahead(batches), run_rows):
            self.rows += table.num_rows
            if self._whole is not None:
                self._spill(scratch, name)
            self._whole = ordered(table, self.by)
        if self._runs and self._whole is not None:
            self._spill(scratch, name)
            self._whole = None

    def _spill(self, scratch: Path, name: str) -> None:
        assert self._whole is not None
        self._runs.append(_Run(scratch / f"{name}-{len(self._runs):05}.arrow", self._whole, self.by[0], self.piece))

    def __iter__(self) -> Iterator[pa.Table]:
        if self._runs:
            yield from _merged(self._runs, self.by)
        elif self._whole is not None and self._whole.num_rows:
            yield self._whole


class _Run:
    """A sorted run in a file, in pieces. ``firsts``: the first key of each piece, in order.

    Read with plain reads: pages of a memory map would count as the process's own until somebody else wants the memory.
    """

    def __init__(self, path: Path, table: pa.Table, key: str, piece: int) -> None:
        self.path, self.key = path, key
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=piece)
        starts = np.arange(0, table.num_rows, piece)
        self.firsts: list[str] = table[key].take(pa.array(starts)).to_pylist()

    def ranges(self, cuts: Sequence[str | None]) -> Iterator[list[pa.RecordBatch]]:
        """For each cut the rows before it that no earlier cut took; None means all the rest."""
        held: pa.RecordBatch | None = None
        place = 0
        with pa.OSFile(str(self.path), "rb") as source:
            reader = pa.ipc.open_file(source)
            for cut in cuts:
                taken = [] if held is None else [held]
                while place < len(self.firsts) and (cut is None or self.firsts[place] < cut):
                    taken.append(reader.get_batch(place))
                    place += 1
                held = None
                if taken and cut is not None:
                    last = taken.pop()
                    before = pc.sum(pc.less(last[self.key], cut)).as_py() or 0
                    if before:
                        taken.append(last.slice(0, before))
                    if before < last.num_rows:
                        held = last.slice(before)
                yield taken


def _gathered(batches: Iterable[pa.RecordBatch | pa.Table], rows: int) -> Iterator[pa.Table]:
    """Batches glued into tables of at least ``rows`` rows (the last may be shorter)."""
    held: list[pa.Table] = []
    count = 0
    for batch in batches:
        table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
        held.append(table)
        count += table.num_rows
        if count >= rows:
            yield pa.concat_tables(held)
            held, count = [], 0
    if held:
        yield pa.concat_tables(held)


def ordered(table: pa.Table, by: Sequence[str]) -> pa.Table:
    """The rows in bytewise order of the string columns ``by``, each column in one contiguous chunk."""
    table = table.combine_chunks()
    keys = [key for name in by if (key := numbers(table[name].combine_chunks())) is not None]
    if table.num_rows and len(keys) == len(by):
        order = pa.array(_by_numbers(keys))
    else:
        order = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in by])
    # A take() of one chunk is contiguous, so that nothing of the input's chunking survives into the file.
    return table.take(order).combine_chunks()


def _by_numbers(keys: Sequence[tuple[UInt64, UInt64]]) -> npt.NDArray[np.int64]:
    """int64[n]: rows in the order of 128-bit keys. The upper halves decide, unless two keys share one and differ."""
    order: npt.NDArray[np.int64] = np.lexsort([upper for upper, _ in keys[::-1]])
    tied = np.ones(max(len(order) - 1, 0), dtype=bool)
    clash = False
    for upper, lower in keys:
        one, two = order[:-1], order[1:]
        tied &= upper[one] == upper[two]
        clash = clash or bool((tied & (lower[one] != lower[two])).any())
    if clash:
        order = np.lexsort([half for key in keys for half in key][::-1])
    return order


def _merged(runs: Sequence[_Run], by: Sequence[str]) -> Iterator[pa.Table]:
    """Cut every run at the same first keys, so that each range is small; sort and yield range after range."""
    sample = sorted({first for run in runs for first in run.firsts})
    cuts = sorted({sample[len(sample) * i // len(runs)] for i in range(1, len(runs))})
    for parts in zip(*(run.ranges([*cuts, None]) for run in runs), strict=True):
        batches = [batch for part in parts for batch in part]
        if batches:
            yield ordered(pa.Table.from_batches(batches), by)

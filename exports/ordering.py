"""Rows in key order, whatever order they came in, in bounded memory: sorted runs on disk, merged range by range."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

RUN_ROWS = 200_000
"""Rows sorted in memory at once; also about the size of what `in_order` yields."""


class _KeyColumn(Sequence[str]):
    """The first key of a sorted run, read value by value from the memory map."""

    def __init__(self, column: pa.Array) -> None:
        self.column = column

    def __len__(self) -> int:
        return len(self.column)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self.column[index].as_py()


class InOrder:
    """The rows of ``batches`` ordered bytewise by the string columns ``by``, in tables; equal first keys stay in one.

    May be iterated again and again. Memory is about two runs of ``run_rows`` rows; longer inputs spill to Arrow files
    in ``scratch``, which whoever made the folder removes. Rows that tie on every key keep no order: make ``by`` unique.
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
        self.by, self.rows = tuple(by), 0
        self._whole: pa.Table | None = None
        self._runs: list[Path] = []
        for table in _gathered(batches, run_rows):
            self.rows += table.num_rows
            if self._whole is not None:
                self._spill(self._whole, scratch, name)
            self._whole = _sorted(table, self.by)
        if self._runs and self._whole is not None:
            self._spill(self._whole, scratch, name)
            self._whole = None

    def _spill(self, ordered: pa.Table, scratch: Path, name: str) -> None:
        path = scratch / f"{name}-{len(self._runs):05}.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, ordered.schema) as writer:
            writer.write_table(ordered)
        self._runs.append(path)

    def __iter__(self) -> Iterator[pa.Table]:
        if self._runs:
            yield from _merged(self._runs, self.by)
        elif self._whole is not None and self._whole.num_rows:
            yield self._whole


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


def _sorted(table: pa.Table, by: Sequence[str]) -> pa.Table:
    # A take() of one chunk is contiguous, so that nothing of the input's chunking survives into the file.
    order = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in by])
    return table.combine_chunks().take(order).combine_chunks()


def _merged(runs: Sequence[Path], by: Sequence[str]) -> Iterator[pa.Table]:
    """Cut every run at the same first keys, so that each range is small; sort and yield range after range."""
    maps = [pa.memory_map(str(path)) for path in runs]
    tables = [pa.ipc.open_file(source).read_all() for source in maps]
    keys = [_KeyColumn(table.column(by[0]).chunk(0)) for table in tables]
    cuts = _cuts(keys, len(runs))
    starts = [0] * len(tables)
    for cut in [*cuts, None]:
        parts = []
        for i, table in enumerate(tables):
            stop = table.num_rows if cut is None else bisect_left(keys[i], cut, lo=starts[i])
            parts.append(table.slice(starts[i], stop - starts[i]))
            starts[i] = stop
        part = pa.concat_tables(parts)
        if part.num_rows:
            yield _sorted(part, by)
    for source in maps:
        source.close()


def _cuts(keys: Sequence[_KeyColumn], ranges: int) -> list[str]:
    """First keys that split all runs into about ``ranges`` equal ranges (from 64 samples a run)."""
    sample = sorted({k[len(k) * i // 64] for k in keys for i in range(64)})
    wanted = {sample[len(sample) * i // ranges] for i in range(1, ranges)}
    return sorted(wanted)

"""Rows in key order, whatever order they came in, in bounded memory: sorted runs on disk, merged range by range."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exports.ahead import ahead
from exports.hex_keys import uppers
from exports.lean import Lean, common, lean, spelt

RUN_ROWS = 131_072
"""Rows sorted in memory at once; also about the size of what an `InOrder` yields."""

PIECE = 512
"""Rows of a run read at once while merging: every run holds at most so many that are not wanted yet."""

UPPER = "#"
"""Before the name of a key: the column of its upper halves (uint64), which sort and cut faster than its text."""


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
            self._whole = table
        if self._runs and self._whole is not None:
            self._spill(scratch, name)
            self._whole = None
        elif self._whole is not None:
            self._whole = ordered(self._whole, self.by)

    def _spill(self, scratch: Path, name: str) -> None:
        assert self._whole is not None
        path = scratch / f"{name}-{len(self._runs):05}.arrow"
        self._runs.append(_Run(path, self._whole, self.by, self.piece))

    def __iter__(self) -> Iterator[pa.Table]:
        return self.tables()

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The same rows in the same order with these columns alone; the others are not read from the disk."""
        if self._runs:
            wanted = tuple(columns) if columns is not None else self._runs[0].lean.names
            yield from _merged(self._runs, self.by, wanted)
        elif self._whole is not None and self._whole.num_rows:
            yield self._whole if columns is None else self._whole.select(list(columns))


class _Run:
    """One sorted run in an Arrow file, in pieces. ``firsts``: for a column of keys the first of each piece, in order.

    Read with plain reads: pages of a memory map would count as the process's own until somebody else wants the memory.
    """

    def __init__(self, path: Path, rows: pa.Table, by: Sequence[str], piece: int) -> None:
        plain = [name for name in rows.column_names if not name.startswith(UPPER)]
        # Sorted without what says nothing, since moving rows is most of the work.
        slim = lean(rows.combine_chunks(), keep=[*by, *(UPPER + key for key in by)])
        table, self.form = _with_uppers(slim.table, by)
        table = _sorted(table, by)
        self.path, self.lean = path, Lean(table.schema.empty_table(), slim.same, tuple(plain))
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=piece)
        starts = pa.array(np.arange(0, table.num_rows, piece))
        cuts = [name for name in (by[0], UPPER + by[0]) if name in table.column_names]
        self.firsts: dict[str, list[Any]] = {name: table[name].take(starts).to_pylist() for name in cuts}

    def ranges(self, key: str, cuts: Sequence[Any], columns: Sequence[str]) -> Iterator[list[pa.RecordBatch]]:
        """For each cut the rows whose ``key`` is before it that no earlier cut took; None means all the rest."""
        held: pa.RecordBatch | None = None
        place, firsts = 0, self.firsts[key]
        with pa.OSFile(str(self.path), "rb") as source:
            names = self.lean.table.schema.names
            wanted = [names.index(name) for name in columns if name in names]
            reader = pa.ipc.open_file(source, options=pa.ipc.IpcReadOptions(included_fields=wanted))
            for cut in cuts:
                taken = [] if held is None else [held]
                while place < len(firsts) and (cut is None or firsts[place] < cut):
                    taken.append(reader.get_batch(place))
                    place += 1
                held = None
                if taken and cut is not None:
                    last = taken.pop()
                    before = pc.sum(pc.less(last[key], pa.scalar(cut, last[key].type))).as_py() or 0
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
    marked, _ = _with_uppers(table.combine_chunks(), by)
    return _plain(_sorted(marked, by))


def _plain(table: pa.Table) -> pa.Table:
    return table.select([name for name in table.column_names if not name.startswith(UPPER)])


def _with_uppers(table: pa.Table, by: Sequence[str]) -> tuple[pa.Table, tuple[int, ...] | None]:
    """The table with the upper halves of its keys beside them, and the form of each key; None where a key has none."""
    forms = []
    for name in by:
        if UPPER + name in table.column_names:  # whoever made the keys gave their halves too
            forms.append(0)
            continue
        found = uppers(table[name].combine_chunks())
        if found is None:
            return _plain(table), None
        table = table.append_column(UPPER + name, pa.array(found[0]))
        forms.append(found[1])
    return table, tuple(forms)


def _sorted(table: pa.Table, by: Sequence[str]) -> pa.Table:
    """In the order of the keys' upper halves where they are there and tell all rows apart, else of their texts."""
    halves = [table[UPPER + name].to_numpy() for name in by if UPPER + name in table.column_names]
    if table.num_rows and len(halves) == len(by):
        # A take() of one chunk is contiguous, so that nothing of the input's chunking survives into the file.
        taken = table.take(pa.array(np.lexsort(halves[::-1]))).combine_chunks()
        if _told_apart(taken, by):
            return taken
    order = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in by])
    return table.take(order).combine_chunks()


def _told_apart(table: pa.Table, by: Sequence[str]) -> bool:
    """Whether neighbours with equal upper halves have equal keys, so that nothing hangs on the lower halves."""
    tied = np.ones(max(table.num_rows - 1, 0), dtype=bool)
    for name in by:
        half, text = table[UPPER + name].to_numpy(), table[name].combine_chunks()
        tied &= half[1:] == half[:-1]
        if not tied.any():
            return True
        same = pc.equal(text.slice(1), text.slice(0, len(text) - 1)).to_numpy(zero_copy_only=False)
        if (tied & ~same).any():
            return False
    return True


def _merged(runs: Sequence[_Run], by: Sequence[str], wanted: Sequence[str]) -> Iterator[pa.Table]:
    """Cut every run at the same first keys, so that each range is small; sort and yield range after range."""
    numeric = runs[0].form is not None and len({run.form for run in runs}) == 1
    key = UPPER + by[0] if numeric else by[0]
    keys = [*by, *(UPPER + name for name in by if numeric)]
    shared, varying = common(run.lean for run in runs)
    names = [name for name in varying if name in wanted and name not in by]
    sample = sorted({first for run in runs for first in run.firsts[key]})
    cuts = sorted({sample[len(sample) * i // len(runs)] for i in range(1, len(runs))})
    parts = zip(*(run.ranges(key, [*cuts, None], [*keys, *names]) for run in runs), strict=True)
    for part in parts:
        pieces = [
            spelt(pa.Table.from_batches(batches), run.lean.same, [*keys, *names])
            for run, batches in zip(runs, part, strict=True)
            if batches
        ]
        if pieces:
            whole = _sorted(pa.concat_tables(pieces).combine_chunks(), by)
            yield spelt(whole, shared, wanted)

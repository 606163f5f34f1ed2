"""Tables without what says nothing: a column that has one value throughout is held once, beside the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, eq=False)
class Lean:
    """``table``: the columns that vary; ``same``: the one value of each other; ``names``: all, in their order."""

    table: pa.Table
    same: dict[str, Any]
    names: tuple[str, ...]


def lean(table: pa.Table, *, keep: Sequence[str]) -> Lean:
    """Leave out every column that has one value (or nothing) throughout, but for those to ``keep``."""
    same = {}
    for name in table.column_names:
        if name not in keep and table.num_rows and _constant(table[name]):
            # A scalar of its own: the one in the column would keep the whole column in memory.
            same[name] = pa.scalar(table[name][0].as_py(), table[name].type)
    return Lean(table.drop_columns(list(same)), same, tuple(table.column_names))


def _constant(column: pa.ChunkedArray) -> bool:
    if column.null_count:
        return bool(column.null_count == len(column))
    if pa.types.is_nested(column.type):
        return False
    first = column[0]
    if column[-1] != first or column[len(column) // 2] != first:
        return False  # most columns that vary are told apart without being read
    return bool(pc.all(pc.equal(column, first)).as_py())


def common(runs: Iterable[Lean]) -> tuple[dict[str, Any], list[str]]:
    """The values that all runs share, and the names of the columns that must be spelt out to put the runs together."""
    runs = list(runs)
    shared = {
        name: value
        for name, value in runs[0].same.items()
        if all(name in run.same and run.same[name].equals(value) for run in runs)
    }
    return shared, [name for name in runs[0].names if name not in shared]


def spelt(table: pa.Table, same: dict[str, Any], names: Sequence[str]) -> pa.Table:
    """The columns ``names`` of a table, those that it lacks filled with their one value."""
    columns = [table[name] if name in table.column_names else repeated(same[name], table.num_rows) for name in names]
    return pa.table(columns, names=list(names))


def repeated(value: Any, rows: int) -> pa.Array:
    """A scalar ``rows`` times."""
    return pa.repeat(value, rows) if value.is_valid else pa.nulls(rows, value.type)

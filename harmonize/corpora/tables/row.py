"""One row of a source table, good or bad, and what a table must offer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from harmonize.problems import Problem

MAX_ROW = 8 * 1024 * 1024  # characters; a longer row is refused and skipped without being held in memory


class Row(NamedTuple):
    """A row: its first line (or number), the offset just after it, its cells in column order, and its raw text."""

    line: int
    offset: int
    cells: Sequence[Any]
    raw: str
    lines: int = 1


class BadRow(NamedTuple):
    """A row that cannot be read; ``rows`` is 0 when the whole file is at fault."""

    line: int
    offset: int
    problem: Problem
    raw: str
    lines: int = 1
    rows: int = 1


class Table(Protocol):
    """A table to be read from the beginning or from an offset that it gave before."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in cell order."""
        ...

    def rows(self, offset: int = 0, line: int = 0) -> Iterator[Row | BadRow]:
        """Rows after ``offset``, where ``line`` lines were read before; from the first row when both are 0."""
        ...

"""Rows that hold lists, as a dialogue holds its turns: each element of the lists becomes a row of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harmonize.corpora.tables.jsonl import as_json, reach
from harmonize.corpora.tables.row import BadRow, Row, Table
from harmonize.problems import Problem

PLACE = "#"  # column of an element's number in its list, from 1
MOST = 1 << 20  # elements of one list
FIX = "Give every list named in `each` one element a turn."


class Unrolled:
    """A table of lists as a table of their elements. ``each``: the columns of lists of one length, side by side.

    A name that begins with one of ``each`` and a dot reaches into its elements; every other column says the same of
    each. A row's line is its number among all elements; an offset is that of the table within, times `MOST`, and how
    many elements of the next row were read. ``name`` is what problems call the file.
    """

    def __init__(self, within: Table, each: Sequence[str], names: Sequence[str], name: str) -> None:
        self.within, self.each, self.name = within, tuple(each), name
        self._columns = (*dict.fromkeys([*names, *self.each, PLACE]),)
        self._at = {column: at for at, column in enumerate(within.columns)}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns asked for, the lists and `PLACE`."""
        return self._columns

    def rows(self, offset: int = 0, line: int = 0) -> Iterator[Row | BadRow]:
        """One row an element; a row without elements, or with lists of several lengths, is bad as a whole."""
        before, done = divmod(offset, MOST)
        for outer in self.within.rows(before, line):
            after = outer.offset * MOST
            if isinstance(outer, BadRow):
                line += outer.rows
                yield outer._replace(offset=after, line=line if outer.rows else outer.line, lines=1)
            elif fault := self._fault(lists := [outer.cells[self._at[name]] for name in self.each]):
                line += 1
                problem = Problem(f"{self.name}, row {line}", fault, FIX, "ragged-lists")
                yield BadRow(line, after, problem, outer.raw)
            else:
                for number in range(done, len(lists[0])):
                    line += 1
                    last = number + 1 == len(lists[0])
                    yield self._row(outer, lists, number, line, after if last else before * MOST + number + 1)
            before, done = outer.offset, 0

    def _fault(self, lists: list[Any]) -> str:
        if not all(isinstance(one, list) and one for one in lists):
            return f"holds no list in {', '.join(self.each)}."
        lengths = {len(one) for one in lists}
        return f"holds lists of {' and '.join(map(str, sorted(lengths)))} elements." if len(lengths) > 1 else ""

    def _row(self, outer: Row, lists: list[Any], number: int, line: int, offset: int) -> Row:
        told = {name: outer.cells[at] for name, at in self._at.items() if name not in self.each}
        first = told.get(PLACE)
        told[PLACE] = number + (first if isinstance(first, int) else 1)  # a mended row says where it stood
        told |= {name: one[number] for name, one in zip(self.each, lists, strict=True)}
        raw = as_json({**told, **{name: [told[name]] for name in self.each}})
        return Row(line, offset, [reach(told, name) for name in self._columns], raw)

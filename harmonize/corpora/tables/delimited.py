"""CSV, TSV and their kin: any delimiter, of several characters too, quoting on or off, any encoding, rows that span
lines."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harmonize.corpora.tables.lines import WHAT, Line, lines
from harmonize.corpora.tables.row import MAX_ROW, BadRow, Row
from harmonize.problems import ChoraleError, Problem

MAX_LINES = 2000  # a row that spans more lines has a quote that is never closed
SIGN = "\ufdd1"  # stands for no character; in the parser's eyes it is the delimiter of several
STATED = re.compile(r'"?sep=(.{1,5}?)"?', re.I)  # a first line by which Excel tells the delimiter
csv.field_size_limit(4 * MAX_ROW)


class _Runaway(Exception):
    """A quoted field that does not end."""


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written. ``quote`` "" turns quoting off; ``names`` stand in for a missing header;
    ``escape`` is the character that takes its meaning from the next one, as MySQL writes quotes within fields."""

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    names: tuple[str, ...] = ()
    escape: str = ""

    def parse(self, feed: Iterator[str]) -> Iterator[list[str]]:
        """The standard library's reader over these lines; it raises csv.Error for what it cannot read."""
        sign, escape = self.delimiter, self.escape or None
        if len(sign) > 1:  # within quotes it is put back as it was
            one = replace(self, delimiter=SIGN).parse(line.replace(sign, SIGN) for line in feed)
            return ([cell.replace(SIGN, sign) for cell in cells] for cells in one)
        if not self.quote:
            return csv.reader(feed, delimiter=sign, quoting=csv.QUOTE_NONE, escapechar=escape, strict=True)
        return csv.reader(feed, delimiter=sign, quotechar=self.quote, escapechar=escape, strict=True)


def stated(first: str) -> str:
    """The delimiter that a first line such as ``sep=;`` tells; "" for any other line."""
    found = STATED.fullmatch(first.removeprefix("\ufeff").rstrip("\r\n"))
    return found[1] if found else ""


def stated_in(path: Path, encoding: str) -> str:
    """The delimiter that a file's first line tells, "" if it is an ordinary line."""
    first = next(lines(path, encoding), None)
    return stated(first.text) if first else ""


class Delimited:
    """A delimited file as a table; a first line ``sep=;`` is none of its rows.

    Raises `ChoraleError("no-header")` when the file has no first row.
    """

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self.path, self.dialect = path, dialect
        first = next(lines(path, dialect.encoding), None)
        self.first = (first.offset, 1) if first and stated(first.text) else (0, 0)
        if dialect.names:
            self._columns = dialect.names
            return
        head = next(self._records(*self.first), None)
        if not isinstance(head, Row):
            why = "is empty." if head is None else f"has no readable header: {head.problem.what}"
            raise ChoraleError("no-header", f"{path.name} {why}", "Give it a header row, or `names` in corpus.toml.")
        self._columns = tuple(str(name).strip() for name in head.cells)
        self.first = (head.offset, head.line + head.lines - 1)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names from the header row, or from the descriptor."""
        return self._columns

    def rows(self, offset: int = 0, line: int = 0) -> Iterator[Row | BadRow]:
        """Every row but the header; a row with more or fewer fields than columns is bad. Empty lines are no rows."""
        width = len(self._columns)
        start = (offset, line) if line else self.first
        for row in self._records(*start):
            if isinstance(row, Row) and len(row.cells) != width:
                what = f"has {len(row.cells)} fields where {width} are expected."
                fix = "Quote fields that hold the delimiter, or check `quote` and `delimiter` in corpus.toml."
                yield self._bad(row.line, row.offset, "ragged-row", what, fix, row.raw, row.lines)
            else:
                yield row

    def _bad(self, line: int, offset: int, code: str, what: str, fix: str, raw: str, count: int = 1) -> BadRow:
        return BadRow(line, offset, Problem(f"{self.path.name}, line {line}", what, fix, code), raw, count)

    def _records(self, offset: int, line: int) -> Iterator[Row | BadRow]:
        source = lines(self.path, self.dialect.encoding, offset=offset)
        waiting: deque[Line] = deque()
        pulled: list[Line] = []

        def feed() -> Iterator[str]:
            size = 0
            while taken := waiting.popleft() if waiting else next(source, None):
                pulled.append(taken)
                size += len(taken.text)
                if len(pulled) > MAX_LINES or (size > MAX_ROW and len(pulled) > 1):
                    raise _Runaway
                yield taken.text + "\n"

        parser = self.dialect.parse(feed())
        while True:
            del pulled[:]
            error = ""
            cells: list[Any] | None = None
            try:
                cells = next(parser)
            except StopIteration:
                return
            except (csv.Error, _Runaway) as stop:
                error = str(stop) or "a quoted field does not end"
                waiting.extendleft(reversed(pulled[1:]))
                del pulled[1:]
                parser = self.dialect.parse(feed())
            line += len(pulled)
            if found := self._row(pulled, cells, line - len(pulled) + 1, error):
                yield found

    def _row(self, pulled: list[Line], cells: list[Any] | None, line: int, error: str) -> Row | BadRow | None:
        raw = pulled[0].text if len(pulled) == 1 else "\n".join(part.text for part in pulled)
        at = pulled[-1].offset
        for part in pulled:
            if part.fault:
                what, fix = WHAT[part.fault]
                told = what.format(encoding=self.dialect.encoding, limit=MAX_ROW)
                return self._bad(line, at, part.fault, told, fix, raw, len(pulled))
        if error:
            fix = "Close the quote, double quotes inside fields or set `escape`, or turn quoting off (quote = '')."
            if "\r" in pulled[0].text:
                error = "a carriage return stands outside quotes"
                fix = "Quote that field, or save the file with the line ends of Unix or Windows (LF or CR LF)."
            return self._bad(line, at, "csv-syntax", f"cannot be read: {error}.", fix, raw)
        return Row(line, at, cells, raw, len(pulled)) if cells else None

"""Excel workbooks: one sheet as a table, values only (no formula is computed)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harmonize.corpora.archive import check_zip
from harmonize.corpora.tables.row import BadRow, Row
from harmonize.problems import ChoraleError, Problem

FIX = "Save it again as .xlsx, or as CSV."


class Workbook:
    """One sheet of an .xlsx file; its first row names the columns, an offset is a row number.

    Raises `ChoraleError`: workbook-unreadable, no-sheet, no-header, archive-bomb.
    """

    def __init__(self, path: Path, sheet: str = "", names: tuple[str, ...] = ()) -> None:
        self.path, self.sheet, self.head = path, sheet, 0 if names else 1
        check_zip(path)
        first = names or next(self._values(), ())
        named = ["" if name is None else str(name).strip() for name in first]
        while named and not named[-1]:
            named.pop()
        self._columns = tuple(named)
        if not any(self._columns):
            raise ChoraleError("no-header", f"{path.name} has no header row.", "Name the columns in its first row.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The first row, or the names given."""
        return self._columns

    def _values(self) -> Iterator[tuple[Any, ...]]:
        import openpyxl  # type: ignore[import-untyped]  # takes a while to load, and few corpora need it

        try:
            book = openpyxl.load_workbook(self.path, read_only=True, data_only=True)
            if self.sheet and self.sheet not in book.sheetnames:
                have = ", ".join(book.sheetnames)
                raise ChoraleError("no-sheet", f"{self.path.name} has no sheet {self.sheet!r}.", f"It has: {have}.")
            sheet = book[self.sheet] if self.sheet else book.worksheets[0]
            yield from sheet.iter_rows(values_only=True)
        except ChoraleError:
            raise
        except Exception as error:  # openpyxl raises whatever its parts raise on a damaged file
            what = f"{self.path.name} cannot be read as a workbook ({type(error).__name__})."
            raise ChoraleError("workbook-unreadable", what, FIX) from None

    def rows(self, offset: int = 0, line: int = 0) -> Iterator[Row | BadRow]:
        """Rows after ``offset``; empty rows are none. Empty cells at the end of a row may be left out."""
        width, number = len(self._columns), 0
        try:
            for number, values in enumerate(self._values(), 1):
                if number <= max(offset, self.head) or not any(value is not None for value in values):
                    continue
                raw = json.dumps(values, default=str, ensure_ascii=False)
                if any(value is not None for value in values[width:]):
                    what = f"has {len(values)} cells where {width} are expected."
                    problem = Problem(f"{self.path.name}, row {number}", what, "Name every column.", "ragged-row")
                    yield BadRow(number, number, problem, raw)
                    continue
                yield Row(number, number, [*values[:width], *[None] * (width - len(values))], raw)
        except ChoraleError as error:
            problem = Problem(self.path.name, f"{error.message} {number} rows were read.", error.fix, error.code)
            yield BadRow(number, number, problem, "", 1, 0)

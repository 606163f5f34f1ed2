"""What a file looks like: format, encoding, delimiter, quoting, header; and its first rows."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from harmonize.corpora.layout import Shape, SourceTable
from harmonize.corpora.opening import DELIMITED, SUFFIXES, open_table
from harmonize.corpora.tables import Columnar, Row
from harmonize.corpora.tables.delimited import SIGN, stated
from harmonize.corpora.tables.document import WHOLE, WHOLE_DOCUMENT
from harmonize.corpora.tables.embedded import kind_of
from harmonize.problems import ChoraleError

LOOKED_AT = 2000  # rows
HEAD = 1 << 18  # bytes
FALLBACK = "cp1252"
SINGLE = (",", "\t", ";", "|")
LONGER = (" +++$+++ ", "+++$+++", " ||| ", "|||", "||", "::", ";;")


@dataclass(frozen=True)
class Sample:
    """A file, how it can be opened, and its first rows. ``bad``: rows of the sample that could not be read; ``held``:
    columns whose cells hold media, and of which kind."""

    path: Path
    table: SourceTable
    columns: tuple[str, ...]
    rows: list[list[Any]] = field(default_factory=list)
    bad: int = 0
    held: Mapping[str, str] = field(default_factory=dict)

    def values(self, column: str) -> list[Any]:
        """The column's cells."""
        at = self.columns.index(column)
        return [row[at] for row in self.rows]


def sniff(path: Path, name: str) -> Sample:
    """The sample of a file known as ``name`` in its corpus. Raises `ChoraleError` if nothing can be made of it."""
    table = SourceTable(name, Shape.ITEMS)
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    form = _format(path, head)
    if form not in SUFFIXES.values():
        raise ChoraleError("format", f"{name} has no known format.", "Set format in corpus.toml.")
    if form not in SUFFIXES.get(path.suffix.lower(), ""):
        table = replace(table, format=form)
    if form == "json" and _first(head) == b"{":
        table = _document(path, table, head)
    if form in DELIMITED:
        return _delimited(path, replace(table, encoding=_encoding(head)), head)
    return _sampled(path, table)


def _format(path: Path, head: bytes) -> str:
    if head[:4] == b"PAR1":
        return "parquet"
    if head[:6] == b"ARROW1":
        return "arrow"
    if head[:4] == b"PK\x03\x04":
        return "xlsx"
    start = _first(head)
    told = SUFFIXES.get(path.suffix.lower(), "")
    if start == b"{" and told != "json":
        return "jsonl"
    return told or ("json" if start == b"[" else "csv")


def _first(head: bytes) -> bytes:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]


def _document(path: Path, table: SourceTable, head: bytes) -> SourceTable:
    """A file named .json that is no array: an object a line, an array within an object, or objects by their ids."""
    first, _, rest = head.partition(b"\n")
    try:
        json.loads(first)
    except ValueError:
        pass
    else:
        if _first(rest) == b"{":
            return replace(table, format="jsonl")
    try:
        whole = json.loads(path.read_text(table.encoding)) if path.stat().st_size <= WHOLE else None
    except (ValueError, RecursionError):
        return table
    return replace(table, records=_array_in(whole))


def _array_in(whole: Any, before: str = "", depth: int = 3) -> str:
    """The dotted path of the first list of objects in a document; "." where it is an object of objects, "" for none."""
    parts = whole.items() if isinstance(whole, dict) else ()
    for name, inner in parts:
        if isinstance(inner, list) and any(isinstance(part, dict) for part in inner[:5]):
            return f"{before}{name}"
    if not before and len(parts) > 1 and all(isinstance(inner, dict) for _, inner in parts):
        return WHOLE_DOCUMENT
    deeper = (_array_in(inner, f"{before}{name}.", depth - 1) for name, inner in parts if depth > 1)
    return next((found for found in deeper if found), "")


def _encoding(head: bytes) -> str:
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return FALLBACK
    return "utf-8"


def _delimited(path: Path, table: SourceTable, head: bytes) -> Sample:
    """The reading with the fewest bad rows and then the most columns; quoting is taken for on where both do."""
    text = head.decode(table.encoding, errors="replace")
    head_lines = text.splitlines()
    told = stated(head_lines[0]) if head_lines else ""
    first = next(iter(head_lines[bool(told) :]), "")
    tried: list[tuple[tuple[float, int, int], Sample]] = []
    for rank, delimiter in enumerate([told] if told else _delimiters(first)):
        for quote in ('"', ""):
            one = replace(table, delimiter=delimiter, quote=quote, format="csv")
            width, header = _header(first, delimiter, quote)
            bare = replace(one, names=tuple(f"column{i}" for i in range(1, width + 1)))
            try:
                sample = _sampled(path, one if header else bare)
                if header and _recurs(sample):
                    sample = _sampled(path, bare)
            except ChoraleError:
                continue
            share = sample.bad / max(len(sample.rows) + sample.bad, 1)
            tried.append(((round(share, 3), -width if share < 0.02 else 0, rank * 2 + (quote == "")), sample))
    if not tried:
        raise ChoraleError("no-columns", f"{path.name} has no columns that could be told apart.", "Set delimiter.")
    best = min(tried, key=lambda entry: entry[0])[1]
    return replace(best, table=_plain(best.table, path))


def _delimiters(first: str) -> list[str]:
    """Those that a line holds; one that is only part of a longer one is none."""
    longer = [sign for sign in LONGER if sign in first]
    for sign in longer:
        first = first.replace(sign, "\n")
    return [*(sign for sign in SINGLE if sign in first), *longer[:1]]


def _plain(table: SourceTable, path: Path) -> SourceTable:
    """Without what the file's name says already."""
    told = SUFFIXES.get(path.suffix.lower(), "")
    if DELIMITED.get(told) == table.delimiter:
        return replace(table, delimiter="", format="")
    return replace(table, format="" if told in DELIMITED else "csv")


def _header(first: str, delimiter: str, quote: str) -> tuple[int, bool]:
    """How many columns the first line has, and whether it names them: short, distinct, and not one is a number."""
    if len(delimiter) > 1:
        first, delimiter = first.replace(delimiter, SIGN), SIGN
    cells = next(csv.reader([first], delimiter=delimiter, quotechar=quote or None, quoting=0 if quote else 3), [])
    names = [cell.strip() for cell in cells]
    plain = all(len(name) <= 40 and not _is_number(name) and len(name.split()) <= 4 for name in names)
    return len(cells), plain and len(set(names)) == len(names) and any(names)


def _recurs(sample: Sample) -> bool:
    """Whether a supposed name stands among its column's values: then the first row is data."""
    return any(name and name in [row[at] for row in sample.rows] for at, name in enumerate(sample.columns))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _sampled(path: Path, table: SourceTable) -> Sample:
    source = open_table(table, path)
    found: Iterator[Any] = islice(source.rows(), LOOKED_AT)
    rows: list[list[Any]] = []
    bad = 0
    for row in found:
        if isinstance(row, Row):
            rows.append(list(row.cells))
        else:
            bad += row.rows
    held = {name: kind_of(source.first_held(name)) for name in source.held} if isinstance(source, Columnar) else {}
    return Sample(path, table, source.columns, rows, bad, {name: kind for name, kind in held.items() if kind})

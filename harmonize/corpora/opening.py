"""From a descriptor's file to a table: patterns resolved within the corpus's folder, the format found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harmonize.corpora.archive import beside
from harmonize.corpora.columns import Header
from harmonize.corpora.layout import Descriptor, SourceTable
from harmonize.corpora.listing import FORMAT as LISTED
from harmonize.corpora.listing import made
from harmonize.corpora.tables import (
    Columnar,
    Delimited,
    Dialect,
    JsonDocument,
    JsonLines,
    Table,
    Unrolled,
    Workbook,
)  # fmt: skip
from harmonize.corpora.tables.delimited import stated_in
from harmonize.corpora.tables.embedded import Embedded
from harmonize.corpora.tables.unrolled import PLACE
from harmonize.problems import ChoraleError

DELIMITED = {"csv": ",", "tsv": "\t", "txt": "\t"}
BY_BYTES = (*DELIMITED, "jsonl")  # formats of which an offset is a number of bytes
NESTED = ("jsonl", "json", "parquet", "arrow")  # formats whose cells may be lists
FORMATS = (*DELIMITED, "jsonl", "json", "parquet", "arrow", "xlsx")  # and LISTED, a table that is made
SUFFIXES = {f".{name}": name for name in FORMATS} | {
    ".tab": "tsv", ".ndjson": "jsonl", ".pq": "parquet", ".feather": "arrow", ".xlsm": "xlsx",
}  # fmt: skip


class Source(NamedTuple):
    """One file of a corpus: its number in reading order, its layout, its path (None if it is missing), its name."""

    number: int
    table: SourceTable
    path: Path | None
    name: str


def sources(descriptor: Descriptor, folder: Path, *, spare: Path | None = None) -> list[Source]:
    """The files of a corpus in reading order: the descriptor's, and a pattern's by name. A link out of the folder is
    as good as missing. A table of the media themselves (`listing`) is made where it is missing, in ``spare`` if named.
    """
    found = list(_files(descriptor, folder, spare))
    return [Source(number, table, path, _name(table, path, folder)) for number, (table, path) in enumerate(found)]


def _name(table: SourceTable, path: Path | None, folder: Path) -> str:
    inside = path is not None and path.is_relative_to(folder)
    return path.relative_to(folder).as_posix() if path is not None and inside else table.path


def _files(descriptor: Descriptor, folder: Path, spare: Path | None) -> Iterator[tuple[SourceTable, Path | None]]:
    root = folder.resolve()
    for table in descriptor.files:
        if table.format == LISTED and (folder / table.path).resolve().is_relative_to(root):
            yield made(table, folder, spare)
            continue
        found = sorted(folder.glob(table.path)) if any(c in table.path for c in "*?[") else [folder / table.path]
        plain = [path for path in found if path.is_file() and not beside(path.relative_to(folder).as_posix())]
        inside = [path for path in plain if path.resolve().is_relative_to(root)]
        if not inside:
            yield table, None
        for path in inside:
            yield table, path


def format_of(table: SourceTable, path: Path) -> str:
    """The format stated, or the one that the name's ending tells. Raises `ChoraleError("format")`."""
    found = table.format or SUFFIXES.get(path.suffix.lower(), "")
    if found not in FORMATS:
        raise ChoraleError(
            "format", f"{path.name} has no known format.", f"Set format to one of: {', '.join((*FORMATS, LISTED))}."
        )
    return found


def open_table(table: SourceTable, path: Path, *, into: Path | None = None, name: str = "") -> Table:
    """The file, called ``name`` in its corpus, as a table. Raises `ChoraleError` if it has no known format, no header,
    or cannot be opened. Media that lie in its cells become files under ``into``; without it they are left alone."""
    wanted = _wanted(table)
    if not table.each:
        return _opened(table, path, wanted, into, name)
    if (form := format_of(table, path)) not in NESTED:
        raise ChoraleError("no-lists", f"A file of {form} holds no lists.", "Take `each` out of corpus.toml.")
    inner = tuple(f"{name}." for name in table.each)
    outer = [name for name in wanted if name not in (*table.each, PLACE) and not name.startswith(inner)]
    within = _opened(table, path, [*outer, *table.each, PLACE], into, name)
    Header(within.columns, path.name).matching([*outer, *table.each])
    return Unrolled(within, table.each, wanted, path.name)


def _opened(table: SourceTable, path: Path, wanted: list[str], into: Path | None, name: str) -> Table:
    form = format_of(table, path)
    patterns = not table.each and any(answer.raters for answer in table.answers)  # the file tells what they mean
    if form == "jsonl":
        return JsonLines(path, table.encoding, wanted, more=patterns)
    if form == "json":
        return JsonDocument(path, table.encoding, wanted, table.records, more=patterns)
    if form in ("parquet", "arrow"):
        found, media = Columnar(path), table.columns.media
        return Columnar(path, Embedded(media, into, name)) if into is not None and media in found.held else found
    if form == "xlsx":
        return Workbook(path, table.sheet, table.names)
    _not_binary(path)
    delimiter = table.delimiter or stated_in(path, table.encoding) or DELIMITED[form]
    return Delimited(path, Dialect(delimiter, table.quote, table.encoding, table.names, table.escape))


MAGIC = {b"PK\x03\x04": "a ZIP archive or workbook", b"PAR1": "a Parquet file", b"\x1f\x8b": "a gzip file",
         b"%PDF": "a PDF", b"\x89PNG": "a picture", b"ARROW1": "an Arrow file"}  # fmt: skip


def _not_binary(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(8)
    for magic, what in MAGIC.items():
        if head.startswith(magic):
            raise ChoraleError("lying-name", f"{path.name} is {what}, not text.", "Unpack it, or set its format.")


def _wanted(table: SourceTable) -> list[str]:
    """The columns that the descriptor names, so that a key is found even where the first lines lack it."""
    named = table.columns.named()
    for answer in table.answers:
        raters = [name for name in answer.raters if not any(c in name for c in "*?[")]
        named += [name for name in (answer.column, answer.label, *answer.columns.values(), *raters) if name]
    return list(dict.fromkeys(named))

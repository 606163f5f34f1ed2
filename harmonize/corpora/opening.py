"""From a descriptor's file to a table: patterns resolved within the corpus's folder, the format found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harmonize.corpora.layout import Descriptor, SourceTable
from harmonize.corpora.tables import Delimited, Dialect, JsonLines, Table
from harmonize.problems import ChoraleError

DELIMITED = {"csv": ",", "tsv": "\t", "txt": "\t"}
SUFFIXES = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".txt": "txt", ".jsonl": "jsonl", ".ndjson": "jsonl"}


class Source(NamedTuple):
    """One file of a corpus: its number in reading order, its layout, its path (None if it is missing), its name."""

    number: int
    table: SourceTable
    path: Path | None
    name: str


def sources(descriptor: Descriptor, folder: Path) -> list[Source]:
    """The files of a corpus in reading order: the descriptor's, and a pattern's by name. A link out of the folder is
    as good as missing."""
    found = list(_files(descriptor, folder))
    return [
        Source(number, table, path, table.path if path is None else path.relative_to(folder).as_posix())
        for number, (table, path) in enumerate(found)
    ]


def _files(descriptor: Descriptor, folder: Path) -> Iterator[tuple[SourceTable, Path | None]]:
    root = folder.resolve()
    for table in descriptor.files:
        found = sorted(folder.glob(table.path)) if any(c in table.path for c in "*?[") else [folder / table.path]
        inside = [path for path in found if path.is_file() and path.resolve().is_relative_to(root)]
        if not inside:
            yield table, None
        for path in inside:
            yield table, path


def format_of(table: SourceTable, path: Path) -> str:
    """The format stated, or the one that the name's ending tells. Raises `ChoraleError("format")`."""
    found = table.format or SUFFIXES.get(path.suffix.lower(), "")
    if found not in {*DELIMITED, "jsonl"}:
        known = ", ".join(sorted({*DELIMITED, "jsonl"}))
        raise ChoraleError("format", f"{path.name} has no known format.", f"Set format to one of: {known}.")
    return found


def open_table(table: SourceTable, path: Path) -> Table:
    """The file as a table. Raises `ChoraleError` if it has no known format or no header."""
    form = format_of(table, path)
    if form == "jsonl":
        return JsonLines(path, table.encoding, _wanted(table))
    delimiter = table.delimiter or DELIMITED[form]
    return Delimited(path, Dialect(delimiter, table.quote, table.encoding, table.names))


def _wanted(table: SourceTable) -> list[str]:
    """The columns that the descriptor names, so that a key is found even where the first lines lack it."""
    named = table.columns.named()
    for answer in table.answers:
        named += [name for name in (answer.column, answer.label, *answer.columns.values()) if name]
    return list(dict.fromkeys(named))

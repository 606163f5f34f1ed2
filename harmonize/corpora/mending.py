"""Reading a refused row again, mended by a person, as if it stood in its file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harmonize.corpora.layout import Descriptor, SourceTable
from harmonize.corpora.opening import DELIMITED, Source, format_of, open_table
from harmonize.corpora.readers import read_source
from harmonize.corpora.record import Place, Reading
from harmonize.corpora.tables.delimited import stated_in
from harmonize.problems import ChoraleError


def reread(descriptor: Descriptor, source: Source, raw: str, *, line: int, key: bytes, folder: Path) -> list[Reading]:
    """What these rows of ``source`` say: ``raw`` as they should have been, from ``line`` on.

    ``source.path`` must still be there, for its columns; ``folder`` holds the corpus's media. The readings carry the
    name and line numbers of the file they belong to.
    """
    if source.path is None:
        raise ChoraleError("file-missing", f"{source.name} is not there.", "Its columns are needed to read a row.")
    columns = open_table(source.table, source.path).columns
    with TemporaryDirectory() as place:
        table, path = _written(source.table, source.path, columns, raw, Path(place))
        one = Source(source.number, table, path, source.name)
        start = Place(source.number, 0, line - 1)
        return list(read_source(descriptor, one, folder, key=key, start=start))


def _written(table: SourceTable, was: Path, columns: Sequence[str], raw: str, place: Path) -> tuple[SourceTable, Path]:
    """A file of these rows alone, and how it is laid out; ``was`` is the file they come from."""
    form = format_of(table, was)
    if form in DELIMITED:
        path = place / "rows.csv"
        path.write_text(raw + "\n", encoding="utf-8", newline="")
        delimiter = table.delimiter or stated_in(was, table.encoding) or DELIMITED[form]
        return replace(table, format="csv", delimiter=delimiter, encoding="utf-8", names=tuple(columns)), path
    path = place / "rows.jsonl"
    lines = [_object(line, columns) for line in raw.splitlines() if line.strip()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return replace(table, format="jsonl", encoding="utf-8"), path


def _object(line: str, columns: Sequence[str]) -> str:
    """A row as a JSON object; rows of Parquet, Arrow and Excel are kept as the list of their cells."""
    try:
        value: Any = json.loads(line)
    except ValueError:
        return line
    return json.dumps(dict(zip(columns, value, strict=False)), ensure_ascii=False) if isinstance(value, list) else line

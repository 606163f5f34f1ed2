"""Parquet and Arrow files, and with them the folders that Hugging Face `datasets` saves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from harmonize.corpora.tables.embedded import BYTES, FEW, Embedded, may_hold_media
from harmonize.corpora.tables.jsonl import reach
from harmonize.corpora.tables.row import BadRow, Row
from harmonize.problems import ChoraleError, Problem

BATCH = 2000
UNHELD = (UnicodeDecodeError, OverflowError, ValueError)
MEND = "Mend that value; the rest of the file comes in."
FIX = "Fetch the file again; it may be cut short or be of another format than its name says."


class Columnar:
    """A Parquet or Arrow IPC file as a table; an offset is a number of rows, a row's line is its number from 1.

    Columns of class numbers whose names the file carries (Hugging Face's ClassLabel) are read as those names. A dotted
    name reaches into a struct. Bytes (pictures or sound within the table) are not read: their cells are b"". Those of
    the column that ``media`` names are written to files, and their names are its cells.
    Raises `ChoraleError("columnar-unreadable")` when the file cannot be opened.
    """

    def __init__(self, path: Path, media: Embedded | None = None) -> None:
        self.path, self.media = path, media
        try:
            self.schema = next(iter(self._open()))
        except (pa.ArrowException, OSError, StopIteration, ValueError) as error:
            raise ChoraleError("columnar-unreadable", f"{path.name} cannot be opened: {_first(error)}", FIX) from None
        self._names = class_names(self.schema)
        self._inner = [
            (leaf, at, leaf[len(field.name) + 1 :])
            for at, field in enumerate(self.schema)
            if pa.types.is_struct(field.type)
            for leaf in leaves(field)
        ]

    @property
    def held(self) -> list[str]:
        """The columns that may hold pictures, sound or film."""
        return [field.name for field in self.schema if may_hold_media(field)]

    def first_held(self, column: str) -> bytes:
        """The first of a column's files, b"" if none of the first rows holds one."""
        one = Columnar(self.path, Embedded(column, self.path.parent, self.path.name))
        for batch in islice(one._open(), 1, 2):
            for cell in batch.column(batch.schema.names.index(column)).slice(0, FEW).to_pylist():
                if data := (cell.get("bytes") if isinstance(cell, dict) else cell):
                    return bytes(data)
        return b""

    @property
    def columns(self) -> tuple[str, ...]:
        """The schema's column names, then those within structs, dotted."""
        return (*self.schema.names, *(leaf for leaf, _, _ in self._inner))

    def _open(self) -> Iterator[Any]:
        """First the schema, then record batches."""
        with self.path.open("rb") as stream:
            magic = stream.read(6)
        if magic[:4] == b"PAR1":
            file = pq.ParquetFile(self.path)
            schema = file.schema_arrow
            yield schema
            own = self.media.column if self.media else ""
            wanted = [name for field in schema for name in ([own] if field.name == own else leaves(field))]
            plain = not any(map(holds_bytes, schema))
            yield from file.iter_batches(batch_size=FEW if own else BATCH, columns=None if plain else wanted)
            return
        with pa.memory_map(str(self.path)) as source:
            if magic == b"ARROW1":
                reader = pa.ipc.open_file(source)
                yield reader.schema
                for number in range(reader.num_record_batches):
                    yield reader.get_batch(number)
                return
            stream_reader = pa.ipc.open_stream(source)
            yield stream_reader.schema
            yield from stream_reader

    def rows(self, offset: int = 0, line: int = 0) -> Iterator[Row | BadRow]:
        """Rows after the first ``offset``; damage met on the way ends the file with a problem of the whole."""
        number = 0
        opened = self._open()
        next(opened)
        try:
            for batch in opened:
                if number + len(batch) <= offset:
                    number += len(batch)
                    continue
                skip = max(offset - number, 0)
                number += skip
                try:
                    columns = [] if self.media else [self._cells(batch, at, skip) for at in range(len(self.schema))]
                except UNHELD:
                    columns = []
                if not columns:
                    for row in self._one_by_one(batch, skip, number):
                        number += 1
                        yield row
                    continue
                for cells in zip(*columns, strict=True):
                    number += 1
                    raw = json.dumps(cells, default=str, ensure_ascii=False)
                    yield Row(number, number, (*cells, *(reach(cells[at], path) for _, at, path in self._inner)), raw)
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            what = f"is damaged after row {number}: {_first(error)}"
            yield BadRow(number, number, Problem(self.path.name, what, FIX, "columnar-damaged"), "", 1, 0)

    def _one_by_one(self, batch: pa.RecordBatch, skip: int, number: int) -> Iterator[Row | BadRow]:
        """The rows of a batch that holds media, or of which some cannot be read: those are bad, each for itself."""
        for place in range(skip, len(batch)):
            one, number = batch.slice(place, 1), number + 1
            cells: list[Any] = []
            fault = ""
            for at, field in enumerate(self.schema):
                try:
                    cells.append(self._cells(one, at, 0)[0])
                except UNHELD as error:
                    cells.append(_escaped(one, field.name))
                    said = "bytes that are not UTF-8" if isinstance(error, UnicodeDecodeError) else _first(error)
                    fault = fault or f"holds in {field.name} what cannot be read: {said}."
            inner = [reach(cells[at], path) for _, at, path in self._inner]
            if self.media:
                at = self.schema.names.index(self.media.column)
                cells[at] = None if fault else self.media.placed(cells[at], number)
            raw = json.dumps(cells, default=str, ensure_ascii=False)
            if fault:
                code = "encoding" if "UTF-8" in fault else "not-a-value"
                problem = Problem(f"{self.path.name}, row {number}", fault, MEND, code)
                yield BadRow(number, number, problem, raw)
            else:
                yield Row(number, number, (*cells, *inner), raw)

    def _cells(self, batch: pa.RecordBatch, at: int, skip: int) -> list[Any]:
        field = self.schema.field(at)
        if self.media and field.name == self.media.column:
            return list(batch.column(batch.schema.names.index(field.name)).slice(skip).to_pylist())
        if not leaves(field):
            return [b""] * (len(batch) - skip)
        whole = batch.num_columns == len(self.schema)  # else columns of bytes were left out
        column = batch.column(at if whole else batch.schema.names.index(field.name)).slice(skip)
        if holds_bytes(field) and pa.types.is_struct(column.type):
            parts = [part.name for part in column.type if leaves(part)]
            within = zip(*(pc.struct_field(column, name).to_pylist() for name in parts), strict=True)
            return [dict(zip(parts, values, strict=True)) for values in within]
        values = column.to_pylist()
        names = self._names.get(field.name)
        return [_named(value, names) for value in values] if names else values


def _escaped(one: pa.RecordBatch, name: str) -> Any:
    """What a cell that cannot be read holds: text with its wrong bytes as escapes; None where nothing can be told."""
    column = one.column(one.schema.names.index(name))
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return None
    data = column.cast(pa.large_binary())[0].as_py()
    return data.decode("utf-8", "backslashreplace")


def leaves(field: pa.Field, before: str = "") -> list[str]:
    """The dotted names of all that a field holds but bytes; its own name where it is no struct."""
    if pa.types.is_struct(field.type):
        return [leaf for part in field.type for leaf in leaves(part, f"{before}{field.name}.")]
    inner = field.type.value_type if pa.types.is_list(field.type) else field.type
    return [] if any(test(inner) for test in BYTES) else [before + field.name]


def holds_bytes(field: pa.Field) -> bool:
    """Whether a field is of bytes, or a struct or list with bytes in it."""
    if pa.types.is_struct(field.type):
        return any(map(holds_bytes, field.type))
    return not leaves(field)


def class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """Column -> names of its class numbers, as Hugging Face `datasets` writes them into a schema's metadata."""
    try:
        told = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = told.get("info", {}).get("features", {})
        found = {}
        for column, feature in features.items():
            inner = feature.get("feature", feature) if isinstance(feature, dict) else {}
            if isinstance(inner, dict) and isinstance(inner.get("names"), list):
                found[column] = [str(name) for name in inner["names"]]
        return found
    except (ValueError, AttributeError):
        return {}


def _named(value: Any, names: list[str]) -> Any:
    if isinstance(value, list):
        return [_named(part, names) for part in value]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]

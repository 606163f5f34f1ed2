"""Parquet and Arrow files, and with them the folders that Hugging Face `datasets` saves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from harmonize.corpora.tables.row import BadRow, Row
from harmonize.problems import ChoraleError, Problem

BATCH = 2000
FIX = "Fetch the file again; it may be cut short or be of another format than its name says."


class Columnar:
    """A Parquet or Arrow IPC file as a table; an offset is a number of rows, a row's line is its number from 1.

    Columns of class numbers whose names the file carries (Hugging Face's ClassLabel) are read as those names.
    Raises `ChoraleError("columnar-unreadable")` when the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.schema = next(iter(self._open()))
        except (pa.ArrowException, OSError, StopIteration, ValueError) as error:
            raise ChoraleError("columnar-unreadable", f"{path.name} cannot be opened: {_first(error)}", FIX) from None
        self._names = class_names(self.schema)

    @property
    def columns(self) -> tuple[str, ...]:
        """The schema's column names."""
        return tuple(self.schema.names)

    def _open(self) -> Iterator[Any]:
        """First the schema, then record batches."""
        with self.path.open("rb") as stream:
            magic = stream.read(6)
        if magic[:4] == b"PAR1":
            file = pq.ParquetFile(self.path)
            yield file.schema_arrow
            yield from file.iter_batches(batch_size=BATCH)
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
                for cells in zip(*(self._cells(batch, i, skip) for i in range(batch.num_columns)), strict=True):
                    number += 1
                    yield Row(number, number, cells, json.dumps(cells, default=str, ensure_ascii=False))
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            what = f"is damaged after row {number}: {_first(error)}"
            yield BadRow(number, number, Problem(self.path.name, what, FIX, "columnar-damaged"), "", 1, 0)

    def _cells(self, batch: pa.RecordBatch, column: int, skip: int) -> list[Any]:
        values = batch.column(column).slice(skip).to_pylist()
        names = self._names.get(batch.schema.names[column])
        return [_named(value, names) for value in values] if names else values


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

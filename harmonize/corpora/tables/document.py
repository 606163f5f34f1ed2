"""JSON documents: one array of objects, read element by element so that memory stays flat."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from harmonize.corpora.tables.jsonl import LOOKED_AT, MANY, as_json, keys_of, reach
from harmonize.corpora.tables.row import MAX_ROW, BadRow, Row
from harmonize.problems import ChoraleError, Problem

BLOCK = 1 << 18
WHOLE = 256 * 1024 * 1024  # bytes; a larger document must be an array at its top, to be read in pieces
KEY = "@key"  # column of the key under which an object stood
WHOLE_DOCUMENT = "."
_SPACE = " \t\r\n"


class JsonDocument:
    """A JSON file as a table; an offset is a number of elements.

    ``records``: dotted path of the array, "" for the document itself; or of an object of objects ("." for the whole),
    each with its key under `KEY`. Raises `ChoraleError("not-json")` when there is no such array.
    """

    def __init__(
        self, path: Path, encoding: str = "utf-8", names: Sequence[str] = (), records: str = "", *, more: bool = False
    ) -> None:
        self.path, self.encoding, self.records = path, encoding, records
        known = dict.fromkeys(names)
        for element in islice(self._elements(), MANY if more else LOOKED_AT if not names else 0):
            if isinstance(element, dict):
                known.update(dict.fromkeys(keys_of(element)))
        self._columns = tuple(known)

    @property
    def columns(self) -> tuple[str, ...]:
        """Those asked for; without any, or with more, the keys of the first elements, dotted where nested."""
        return self._columns

    def rows(self, offset: int = 0, line: int = 0) -> Iterator[Row | BadRow]:
        """One row an element; what is broken in the midst of the document ends it."""
        number = 0
        try:
            for number, element in enumerate(self._elements(), 1):
                if number <= offset:
                    continue
                raw = as_json(element)
                where = f"{self.path.name}, element {number}"
                if not isinstance(element, dict):
                    fix = "Give an object with keys."
                    yield BadRow(number, number, Problem(where, "is no JSON object.", fix, "not-json"), raw)
                else:
                    yield Row(number, number, [reach(element, name) for name in self._columns], raw)
        except ChoraleError as error:
            problem = Problem(self.path.name, f"{error.message} {number} elements were read.", error.fix, error.code)
            yield BadRow(number, number, problem, "", 1, 0)

    def _elements(self) -> Iterator[Any]:
        try:
            if self.records:
                yield from self._at_path()
            else:
                yield from self._array()
        except (ValueError, RecursionError) as error:
            what = f"{self.path.name} is not valid JSON: {str(error)[:200]}."
            raise ChoraleError("not-json", what, "Mend the document, or state its encoding.") from None

    def _at_path(self) -> Iterable[Any]:
        if self.path.stat().st_size > WHOLE:
            raise ChoraleError("too-large", f"{self.path.name} is too large to hold.", "Turn it into JSON Lines.")
        whole = json.loads(self.path.read_text(self.encoding))
        found = whole if self.records == WHOLE_DOCUMENT else reach(whole, self.records)
        if isinstance(found, dict):
            return ({KEY: key, **part} if isinstance(part, dict) else part for key, part in found.items())
        if not isinstance(found, list):
            raise ChoraleError("not-json", f"{self.path.name} has no array at {self.records!r}.", "Mend `records`.")
        return found

    def _array(self) -> Iterator[Any]:
        decoder = json.JSONDecoder()
        with self.path.open(encoding=self.encoding) as stream:
            buffer = stream.read(BLOCK).lstrip("\ufeff" + _SPACE)
            if not buffer.startswith("["):
                what = f"{self.path.name} is no JSON array."
                raise ChoraleError("not-json", what, "Name the array by `records`, or set format = 'jsonl'.")
            buffer, first = buffer[1:], True
            while True:
                buffer = buffer.lstrip(_SPACE)
                if not buffer and not (buffer := stream.read(BLOCK).lstrip(_SPACE)):
                    raise ValueError("the array does not end")
                if buffer[0] == "]":
                    return
                if not first:
                    if buffer[0] != ",":
                        raise ValueError("a comma is missing")
                    buffer = buffer[1:].lstrip(_SPACE)
                element, buffer = _element(decoder, buffer, stream)
                first = False
                yield element


def _element(decoder: json.JSONDecoder, buffer: str, stream: Any) -> tuple[Any, str]:
    """The next element, read on as long as it is not whole; and the rest of the buffer."""
    while True:
        try:
            element, end = decoder.raw_decode(buffer)
            if end < len(buffer) or not isinstance(element, (int, float)):
                return element, buffer[end:]
        except json.JSONDecodeError:
            if len(buffer) > MAX_ROW:
                raise
        more = stream.read(max(BLOCK, len(buffer)))  # doubling keeps the work linear
        if not more:
            element, end = decoder.raw_decode(buffer)
            return element, buffer[end:]
        buffer = (buffer + more).lstrip(_SPACE)

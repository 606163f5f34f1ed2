"""JSON Lines: one object a line. Columns are its keys; a dotted name reaches into nested objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from harmonize.corpora.tables.lines import WHAT, Line, lines
from harmonize.corpora.tables.row import MAX_ROW, BadRow, Row
from harmonize.problems import Problem

LOOKED_AT = 200  # lines read to learn the keys
MANY = 5000  # read where a pattern means some of them
HALVES = re.compile("[\ud800-\udfff]")


def reach(value: Any, path: str) -> Any:
    """The value at a dotted path, or None."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def as_json(value: Any) -> str:
    """A value as it is kept: readable, or wholly escaped where it holds half a surrogate pair, which no text may."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isascii() or not HALVES.search(text) else json.dumps(value)


def keys_of(value: dict[str, Any], prefix: str = "") -> list[str]:
    """All keys of an object, those of nested objects dotted; without such as no descriptor can name."""
    found: list[str] = []
    for key, inner in value.items():
        if HALVES.search(key) or "\0" in key:
            continue
        found.extend(keys_of(inner, f"{prefix}{key}.") if isinstance(inner, dict) else [f"{prefix}{key}"])
    return found


class JsonLines:
    """A file of JSON Lines as a table; a line that is no JSON object is a bad row."""

    def __init__(self, path: Path, encoding: str = "utf-8", names: Sequence[str] = (), *, more: bool = False) -> None:
        self.path, self.encoding = path, encoding
        known = dict.fromkeys(names)
        for line in islice(lines(path, encoding), MANY if more else LOOKED_AT if not names else 0):
            value = self._value(line)
            if isinstance(value, dict):
                known.update(dict.fromkeys(keys_of(value)))
        self._columns = tuple(known)

    @property
    def columns(self) -> tuple[str, ...]:
        """Those asked for; without any, or with more, the keys of the first lines, dotted where nested."""
        return self._columns

    def _value(self, line: Line) -> Any:
        if line.fault:
            return None
        try:
            return json.loads(line.text)
        except (ValueError, RecursionError):
            return None

    def rows(self, offset: int = 0, line: int = 0) -> Iterator[Row | BadRow]:
        """One row a line; a key that a line lacks is None. Empty lines are no rows."""
        for number, found in enumerate(lines(self.path, self.encoding, offset=offset), line + 1):
            if not found.text.strip() and not found.fault:
                continue
            value = self._value(found)
            if isinstance(value, dict) and not found.fault:
                yield Row(number, found.offset, [reach(value, name) for name in self._columns], found.text)
                continue
            code = found.fault or "not-json"
            what, fix = WHAT.get(code, ("is no JSON object.", "Mend the line: one object, in one line."))
            told = what.format(encoding=self.encoding, limit=MAX_ROW)
            yield BadRow(number, found.offset, Problem(f"{self.path.name}, line {number}", told, fix, code), found.text)

"""A scheme as the text of a TOML file, such as the shipped ones."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from harmonize.schemes.scheme import Scheme

BARE = re.compile(r"[A-Za-z0-9_-]+")  # a key of TOML that needs no quotes


def to_toml(scheme: Scheme) -> str:
    """The text of ``ID@VERSION.toml``; `Scheme.from_dict` of what `tomllib` reads there is the same scheme."""
    return from_values(scheme.to_dict())


def from_values(data: dict[str, Any]) -> str:
    """TOML of the values of `Scheme.to_dict`: plain fields first, then one table a label, dimension, link, source."""
    tables = {key: value for key, value in data.items() if _rows(value)}
    lines = [f"{key} = {_value(value)}" for key, value in data.items() if key not in tables]
    for key in ("labels", "dimensions", "links"):
        rows = ["{ " + ", ".join(f"{k} = {_value(v)}" for k, v in row.items()) + " }" for row in tables.pop(key, ())]
        if rows:
            lines += [f"{key} = [", *(f"    {row}," for row in rows), "]"]
    for key, rows in tables.items():
        for row in rows:
            lines += ["", f"[[{key}]]", *(f"{k} = {_value(v)}" for k, v in row.items())]
    return "\n".join(lines) + "\n"


def tables(data: Mapping[str, Any], path: tuple[str, ...] = ()) -> str:
    """TOML of tables within tables, such as a form's wording: plain fields first, then one section a table.

    >>> print(tables({"de": {"warning": "Obacht", "questions": {"emotion": "Was?"}}}))
    [de]
    warning = "Obacht"
    <BLANKLINE>
    [de.questions]
    emotion = "Was?"
    """
    plain = {key: value for key, value in data.items() if not isinstance(value, Mapping)}
    head = [f"[{'.'.join(_key(name) for name in path)}]"] if path and plain else []
    own = "\n".join([*head, *(f"{_key(key)} = {_value(value)}" for key, value in plain.items())])
    below = [tables(value, (*path, key)) for key, value in data.items() if isinstance(value, Mapping)]
    return "\n\n".join(part for part in (own, *below) if part)


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else _value(name)


def _rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(part) for part in value) + "]"
    if isinstance(value, int | float):
        return repr(value)
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped too.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")

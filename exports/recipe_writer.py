"""A recipe as the text of a TOML file, from plain values: what a form makes, ready to be read, kept and edited."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Any]


def written(values: Values) -> str:
    """TOML of a recipe's values: lists at the top, then each table, then each array of tables.

    Values that are None, empty texts and empty lists are left out: the reader knows what their absence means. An empty
    tuple is written: nothing, on purpose.

    >>> print(written({"views": ["regression"], "release": {"slug": "a"}, "layers": [{"name": "x"}]}))
    views = ["regression"]
    <BLANKLINE>
    [release]
    slug = "a"
    <BLANKLINE>
    [[layers]]
    name = "x"
    <BLANKLINE>
    """
    lines = _pairs({key: value for key, value in values.items() if not _table(value) and not _tables(value)})
    for key, value in values.items():
        if _table(value) and (inner := _pairs(value)):
            lines += ["", f"[{key}]", *inner]
    for key, rows in values.items():
        for row in rows if _tables(rows) else []:
            lines += ["", f"[[{key}]]", *_pairs(row)]
    return "\n".join(lines).lstrip("\n") + "\n"


def _table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)


def _pairs(values: Values) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in values.items() if value is not None and value not in ("", [])]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_pairs(value)) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(part) for part in value) + "]"
    if isinstance(value, int | float):
        return repr(value)
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped too.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")

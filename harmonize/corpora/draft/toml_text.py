"""A descriptor's values as TOML text that a person can go on with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(values: Mapping[str, Any], notes: list[str]) -> str:
    """[corpus], then [[layers]] and [[files]]; notes stand above as comments."""
    lines = [f"# {note}" for note in notes]
    lines += ["", "[corpus]", *_pairs(values["corpus"])]
    for name in ("layers", "files"):
        for part in values.get(name, []):
            lines += ["", f"[[{name}]]", *_pairs(part)]
    return "\n".join(lines).lstrip("\n") + "\n"


def _pairs(part: Mapping[str, Any]) -> list[str]:
    return [f"{_key(name)} = {_value(value)}" for name, value in part.items()]


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_pairs(value)) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(part) for part in value) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)

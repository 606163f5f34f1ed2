"""Finding the descriptor's columns in a table's header."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from harmonize.problems import ChoraleError


class Header:
    """The columns of one table, by name."""

    def __init__(self, columns: Sequence[str], file: str) -> None:
        self.columns, self.file = tuple(columns), file
        self.at = {name: i for i, name in reversed(list(enumerate(self.columns)))}

    def index(self, name: str) -> int:
        """Where a column stands. Raises `ChoraleError("no-column")` if the table lacks it."""
        if name in self.at:
            return self.at[name]
        near = get_close_matches(name, self.columns, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        have = ", ".join(map(repr, self.columns[:30]))
        raise ChoraleError("no-column", f"{self.file} has no column {name!r}.", f"{hint}It has: {have}.")

    def optional(self, name: str) -> int | None:
        """Where a column stands, None if none was named."""
        return self.index(name) if name else None

    def matching(self, patterns: Sequence[str]) -> list[str]:
        """The columns that match names or patterns with ``*``, in table order. Raises if a pattern matches none."""
        found = [name for name in self.columns if any(fnmatchcase(name, pattern) for pattern in patterns)]
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in self.columns):
                self.index(pattern)
        return found

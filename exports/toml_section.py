"""Reading a TOML table key by key, collecting every problem instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harmonize.problems import Problem


class Section:
    """One TOML table: typed reads, each bad value a `Problem`, each key nobody asked for a `Problem` at `close`."""

    def __init__(self, where: str, table: Mapping[str, Any] | None, problems: list[Problem]) -> None:
        self.where, self.table, self.problems = where, dict(table or {}), problems
        self._asked: set[str] = set()

    def complain(self, key: str, what: str, fix: str, code: str = "recipe-value") -> None:
        self.problems.append(Problem(f"{self.where}.{key}" if self.where else key, what, fix, code))

    def text(self, key: str, default: str | None = None, *, one_of: tuple[str, ...] = ()) -> str:
        """A string; without a default it must be there. With ``one_of``, one of these words."""
        self._asked.add(key)
        value = self.table.get(key, default)
        if value is None:
            self.complain(key, "is missing.", "Add it.", "recipe-missing")
            return ""
        if not isinstance(value, str):
            self.complain(key, f"must be a text, not {value!r}.", "Put it in quotes.")
            return default or ""
        if one_of and value not in one_of:
            self.complain(key, f"is {value!r}.", f"Use one of: {', '.join(one_of)}.")
        return value

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of strings, in the order written."""
        self._asked.add(key)
        value = self.table.get(key, list(default))
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            self.complain(key, f"must be a list of texts, not {value!r}.", 'Write ["one", "two"].')
            return default
        return tuple(value)

    def number(self, key: str, default: float | None = None, *, low: float, high: float) -> float | None:
        """A number in low..high, or the default."""
        self._asked.add(key)
        value = self.table.get(key, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.complain(key, f"is {value!r}.", f"Use a number from {low:g} to {high:g}.")
            return default
        return float(value)

    def whole(self, key: str, default: int, *, low: int, high: int) -> int:
        """A whole number in low..high, or the default."""
        value = self.number(key, default, low=low, high=high)
        if value is None or value != int(value):
            self.complain(key, f"is {value!r}.", "Use a whole number.")
            return default
        return int(value)

    def flag(self, key: str, default: bool) -> bool:
        self._asked.add(key)
        value = self.table.get(key, default)
        if not isinstance(value, bool):
            self.complain(key, f"is {value!r}.", "Use true or false.")
            return default
        return value

    def section(self, key: str) -> Section:
        """The table under ``key``; an absent one reads as empty."""
        self._asked.add(key)
        value = self.table.get(key, {})
        if not isinstance(value, dict):
            self.complain(key, f"must be a table, not {value!r}.", f"Write it as [{key}].")
            value = {}
        return Section(f"{self.where}.{key}" if self.where else key, value, self.problems)

    def sections(self, key: str) -> list[Section]:
        """The array of tables under ``key``, in the order written."""
        self._asked.add(key)
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self.complain(key, "must be an array of tables.", f"Write each as [[{key}]].")
            return []
        prefix = f"{self.where}.{key}" if self.where else key
        return [Section(f"{prefix}[{i}]", table, self.problems) for i, table in enumerate(value)]

    def close(self) -> None:
        """Report every key that nobody asked for: a misspelt filter must not be silently no filter."""
        for key in sorted(self.table.keys() - self._asked):
            known = ", ".join(sorted(self._asked))
            self.complain(key, "is not a key of this table.", f"Known keys: {known}.", "recipe-unknown-key")

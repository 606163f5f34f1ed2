"""Reading a table of settings with every fault collected: one message tells all that is wrong with a descriptor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from harmonize.problems import Problem


class Fields:
    """The keys of one table of a TOML file; what is wrong goes into ``problems``, shared by all tables of the file."""

    def __init__(self, data: object, where: str, problems: list[Problem]) -> None:
        self.where, self.problems = where, problems
        self.data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        self.asked: set[str] = set()
        if not isinstance(data, Mapping):
            self.fault("", "is not a table.", f"Write it as [{where}].")

    def fault(self, key: str, what: str, fix: str) -> None:
        """Note that a key is wrong."""
        self.problems.append(Problem(f"{self.where}.{key}" if key else self.where, what, fix, "descriptor"))

    def _get(self, key: str, kind: type | tuple[type, ...], default: Any, what: str) -> Any:
        self.asked.add(key)
        value = self.data.get(key, default)
        if key in self.data and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            self.fault(key, f"is {value!r}.", f"Give {what}.")
            return default
        return value

    def text(self, key: str, default: str = "", *, required: bool = False, among: Iterable[str] = ()) -> str:
        """A string; one of ``among`` if given."""
        value = str(self._get(key, str, default, "a string in quotes"))
        choices = list(among)
        if required and not value.strip():
            self.fault(key, "is missing.", f'Add {key} = "...".')
        elif choices and value not in choices:
            self.fault(key, f"is {value!r}.", f"Use one of: {', '.join(choices)}.")
            return default
        return value

    def number(self, key: str, default: int = 0) -> int:
        """A whole number of at least 0."""
        value = self._get(key, int, default, "a whole number")
        if value < 0:
            self.fault(key, f"is {value}.", "Give a number of at least 0.")
            return default
        return int(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        value: Sequence[Any] = self._get(key, list, [], "a list of strings")
        if any(not isinstance(part, str) for part in value):
            self.fault(key, "holds something that is no string.", "Give a list of strings.")
            return ()
        return tuple(value)

    def mapping(self, key: str) -> dict[str, str]:
        """A table of strings."""
        value = self._get(key, dict, {}, "a table of strings")
        wrong = [name for name, part in value.items() if not isinstance(part, str)]
        if wrong:
            self.fault(key, f"holds no string for {', '.join(wrong)}.", "Put values in quotes.")
        return {str(name): part for name, part in value.items() if isinstance(part, str)}

    def tables(self, key: str) -> list[Fields]:
        """A list of tables, [[key]]."""
        value = self._get(key, list, [], f"tables as [[{key}]]")
        return [Fields(part, f"{self.where}.{key}[{i}]".lstrip("."), self.problems) for i, part in enumerate(value)]

    def table(self, key: str) -> Fields:
        """One table, empty if missing."""
        self.asked.add(key)
        return Fields(self.data.get(key, {}), f"{self.where}.{key}".lstrip("."), self.problems)

    def close(self) -> None:
        """Note every key that nobody asked for: most are misspelt."""
        for key in self.data:
            if key not in self.asked:
                near = get_close_matches(key, self.asked, n=1)
                hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(self.asked))}."
                self.fault(key, "is no setting.", hint)

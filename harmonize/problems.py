"""Bad data is a value, misuse is an exception: the two ways in which Chorale says that something is wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the data: where it is, what it is, and how to mend it.

    ``where`` is for people ("ratings.csv, line 12, column V"); ``code`` is for programs and for grouping and
    never changes once released ("ragged-row").
    """

    where: str
    what: str
    fix: str
    code: str = "problem"

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.fix}"


class ChoraleError(Exception):
    """Misuse, or a state in which the wish cannot be granted: a stable code, a message, and what to do instead."""

    def __init__(self, code: str, message: str, fix: str = "") -> None:
        self.code, self.message, self.fix = code, message, fix
        super().__init__(f"{message} {fix}".strip())

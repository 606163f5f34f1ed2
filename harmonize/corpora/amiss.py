"""A row that cannot be understood, raised while it is read and turned into a `Refused` by the reader."""

from __future__ import annotations


class Amiss(Exception):
    """What is wrong with a row, as a stable code, words, and a remedy; never leaves the readers."""

    def __init__(self, code: str, what: str, fix: str) -> None:
        self.code, self.what, self.fix = code, what, fix
        super().__init__(what)

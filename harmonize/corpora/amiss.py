"""A row that cannot be understood, raised while it is read and turned into a `Refused` by the reader."""

from __future__ import annotations


class Amiss(Exception):
    """What is wrong with a row, as a stable code, words, and a remedy; never leaves the readers."""

    def __init__(self, code: str, what: str, fix: str) -> None:
        self.code, self.what, self.fix = code, plain(what), plain(fix)
        super().__init__(self.what)


def plain(text: str) -> str:
    """The text with what no database or page can hold, NUL and half surrogate pairs, written as escapes."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()

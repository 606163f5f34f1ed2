"""Cells as values: a cell of a CSV file is text, a cell of JSON or Parquet has a type; both are read the same."""

from __future__ import annotations

import math
from typing import Any

from harmonize.corpora.amiss import Amiss

YES = {"true", "yes", "y", "t", "x"}
NO = {"false", "no", "n", "f"}


def text_of(cell: Any) -> str:
    """A cell as text: "" for a missing one, whole numbers without a point. Refuses what PostgreSQL cannot store."""
    if isinstance(cell, str):
        text = cell
    elif cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    elif isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    elif isinstance(cell, bytes):
        raise Amiss("not-text", "holds bytes where text is expected.", "Name another column.")
    else:
        text = str(cell)
    if "\0" in text:
        raise Amiss("nul-byte", "holds a NUL character, which no text has.", "Remove it; the file may be damaged.")
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise Amiss("surrogate", "holds half a surrogate pair, which is no character.", "Mend the text's encoding.")
    return text


def number_of(cell: Any, name: str) -> float:
    """A cell as a finite number, NaN if it is blank. Refuses anything else."""
    if isinstance(cell, (int, float)):
        try:
            value = float(cell)
        except OverflowError:  # a whole number of hundreds of digits, which JSON may hold
            value = math.inf
        if math.isinf(value):
            raise Amiss("not-a-number", f"has {text_of(cell)[:60]} in {name}.", "Give a finite number.")
        return value
    text = text_of(cell).strip()
    if not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        raise Amiss("not-a-number", f"has {text[:60]!r} in {name}.", "Give a number, or leave it blank.") from None
    if not math.isfinite(value) or "_" in text:  # Python reads 1_0 as ten
        raise Amiss("not-a-number", f"has {text[:60]!r} in {name}.", "Give a finite number.")
    return value


def count_of(cell: Any, name: str, most: int = 10_000) -> int:
    """A cell as a count of raters, 0 if it is blank."""
    value = number_of(cell, name)
    if math.isnan(value):
        return 0
    if value < 0 or value != int(value) or value > most:
        raise Amiss("not-a-count", f"has {value:g} in {name}.", f"Give a whole number from 0 to {most:,}.")
    return int(value)


def mark_of(cell: Any, name: str) -> float:
    """A cell as a mark: 1 or 0 for yes or no in one of the words for it, else as `number_of`."""
    word = cell.strip().casefold() if isinstance(cell, str) else ""
    if word in YES or word in NO:
        return float(word in YES)
    return number_of(cell, name)


def blank(cell: Any) -> bool:
    """Whether a cell says nothing."""
    return (
        cell is None or (isinstance(cell, float) and math.isnan(cell)) or (isinstance(cell, str) and not cell.strip())
    )

"""What a filter, a plan and a draw may hold: what a program sends is refused with words, and never breaks a query."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from harmonize.problems import ChoraleError

MOST = 2**31 - 1
Test = Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(map(_is_text, value))


def _is_choice(value: Any) -> bool:
    return _is_text(value) or _are_texts(value)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool)


def _are_plain(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(part, str | bool) or (isinstance(part, int | float) and abs(part) < 1e300) for part in value.values()
    )


def _are_bounds(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_number, value.values()))


def _are_labels(value: Any) -> bool:
    return isinstance(value, dict) and _is_text(value.get("scheme")) and _are_texts(value.get("any")) and all(
        map(_is_text, (value.get("perspective", ""),))
    )  # fmt: skip


def _is_share(value: Any) -> bool:
    return _is_text(value) or (isinstance(value, dict) and all(map(_is_number, value.values())))


def _are_steps(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(_is_number(part) and part > 0 for part in value)


FILTER: dict[str, tuple[Test, str]] = {
    **dict.fromkeys(("corpus", "language", "modality", "split", "found_language"), (_is_choice, "a text, or a list")),
    **dict.fromkeys(("source_ids", "reserved"), (_are_texts, "a list of texts")),
    **dict.fromkeys(("text", "collection"), (_is_text, "a text")),
    **dict.fromkeys(("rated", "pii", "profane", "duplicates"), (_is_truth, "true or false")),
    "facets": (_are_plain, "{name: value}"),
    "length": (_are_bounds, "{min, max}, numbers of characters"),
    "labels": (_are_labels, "{scheme, any: [labels], perspective}"),
}
PLAN: dict[str, tuple[Test, str]] = {
    "by": (_are_texts, "a list of criteria"),
    "share": (_is_share, "a word, or a number of at least 0 for each stratum"),
    **dict.fromkeys(("scheme", "perspective", "who"), (_is_text, "a text")),
    "lengths": (_are_steps, "whole numbers above 0"),
}


def check_filter(wanted: Mapping[str, Any]) -> None:
    """Refuse values of a kind that their key does not take; None is as good as left out. Raises `collection-filter`."""
    _check(wanted, FILTER, "collection-filter")


def check_plan(data: Mapping[str, Any]) -> None:
    """As `check_filter`, of a plan. Raises `collection-plan`."""
    _check(data, PLAN, "collection-plan")


def check_draw(size: int | None, seed: int) -> None:
    """Refuse a size below 1 or beyond what a table counts, and a seed that none keeps. Raises `collection-size`."""
    if size is not None and not 1 <= size <= MOST:
        raise ChoraleError("collection-size", f"{size:,} items cannot be drawn.", f"Give a number from 1 to {MOST:,}.")
    if not -(2**63) <= seed < 2**63:
        raise ChoraleError("collection-size", f"{seed} is no seed.", "Give a whole number of at most 18 digits.")


def _check(given: Mapping[str, Any], kinds: Mapping[str, tuple[Test, str]], code: str) -> None:
    for key, value in given.items():
        fits, kind = kinds.get(key, (bool, ""))
        if kind and value is not None and not fits(value):
            raise ChoraleError(code, f"{key} is {str(value)[:80]!r}.", f"Give {kind}.")
    if "\\u0000" in json.dumps(given, default=str):
        raise ChoraleError(code, "It holds a NUL character, which no text has.", "Take it out.")

"""Coefficients as rows: value, interval, error, what they are made of, and the reason where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chorale.web.reports.tables import Head, Json

KEYS = ("value", "low", "high", "se", "observed", "expected", "units", "ratings", "raters", "rounds", "reason")
DISAGREEMENT = (Head("observed", "Observed"), Head("expected", "Expected"))
COUNTS = (Head("units", "Units", "count"), Head("ratings", "Ratings", "count"), Head("raters", "Raters", "count"))
NOTE = Head("reason", "Note", "note")


def heads(
    first: Head, *, value: str = "Value", disagreement: bool = True, counts: bool = True, more: tuple[Head, ...] = ()
) -> tuple[Head, ...]:
    """The columns of a table of coefficients."""
    parts = (DISAGREEMENT if disagreement else ()) + (COUNTS if counts else ())
    return (first, Head("value", value, "value"), Head("", "95 % interval", "interval"), *parts, *more, NOTE)


def row(figure: Mapping[str, Any] | None, **first: Any) -> Json:
    """A coefficient as a row, after what names it. ``reason`` holds its notes where it is defined."""
    known = figure or {}
    told = {key: known.get(key) for key in KEYS}
    if not told["reason"]:
        told["reason"] = "; ".join(known.get("notes") or ()) or None
    return {**first, **told}


def by_value(figures: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Highest first, undefined ones last, in the order they came."""
    return sorted(figures.items(), key=lambda pair: (pair[1].get("value") is None, -(pair[1].get("value") or 0.0)))


def undefined(rows: Iterable[Mapping[str, Any]], name: str) -> tuple[str, ...]:
    """Which figures are undefined and why, one line a reason; no chart can show them."""
    reasons: dict[str, list[str]] = {}
    for one in rows:
        if one["value"] is None:
            reasons.setdefault(str(one["reason"] or "no reason was kept"), []).append(str(one[name]))
    return tuple(f"Undefined for {', '.join(names)}: {reason.rstrip('.')}." for reason, names in reasons.items())

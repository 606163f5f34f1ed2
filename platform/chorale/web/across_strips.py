"""Agreement before and after a map, ready to draw: disagreement on both sides, and the change beside its null."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chorale.web import words

Json = dict[str, Any]


@dataclass(frozen=True)
class Side:
    """Alpha on one side with what it is made of; bars on 0..100 of the greatest expected disagreement."""

    title: str
    alpha: str
    observed: str
    expected: str
    observed_share: float
    expected_share: float


@dataclass(frozen=True)
class Strip:
    """The change of alpha with its paired interval, and the range of random merges, on one axis of 0..100."""

    zero: float
    point: float
    start: float | None
    width: float
    null_start: float | None
    null_width: float
    null_median: float | None
    reach: str


@dataclass(frozen=True)
class Across:
    """One scope and perspective; ``refused`` says why there is no comparison."""

    scope_type: str
    scope: str
    perspective: str
    at: Any
    refused: str = ""
    units: int | None = None
    sides: tuple[Side, ...] = ()
    strip: Strip | None = None
    change: str = ""
    interval: str = ""
    null: str = ""
    p: str = ""
    verdict: str = ""


def across(reports: list[Json]) -> list[Across]:
    """Every kept comparison."""
    return [_one(report) for report in reports]


def _one(r: Json) -> Across:
    place = {k: r.get(k, "") for k in ("scope_type", "scope", "perspective", "at")}
    if r.get("refused"):
        return Across(**place, refused=r["refused"])
    change, null = r["change"], r["null"]
    if change.get("value") is None:
        return Across(**place, refused=change.get("reason") or "Undefined on these units.")
    most = max(r[side].get("expected") or 0.0 for side in ("before", "after")) or 1.0
    interval = null_words = ""
    if change.get("low") is not None:
        interval = f"{words.figure(change['low'])} to {words.figure(change['high'])}"
    if null.get("low") is not None:
        null_words = f"{words.figure(null['low'])} to {words.figure(null['high'])} in {null['merges']} random merges"
    return Across(
        **place,
        units=r["before"].get("units"),
        sides=(_side("Before", r["before"], most), _side("After", r["after"], most)),
        strip=_strip(change, null),
        change=words.figure(change["value"]),
        interval=interval,
        null=null_words,
        p=words.figure(r.get("p")),
        verdict=_verdict(change, null),
    )


def _side(title: str, found: Json, most: float) -> Side:
    observed, expected = found.get("observed"), found.get("expected")
    return Side(
        title,
        words.figure(found.get("value")),
        words.figure(observed),
        words.figure(expected),
        round(100 * (observed or 0.0) / most, 1),
        round(100 * (expected or 0.0) / most, 1),
    )


def _strip(change: Json, null: Json) -> Strip:
    ends = [change["value"], change.get("low"), change.get("high"), null.get("low"), null.get("high")]
    reach = 1.15 * max([abs(x) for x in ends if x is not None] + [0.01])

    def place(x: float) -> float:
        return round(50 + 50 * x / reach, 2)

    known, drawn = change.get("low") is not None, null.get("low") is not None
    return Strip(
        zero=50.0,
        point=place(change["value"]),
        start=place(change["low"]) if known else None,
        width=round(place(change["high"]) - place(change["low"]), 2) if known else 0.0,
        null_start=place(null["low"]) if drawn else None,
        null_width=round(max(place(null["high"]) - place(null["low"]), 0.4), 2) if drawn else 0.0,
        null_median=place(null["median"]) if drawn else None,
        reach=words.figure(reach, 2),
    )


def _verdict(change: Json, null: Json) -> str:
    """What may be said of the change, in words; nothing where there is no null."""
    if null.get("low") is None:
        return ""
    if change["value"] > null["high"]:
        return "More than merging at random gives."
    if change["value"] < null["low"]:
        return "Less than merging at random gives."
    return "No more than merging at random gives."

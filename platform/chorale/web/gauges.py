"""A measured share as a bar with its interval, for the eye; the number stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chorale.web import words


@dataclass(frozen=True)
class Gauge:
    """One figure on 0..100: how far the bar reaches, its 95 % interval, and the words beside it."""

    title: str
    share: float
    text: str
    interval: str = ""
    low: float | None = None
    high: float | None = None
    tone: str = ""
    note: str = ""

    @property
    def width(self) -> float:
        """How wide the interval is."""
        return 0.0 if self.low is None or self.high is None else round(max(self.high - self.low, 0.4), 2)


def gauge(
    title: str, found: Mapping[str, Any], *, tone: str = "", note: str = "", percent: bool = True
) -> Gauge | None:
    """A gauge of a figure {value, low, high} in 0..1; None where it is undefined."""
    value = found.get("value")
    if value is None:
        return None
    say = words.percent if percent else words.figure
    low, high = found.get("low"), found.get("high")
    told = "" if low is None or high is None else f"{say(low)} to {say(high)}"
    return Gauge(title, _place(value) or 0.0, say(value), told, _place(low), _place(high), tone, note)


def _place(value: float | None) -> float | None:
    return None if value is None else round(100 * min(max(value, 0.0), 1.0), 2)

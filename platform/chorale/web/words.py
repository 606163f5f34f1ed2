"""Numbers, sizes, times and states in words, the same on every page."""

from __future__ import annotations

import datetime as dt
import math

from django.utils import timezone

DASH = "–"
TONES = {
    "done": "good",
    "published": "good",
    "frozen": "good",
    "open": "live",
    "running": "live",
    "building": "live",
    "queued": "",
    "paused": "warn",
    "draft": "",
    "proposed": "warn",
    "cancelled": "warn",
    "withdrawn": "warn",
    "failed": "bad",
    "active": "live",
    "finished": "good",
    "mended": "good",
    "dropped": "",
}

PROBLEM_TONES = {"open": "warn", "mended": "good"}


def count(value: float | None) -> str:
    """A whole number with thousands apart."""
    return DASH if value is None else f"{value:,.0f}"


def size(value: float | None) -> str:
    """Bytes, in B to TB by thousands."""
    if value is None:
        return DASH
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def figure(value: float | None, digits: int = 3) -> str:
    """A measured number; a dash where it is undefined (never 0, never 1)."""
    if value is None or not math.isfinite(value):
        return DASH
    shown = f"{value:.{digits}f}"
    return shown.lstrip("-") if float(shown) == 0 else shown.replace("-", "\u2212")


def percent(value: float | None) -> str:
    """A share as per cent with one digit."""
    return DASH if value is None or not math.isfinite(value) else f"{100 * value:.1f} %"


def listed(value: object) -> str:
    """A parameter or filter in words: lists with commas, mappings as "key value"."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {listed(part)}" for key, part in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(listed(part) for part in value) or "none"
    return (
        {True: "yes", False: "no", None: DASH}.get(value, str(value)) if isinstance(value, bool | None) else str(value)
    )


def ago(value: dt.datetime) -> str:
    """Near times as "5 min ago", far ones as a date."""
    seconds = (timezone.now() - value).total_seconds()
    if seconds < 0:
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if seconds < 45:
        return "just now"
    if seconds < 3600:
        return f"{max(1, round(seconds / 60))} min ago"
    if seconds < 86400:
        return f"{round(seconds / 3600)} h ago"
    return f"{timezone.localtime(value):%Y-%m-%d}"


def duration(seconds: float | None) -> str:
    """Seconds as "42 s", "3 min 5 s", "2 h 10 min"."""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"

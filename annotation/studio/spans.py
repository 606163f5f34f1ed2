"""Marked places: words by code points, regions by per cent, segments by seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.studio.controls import ROLES, Unfit
from annotation.studio.layers import FRAME_RATE

Span = dict[str, Any]
EDGE = 100.01  # per cent of an image's side, with room for rounding


@dataclass(frozen=True)
class Ground:
    """What marked words are checked against: the judged text, and the texts of the turns shown before it."""

    text: str | None = None
    turns: Sequence[str] = ()


def read_span(value: Mapping[str, Any], ground: Ground) -> Span:
    """One marked place as {role, ...}. Raises `Unfit`.

    ``start`` and ``end`` in code points of the text (in the turns before it: of ``turn`` and ``end_turn``, counted from
    0), or in seconds of sound and film; ``x``, ``y``, ``width``, ``height`` in per cent of an image.
    """
    roles = next((value[key] for key in ROLES if key in value), None)
    if not isinstance(roles, list) or len(roles) != 1 or roles[0] not in ("cause", "cue"):
        raise Unfit("unknown-class", "a marked place is neither a cause nor a cue")
    span: Span = {"role": roles[0]}
    if "paragraphlabels" in value:
        return span | _turns(value, ground.turns)
    if "ranges" in value:
        return span | _frames(value["ranges"])
    if "width" in value:
        return span | _region(value)
    start, end = _finite(value, "start"), _finite(value, "end")
    if "text" not in value or ground.text is None:
        return span | _seconds(start, end)
    first, last = _words(ground.text, int(start), int(end), str(value["text"]))
    return span | {"start": first, "end": last, "unit": "code point", "text": ground.text[first:last]}


def _words(text: str, start: int, end: int, marked: str) -> tuple[int, int]:
    """Offsets in code points. The browser may count UTF-16 units; the words it sends beside tell which it did."""
    if marked and start >= 0 and text[start:end] == marked:
        return start, end
    wide = text.encode("utf-16-le", "surrogatepass")
    if marked and start >= 0 and wide[2 * start : 2 * end] == marked.encode("utf-16-le", "surrogatepass"):
        first = len(wide[: 2 * start].decode("utf-16-le", "surrogatepass"))
        return first, first + len(marked)
    raise Unfit("span-mismatch", "marked words do not stand where they are said to stand")


def _turns(value: Mapping[str, Any], turns: Sequence[str]) -> Span:
    """Words of one turn, or from within one turn to within a later one."""
    try:
        first, last = int(value["start"]), int(value["end"])
    except (KeyError, TypeError, ValueError):
        raise Unfit("wrong-value", "a marked place names no turn") from None
    if not 0 <= first <= last < len(turns):
        raise Unfit("out-of-range", "a marked place lies in no turn that was shown")
    start, end = int(_finite(value, "startOffset")), int(_finite(value, "endOffset"))
    marked, found = str(value.get("text") or ""), {"turn": first, "unit": "code point"}
    if first == last:
        start, end = _words(turns[first], start, end, marked)
        return found | {"start": start, "end_turn": last, "end": end, "text": turns[first][start:end]}
    # Over several turns the browser joins them as it likes: only both ends can be held against what was shown.
    for wide in (False, True):
        low = _point(turns[first], start) if wide else start
        high = _point(turns[last], end) if wide else end
        tail, head = turns[first][low:].strip(), turns[last][:high].strip()
        if tail and head and marked.strip().startswith(tail) and marked.strip().endswith(head):
            return found | {"start": low, "end_turn": last, "end": high, "text": marked}
    raise Unfit("span-mismatch", "marked words do not stand where they are said to stand")


def _point(text: str, unit: int) -> int:
    """The place of a UTF-16 unit in code points."""
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * max(unit, 0)].decode("utf-16-le", "replace"))


def _seconds(start: float, end: float) -> Span:
    if not 0 <= start <= end:
        raise Unfit("out-of-range", "a marked place ends before it starts")
    return {"start": start, "end": end, "unit": "second"}


def _frames(ranges: Any) -> Span:
    """A segment of a film: Label Studio counts frames from 1 at the rate that the form states."""
    if not isinstance(ranges, list) or len(ranges) != 1 or not isinstance(ranges[0], dict):
        raise Unfit("wrong-value", "a marked segment is not one range of frames")
    first, last = _finite(ranges[0], "start"), _finite(ranges[0], "end")
    return _seconds(max(first - 1, 0) / FRAME_RATE, last / FRAME_RATE) | {"frames": [int(first), int(last)]}


def _region(value: Mapping[str, Any]) -> Span:
    box = {key: _finite(value, key) for key in ("x", "y", "width", "height")}
    inside = min(box.values()) >= 100 - EDGE and max(box["x"] + box["width"], box["y"] + box["height"]) <= EDGE
    if not inside or not box["width"] or not box["height"]:
        raise Unfit("out-of-range", "a marked region does not lie on the image")
    return box | {"unit": "per cent"}


def _finite(value: Mapping[str, Any], key: str) -> float:
    given = value.get(key)
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise Unfit("wrong-value", f"a marked place has no number as {key}")
    return float(given)

"""Marked places: words by code points, regions by per cent, segments by seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from annotation.studio.controls import SPAN_TYPES, Unfit

Span = dict[str, Any]


def read_span(value: Mapping[str, Any], text: str | None) -> Span:
    """One marked place as {role, ...}: ``start`` and ``end`` in code points of ``text``, or in seconds for sound and
    film; ``x``, ``y``, ``width``, ``height`` in per cent of an image. Raises `Unfit`."""
    roles = next((value[key] for key in SPAN_TYPES if key in value), None)
    if not isinstance(roles, list) or len(roles) != 1 or roles[0] not in ("cause", "cue"):
        raise Unfit("unknown-class", "a marked place is neither a cause nor a cue")
    span: Span = {"role": roles[0]}
    if "ranges" in value:
        return span | _frames(value["ranges"])
    if "width" in value:
        return span | {key: _finite(value, key) for key in ("x", "y", "width", "height")}
    start, end = _finite(value, "start"), _finite(value, "end")
    if "text" not in value or text is None:
        if not 0 <= start <= end:
            raise Unfit("out-of-range", "a marked place ends before it starts")
        return span | {"start": start, "end": end, "unit": "second"}
    return span | _words(text, int(start), int(end), str(value["text"]))


def _words(text: str, start: int, end: int, marked: str) -> Span:
    """Offsets in code points. The browser may count UTF-16 units; the words it sends beside tell which it did."""
    if text[start:end] == marked and marked:
        return {"start": start, "end": end, "unit": "code point", "text": marked}
    wide = text.encode("utf-16-le", "surrogatepass")
    if marked and wide[2 * start : 2 * end] == marked.encode("utf-16-le", "surrogatepass"):
        first = len(wide[: 2 * start].decode("utf-16-le", "surrogatepass"))
        return {"start": first, "end": first + len(marked), "unit": "code point", "text": marked}
    raise Unfit("span-mismatch", "marked words do not stand where they are said to stand")


def _frames(ranges: Any) -> Span:
    if not isinstance(ranges, list) or len(ranges) != 1 or not isinstance(ranges[0], dict):
        raise Unfit("wrong-value", "a marked segment is not one range of frames")
    return {"start": _finite(ranges[0], "start"), "end": _finite(ranges[0], "end"), "unit": "frame"}


def _finite(value: Mapping[str, Any], key: str) -> float:
    given = value.get(key)
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise Unfit("wrong-value", f"a marked place has no number as {key}")
    return float(given)

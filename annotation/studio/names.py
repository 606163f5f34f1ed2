"""The names that a form gives its controls: written by `forms`, read back by `results`. Nowhere else spelled out."""

from __future__ import annotations

OBJECT = "item"  # what is judged
CONTEXT = "context"  # shown before it
CAPTION = "caption"  # words beside a picture, sound or film
TOGETHER = "together"  # the field of a task that holds several items
STATE = "item-state"  # about the item as a whole
BROKEN = "broken"
NOTE = "note"
CONFIDENCE = "confidence"
NONE_APPLIES = "none-applies"
CANNOT_TELL = "cannot-tell"
RESERVED = frozenset({OBJECT, CONTEXT, CAPTION, STATE, NOTE, CONFIDENCE})
JOIN = "__"  # never part of a layer's name


def status(layer: str) -> str:
    """The control that says why a layer has no label."""
    return f"{layer}{JOIN}status"


def part(layer: str, code: int) -> str:
    """The strength of a label, or one dimension's value."""
    return f"{layer}{JOIN}{code}"


def spans(layer: str) -> str:
    """Marked places (words, regions, segments) that belong to a layer."""
    return f"{layer}{JOIN}spans"


def turns(layer: str) -> str:
    """Words marked in the turns before the judged one."""
    return f"{layer}{JOIN}turns"


def text(layer: str, field: str) -> str:
    """One free-text field of a layer's scheme."""
    return f"{layer}{JOIN}text_{field}"


def reason(layer: str) -> str:
    """Free text bound to a layer."""
    return f"{layer}{JOIN}reason"

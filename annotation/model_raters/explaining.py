"""Why a model said what it said: a reason in its own words, and the words of the text that are the cause.

A model quotes the words; where they stand is looked up in the text, in Unicode code points. A quotation that does not
stand there, letter for letter, is counted as not found: nothing is guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation.model_raters.chat import ChatAnswer, ItemFailure
from annotation.model_raters.questions import Option
from harmonize.schemes import Scheme

_CAUSE = {
    "type": "object",
    "properties": {"quote": {"type": "string"}, "nth": {"type": "integer", "enum": list(range(1, 10))}},
    "required": ["quote", "nth"],
    "additionalProperties": False,
}
_SCHEMA = {
    "type": "object",
    "properties": {"reason": {"type": "string"}, "causes": {"type": "array", "items": _CAUSE, "maxItems": 8}},
    "required": ["reason", "causes"],
    "additionalProperties": False,
}
_NAMED = {"name": "explanation", "strict": True, "schema": _SCHEMA}
FORM: dict[str, Any] = {"response_format": {"type": "json_schema", "json_schema": _NAMED}}


@dataclass(frozen=True)
class Explanation:
    """A reason; ``spans`` as people's marks are kept: {role, start, end, unit, text}; quotations ``lost``."""

    reason: str
    spans: tuple[Mapping[str, Any], ...]
    lost: tuple[str, ...]


def options(scheme: Scheme) -> tuple[Option, ...]:
    """Labels or dimensions with their definitions, for templates of stages that do not label."""
    if scheme.dimensions:
        return tuple(Option(d.id, d.name, f"from {d.low:g} to {d.high:g}") for d in scheme.dimensions)
    return tuple(Option(x.id, x.name, x.definition) for x in scheme.labels if not x.retired)


def read(answer: ChatAnswer, text: str) -> Explanation:
    """The explanation that an answer holds, its quotations looked up in ``text``. Raises `ItemFailure`."""
    if not answer.finished:
        raise ItemFailure("cut-off", "The explanation ran out of tokens.", keys=(answer.key,))
    plain = answer.text.removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        found = json.loads(plain)
        reason, causes = found["reason"], found["causes"]
        quoted = [(cause["quote"], cause.get("nth", 1)) for cause in causes]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ItemFailure("invalid-json", f"No explanation: {plain[:80]!r}.", keys=(answer.key,)) from None
    if not isinstance(reason, str) or not all(isinstance(quote, str) for quote, _ in quoted):
        raise ItemFailure("invalid-json", "A reason or a quotation is no text.", keys=(answer.key,))
    places = [(quote, place(text, quote, nth)) for quote, nth in quoted if quote]
    spans = {(start, quote): _span(start, quote) for quote, start in places if start is not None}
    lost = tuple(quote for quote, start in places if start is None)
    return Explanation(reason.strip(), tuple(spans[key] for key in sorted(spans)), lost)


def place(text: str, quote: str, nth: Any) -> int | None:
    """Where the ``nth`` (from 1) occurrence of a quotation begins, in code points; None if it does not stand there.

    >>> place("Nooo 😭 no, no!", "no", 2), place("Nooo 😭 no, no!", "NO", 1)
    (11, None)
    """
    if isinstance(nth, bool) or not isinstance(nth, int) or nth < 1 or not quote:
        return None
    start = -1
    for _ in range(min(nth, len(text) + 1)):
        start = text.find(quote, start + 1)
        if start < 0:
            return None
    return start


def _span(start: int, quote: str) -> Mapping[str, Any]:
    return {"role": "cause", "start": start, "end": start + len(quote), "unit": "code point", "text": quote}

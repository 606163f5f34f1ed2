"""Soft labels that the model states itself, as numbers under a JSON schema: checked, then renormalised or refused."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from annotation.model_raters.chat import ChatAnswer, ItemFailure
from annotation.model_raters.elicitation import Ask, Brief, Row
from annotation.model_raters.items import ShownItem
from annotation.model_raters.questions import Option, Question
from harmonize.records import Float64, Kind
from harmonize.schemes import Scheme


@dataclass(frozen=True)
class Verbalised:
    """``max_tokens`` bounds the answer; ``strict`` sends the JSON schema (off for servers without it: worse)."""

    max_tokens: int = 1200
    strict: bool = True

    @property
    def needs(self) -> frozenset[str]:
        """A JSON schema, when strict."""
        return frozenset({"json_schema"} if self.strict else ())

    @property
    def answer(self) -> str:
        """Answers are JSON."""
        return "json"

    def describe(self) -> dict[str, Any]:
        """Name and parameters."""
        return {"name": "verbalised", **asdict(self)}

    async def one(self, brief: Brief, item: ShownItem, ask: Ask) -> Row:
        """Ask about one item in one request."""
        question = rating(brief.scheme)
        parameters: dict[str, Any] = {"max_tokens": self.max_tokens, "temperature": 0}
        if self.strict:
            form = {"name": "rating", "strict": True, "schema": schema(brief.scheme)}
            parameters["response_format"] = {"type": "json_schema", "json_schema": form}
        answer = await ask(brief.request(item, question, parameters))
        return read(answer, brief.scheme)


def rating(scheme: Scheme) -> Question:
    """The question: a number for every label or dimension, under its id."""
    if scheme.kind == Kind.DIMENSION:
        options = [Option(d.id, d.name, f"{d.name}, from {d.low:g} to {d.high:g}") for d in scheme.dimensions]
        return Question("rating", "Give a number for each of these:", tuple(options))
    asks = {Kind.SINGLE: "Give each label its probability (0 to 1, summing to 1):"}
    ask = asks.get(scheme.kind, "Give the probability (0 to 1) that each label applies; several may:")
    options = [Option(x.id, x.name, x.definition or x.name) for x in scheme.labels if not x.retired]
    return Question("rating", ask, tuple(options))


def schema(scheme: Scheme) -> dict[str, Any]:
    """The JSON schema of an answer."""
    bounds = {d.id: (d.low, d.high) for d in scheme.dimensions}
    names = [*bounds] or [label.id for label in scheme.labels if not label.retired]
    numbers = {
        name: {"type": "number", "minimum": bounds.get(name, (0, 1))[0], "maximum": bounds.get(name, (0, 1))[1]}
        for name in names
    }
    return {"type": "object", "properties": numbers, "required": names, "additionalProperties": False}


def read(answer: ChatAnswer, scheme: Scheme) -> Row:
    """The row of an answer. Raises ItemFailure for cut-off or invalid JSON, wrong keys, non-finite or outlying numbers.

    Probabilities of a single choice are divided by their sum (a model's own sum may be anything); those of a set are
    taken as they are.
    """
    if not answer.finished:
        raise ItemFailure("cut-off", "The answer ran out of tokens.", "Raise max_tokens.", keys=(answer.key,))
    found = _parsed(answer)
    values = np.full(len(scheme.names), np.nan)
    wanted = schema(scheme)["properties"]
    if set(found) != set(wanted):
        odd = ", ".join(sorted(set(found) ^ set(wanted))[:5])
        raise ItemFailure("wrong-keys", f"The answer's keys differ from the scheme's: {odd}.", keys=(answer.key,))
    for name, number in found.items():
        bounds = wanted[name]
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise ItemFailure("not-a-number", f"{name} is {number!r}.", keys=(answer.key,))
        if not bounds["minimum"] <= number <= bounds["maximum"]:
            raise ItemFailure("out-of-range", f"{name} is {number}.", keys=(answer.key,))
        values[scheme.code(name)] = number
    return Row(_normalised(values, scheme, answer), (answer.key,))


def _normalised(values: Float64, scheme: Scheme, answer: ChatAnswer) -> Float64:
    if scheme.kind != Kind.SINGLE:
        return values
    total = float(np.nansum(values))
    if total <= 0:
        raise ItemFailure("no-mass", "Every probability is 0.", keys=(answer.key,))
    return values / total


def _parsed(answer: ChatAnswer) -> Mapping[str, Any]:
    """The one JSON object of an answer; a code fence around it is taken off."""
    text = answer.text.removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        found = json.loads(text, parse_constant=float)
    except ValueError:
        raise ItemFailure("invalid-json", f"Not JSON: {text[:80]!r}.", keys=(answer.key,)) from None
    if not isinstance(found, dict):
        raise ItemFailure("invalid-json", f"No JSON object: {text[:80]!r}.", keys=(answer.key,))
    return found

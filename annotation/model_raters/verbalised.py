"""Soft labels that the model states itself, as numbers under a JSON schema: checked, then renormalised or refused."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from annotation.model_raters.chat import ChatAnswer, ItemFailure
from annotation.model_raters.elicitation import Ask, Brief, Row
from annotation.model_raters.items import ShownItem
from annotation.model_raters.questions import Option, Question
from harmonize.records import Float64, Kind
from harmonize.schemes import Scheme

STRENGTH, SPREAD = "_strength", "_sd"


@dataclass(frozen=True)
class Verbalised:
    """``max_tokens`` bounds the answer; ``strict`` sends the JSON schema (off for servers without it: worse).

    ``spread``: each number on a dimension comes with the standard deviation that the model states for it.
    """

    max_tokens: int = 1200
    strict: bool = True
    spread: bool = False

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
        told = {"name": "verbalised", **asdict(self)}
        return told if self.spread else {name: value for name, value in told.items() if name != "spread"}

    async def one(self, brief: Brief, item: ShownItem, ask: Ask) -> Row:
        """Ask about one item in one request."""
        asides = brief.prompt.asides
        question = rating(brief.scheme, spread=self.spread)
        parameters: dict[str, Any] = {"max_tokens": self.max_tokens, "temperature": 0}
        if self.strict:
            form = {"name": "rating", "strict": True, "schema": schema(brief.scheme, asides, spread=self.spread)}
            parameters["response_format"] = {"type": "json_schema", "json_schema": form}
        answer = await ask(brief.request(item, question, parameters))
        return read(answer, brief.scheme, asides, spread=self.spread)


def rating(scheme: Scheme, *, spread: bool = False) -> Question:
    """The question: a number for every label or dimension, under its id; its strength or its deviation beside it."""
    options: list[Option] = []
    if scheme.kind == Kind.DIMENSION:
        for d in scheme.dimensions:
            options.append(Option(d.id, d.name, f"{d.name}, from {d.low:g} to {d.high:g}"))
            if spread:
                options.append(Option(d.id + SPREAD, "", f"how unsure you are of {d.name}, as a standard deviation"))
        return Question("rating", "Give a number for each of these:", tuple(options))
    asks = {Kind.SINGLE: "Give each label its probability (0 to 1, summing to 1):"}
    ask = asks.get(scheme.kind, "Give the probability (0 to 1) that each label applies; several may:")
    for label in (x for x in scheme.labels if not x.retired):
        options.append(Option(label.id, label.name, label.definition or label.name))
        if scheme.kind == Kind.INTENSITY:
            steps = ", ".join(f"{k} {name}" for k, name in enumerate(scheme.levels))
            options.append(Option(label.id + STRENGTH, "", f"how strong {label.name} is: {steps}"))
    return Question("rating", ask, tuple(options))


def schema(scheme: Scheme, asides: Sequence[str] = (), *, spread: bool = False) -> dict[str, Any]:
    """The JSON schema of an answer: texts first, as what is written first is what the numbers rest on."""
    bounds: dict[str, tuple[float, float]] = {}
    for d in scheme.dimensions:
        bounds[d.id] = (d.low, d.high)
        if spread:
            bounds[d.id + SPREAD] = (0, d.high - d.low)
    for label in (x for x in scheme.labels if not x.retired and not scheme.dimensions):
        bounds[label.id] = (0, 1)
        if scheme.kind == Kind.INTENSITY:
            bounds[label.id + STRENGTH] = (0, len(scheme.levels) - 1)
    texts: dict[str, Any] = {name: {"type": "string"} for name in asides}
    numbers = {name: {"type": "number", "minimum": low, "maximum": high} for name, (low, high) in bounds.items()}
    names = [*texts, *numbers]
    return {"type": "object", "properties": texts | numbers, "required": names, "additionalProperties": False}


def read(answer: ChatAnswer, scheme: Scheme, asides: Sequence[str] = (), *, spread: bool = False) -> Row:
    """The row of an answer. Raises ItemFailure for cut-off or invalid JSON, wrong keys, non-finite or outlying numbers.

    Probabilities of a single choice are divided by their sum (a model's own sum may be anything); those of a set are
    taken as they are.
    """
    if not answer.finished:
        raise ItemFailure("cut-off", "The answer ran out of tokens.", "Raise max_tokens.", keys=(answer.key,))
    found = _parsed(answer)
    wanted = schema(scheme, asides, spread=spread)["properties"]
    if set(found) != set(wanted):
        odd = ", ".join(sorted(set(found) ^ set(wanted))[:5])
        raise ItemFailure("wrong-keys", f"The answer's keys differ from the scheme's: {odd}.", keys=(answer.key,))
    texts = {name: str(found[name]) for name in asides}
    numbers = {name: _number(name, found[name], wanted[name], answer) for name in wanted if name not in asides}

    def column(ending: str) -> Float64:
        return np.asarray([numbers.get(name + ending, np.nan) for name in scheme.names])

    return Row(
        _normalised(column(""), scheme, answer),
        (answer.key,),
        spread=column(SPREAD) if spread and scheme.dimensions else None,
        strengths=column(STRENGTH) if scheme.kind == Kind.INTENSITY else None,
        notes={"asides": texts} if texts else {},
    )


def _number(name: str, number: Any, bounds: Mapping[str, Any], answer: ChatAnswer) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise ItemFailure("not-a-number", f"{name} is {number!r}.", keys=(answer.key,))
    if not bounds["minimum"] <= number <= bounds["maximum"]:
        raise ItemFailure("out-of-range", f"{name} is {number}.", keys=(answer.key,))
    return float(number)


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

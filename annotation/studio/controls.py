"""The controls of a form by name, and the values that each may carry."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.studio import names
from annotation.studio.layers import Layer, steps
from harmonize.records import Kind

SPAN_TYPES = ("labels", "rectanglelabels", "timelinelabels")
ROLES = ("labels", "paragraphlabels", "rectanglelabels", "timelinelabels")  # where each kind names the mark's role


class Unfit(Exception):
    """A value that its control cannot have given: a code and a sentence."""

    def __init__(self, code: str, what: str) -> None:
        self.code, self.what = code, what
        super().__init__(what)


@dataclass(frozen=True)
class Control:
    """One control: the result types it may send, how to read its value, whether it may come more than once, and the
    object that it is about."""

    types: tuple[str, ...]
    read: Callable[[Mapping[str, Any]], Any]
    many: bool = False
    about: str = names.OBJECT


def controls(layers: Sequence[Layer]) -> dict[str, Control]:
    """Every control that a form of these layers has, by name."""
    known = {
        names.STATE: Control(("choices",), _choices({names.BROKEN: names.BROKEN})),
        names.NOTE: Control(("textarea",), _text),
        names.CONFIDENCE: Control(("rating",), _rating(5)),
    }
    for layer in layers:
        known |= _of_layer(layer)
    return known


def _of_layer(layer: Layer) -> dict[str, Control]:
    scheme = layer.scheme
    said = {names.CANNOT_TELL: names.CANNOT_TELL}
    known: dict[str, Control] = {names.reason(layer.name): Control(("textarea",), _text)}
    known |= {names.text(layer.name, field.id): Control(("textarea",), _text) for field in scheme.texts}
    if layer.spans:
        known[names.spans(layer.name)] = Control(SPAN_TYPES, dict, many=True)
        known[names.turns(layer.name)] = Control(("paragraphlabels",), dict, many=True, about=names.CONTEXT)
    if scheme.kind == Kind.DIMENSION:
        for code, dimension in enumerate(scheme.dimensions):
            count = steps(dimension)
            number = Control(("number",), _number(dimension.low, dimension.high))
            known[names.part(layer.name, code)] = Control(("rating",), _rating(count)) if count else number
    else:
        said[names.NONE_APPLIES] = names.NONE_APPLIES
        known[layer.name] = Control(("choices",), _choices({x.id: x.code for x in scheme.labels if not x.retired}))
    if scheme.kind == Kind.INTENSITY:
        for label in scheme.labels:
            known[names.part(layer.name, label.code)] = Control(("rating",), _rating(len(scheme.levels) - 1))
    known[names.status(layer.name)] = Control(("choices",), _choices(said))
    return known


def _choices(meaning: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], list[Any]]:
    def read(value: Mapping[str, Any]) -> list[Any]:
        chosen = value.get("choices")
        if not isinstance(chosen, list) or not all(isinstance(name, str) for name in chosen):
            raise Unfit("wrong-value", "its choices are not a list of names")
        if unknown := [name for name in chosen if name not in meaning]:
            raise Unfit("unknown-class", f"it has no class {unknown[0]!r}")
        if len(set(chosen)) < len(chosen):
            raise Unfit("repeated-class", "it names a class twice")
        return [meaning[name] for name in chosen]

    return read


def _rating(top: int) -> Callable[[Mapping[str, Any]], int]:
    def read(value: Mapping[str, Any]) -> int:
        given = value.get("rating")
        if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= top:
            raise Unfit("out-of-range", f"its value is not a whole number from 1 to {top}")
        return given

    return read


def _number(low: float, high: float) -> Callable[[Mapping[str, Any]], float]:
    def read(value: Mapping[str, Any]) -> float:
        given = value.get("number")
        if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
            raise Unfit("wrong-value", "its value is not a number")
        if not low <= given <= high:
            raise Unfit("out-of-range", f"its value is not from {low:g} to {high:g}")
        return float(given)

    return read


def _text(value: Mapping[str, Any]) -> str:
    given = value.get("text")
    lines = [given] if isinstance(given, str) else given
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise Unfit("wrong-value", "its text is not text")
    return "\n".join(lines).strip()

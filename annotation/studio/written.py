"""From answers to what Label Studio would have sent: recorded answers and suggestions; the inverse of `results`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from annotation.studio import names
from annotation.studio.layers import Layer, steps
from annotation.studio.results import Answer
from harmonize.problems import ChoraleError
from harmonize.records import Kind, Status

Entry = dict[str, Any]
SAID = {Status.NONE_APPLIES: names.NONE_APPLIES, Status.CANNOT_TELL: names.CANNOT_TELL}


def write_result(answers: Sequence[Answer], layers: Sequence[Layer]) -> list[Entry]:
    """The ``result`` of an annotation that gives these answers; `results.parse_result` reads the same back.

    Raises `ChoraleError("answer-layer")` for an answer to a layer that the form lacks, and "answer-skipped" for a
    skipped one: skipping is a flag of the annotation, not a result.
    """
    known = {layer.name: layer for layer in layers}
    entries: list[Entry] = []
    for answer in answers:
        if answer.layer not in known:
            raise ChoraleError("answer-layer", f"The form has no layer {answer.layer!r}.")
        if answer.status == Status.SKIPPED:
            raise ChoraleError("answer-skipped", "A skipped item has no result.", "Submit it as cancelled.")
        if answer.status == Status.BROKEN:
            return [_choices(names.STATE, [names.BROKEN])]
        entries += _of_layer(answer, known[answer.layer])
    return entries


def _of_layer(answer: Answer, layer: Layer) -> list[Entry]:
    scheme = layer.scheme
    if answer.status in SAID:
        entries = [_choices(names.status(layer.name), [SAID[answer.status]])]
    elif scheme.kind == Kind.DIMENSION:
        entries = _values(answer, layer)
    else:
        entries = [_choices(layer.name, [scheme.names[code] for code in answer.labels or ()])]
        for code, strength in zip(answer.labels or (), answer.strengths or (), strict=False):
            entries.append(_entry(names.part(layer.name, code), "rating", {"rating": round(strength)}))
    for field, text in answer.texts.items():
        entries.append(_entry(names.text(layer.name, field), "textarea", {"text": [text]}))
    if answer.reason:
        entries.append(_entry(names.reason(layer.name), "textarea", {"text": [answer.reason]}))
    return entries


def _values(answer: Answer, layer: Layer) -> list[Entry]:
    entries = []
    for code, (dimension, value) in enumerate(zip(layer.scheme.dimensions, answer.values or (), strict=True)):
        if math.isnan(value):
            continue
        name = names.part(layer.name, code)
        if steps(dimension):
            step = round((value - dimension.low) / (dimension.step or 1.0)) + 1
            entries.append(_entry(name, "rating", {"rating": step}))
        else:
            entries.append(_entry(name, "number", {"number": value}))
    return entries


def _choices(name: str, chosen: list[str]) -> Entry:
    return _entry(name, "choices", {"choices": chosen})


def _entry(name: str, kind: str, value: dict[str, Any]) -> Entry:
    return {"from_name": name, "to_name": names.OBJECT, "type": kind, "value": value}

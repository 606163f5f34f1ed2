"""From what Label Studio sends back to answers, one a layer, or to all that is wrong with it.

Label Studio enforces nothing on its server (required fields, classes, ranges), so everything is checked here, both when
a rater submits (the proxy) and when an answer arrives (the sync). An answer with any problem gives no judgment at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.studio import names
from annotation.studio.comparing import letter_twice
from annotation.studio.controls import Control, Unfit, controls
from annotation.studio.layers import Layer, steps
from annotation.studio.spans import Ground, Span, read_span
from harmonize.problems import Problem
from harmonize.records import Kind, Status

ORIGINS = ("manual", "prediction", "prediction-changed")
FIX = {
    "empty": "Answer every required question, or choose none or cannot tell.",
    "unknown-class": "Use only the classes that the form offers.",
    "too-many-labels": "Choose one label.",
    "strength-missing": "Say for each chosen label how strong it is.",
    "text-missing": "Write a few words.",
    "letter-twice": "Choose another letter in one of them.",
}


@dataclass(frozen=True)
class Answer:
    """What was said in one layer: ``labels`` are codes with ``strengths`` beside them (INTENSITY), or ``values`` one a
    dimension on the native range, NaN where not given; ``texts`` holds the scheme's free texts that were written."""

    layer: str
    status: Status
    labels: tuple[int, ...] | None = None
    strengths: tuple[float, ...] | None = None
    values: tuple[float, ...] | None = None
    spans: tuple[Span, ...] = ()
    reason: str = ""
    origin: str = "manual"
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parsed:
    """Answers in the order of the layers (an optional layer left open has none), or problems, never both."""

    answers: tuple[Answer, ...] = ()
    problems: tuple[Problem, ...] = ()
    confidence: int | None = None
    note: str = ""

    @property
    def origin(self) -> str:
        """How the whole came to be: as suggested, a suggestion changed, or by hand."""
        return whole(answer.origin for answer in self.answers)


def whole(origins: Iterable[str]) -> str:
    """How something came to be whose parts came to be like this."""
    kinds = set(origins)
    if kinds <= {"manual"}:
        return "manual"
    return "prediction" if kinds == {"prediction"} else "prediction-changed"


@dataclass
class _Sheet:
    """The values by control name, the origins, and the problems found on the way."""

    where: str
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def fault(self, code: str, what: str) -> None:
        fix = FIX.get(code, "Answer in Chorale's own form.")
        self.problems.append(Problem(self.where, f"{what}.", fix, code))


def parse_result(
    result: Any,
    layers: Sequence[Layer],
    *,
    skipped: bool = False,
    text: str | None = None,
    turns: Sequence[str] = (),
    where: str = "answer",
) -> Parsed:
    """Answers of one Label Studio annotation's ``result`` under a form's layers; ``text`` is the judged text, ``turns``
    those before it, against which marked words are checked. ``skipped``: the rater pressed Skip, so whatever was filled
    in does not count."""
    if skipped:
        return Parsed(tuple(Answer(layer.name, Status.SKIPPED) for layer in layers))
    sheet = _read(result, layers, Ground(text, turns), where)
    if names.BROKEN in sheet.values.get(names.STATE, []) and not sheet.problems:
        note = sheet.values.get(names.NOTE, "")
        return Parsed(tuple(Answer(layer.name, Status.BROKEN) for layer in layers), note=note)
    answers = _answers(sheet, layers)
    if not any(answers) and not sheet.problems:
        sheet.fault("empty", "nothing was answered")
    if letter_twice([(layer.scheme, a.labels or ()) for layer, a in zip(layers, answers, strict=True) if a]):
        sheet.fault("letter-twice", "one letter answers two questions")
    if sheet.problems:
        return Parsed(problems=tuple(sheet.problems))
    given = tuple(answer for answer in answers if answer is not None)
    return Parsed(given, confidence=sheet.values.get(names.CONFIDENCE), note=sheet.values.get(names.NOTE, ""))


def _answers(sheet: _Sheet, layers: Sequence[Layer]) -> list[Answer | None]:
    """One a layer, in order. A layer whose condition does not hold is hidden: what stands there does not count."""
    said: dict[str, list[str]] = {}
    found: list[Answer | None] = []
    for layer in layers:
        if layer.when is not None and not layer.when.holds(said):
            found.append(None)
            continue
        found.append(answer := _answer(sheet, layer))
        if answer is not None:
            said[layer.name] = [layer.scheme.names[code] for code in answer.labels or ()]
    return found


def _texts(sheet: _Sheet, layer: Layer, chosen: Sequence[str], *, demanded: bool = True) -> dict[str, str]:
    """The free texts that were asked for and written; a required one that is missing is at fault if ``demanded``."""
    found = {}
    for asked in layer.scheme.texts:
        if asked.when and not set(asked.when) & set(chosen):
            continue
        if text := sheet.values.get(names.text(layer.name, asked.id), ""):
            found[asked.id] = text
        elif asked.required and demanded and not sheet.problems:
            sheet.fault("text-missing", f"{layer.name}: {asked.question}")
    return found


def _read(result: Any, layers: Sequence[Layer], ground: Ground, where: str) -> _Sheet:
    sheet, known = _Sheet(where), controls(layers)
    if not isinstance(result, list) or not all(isinstance(entry, Mapping) for entry in result):
        sheet.fault("result-shape", "the result is not a list of controls with values")
        return sheet
    for entry in result:
        name, value = entry.get("from_name"), entry.get("value")
        control = known.get(name) if isinstance(name, str) else None
        if control is None or entry.get("to_name") not in (control.about, None):
            sheet.fault("unknown-control", f"the form has no control {str(name)[:60]!r} for this object")
        elif entry.get("type") not in control.types or not isinstance(value, Mapping):
            sheet.fault("wrong-type", f"{name} was answered by {str(entry.get('type'))[:40]!r}")
        elif name in sheet.values and not control.many:
            sheet.fault("repeated-control", f"{name} was answered twice")
        else:
            _take(sheet, entry, str(name), control, ground)
    return sheet


def _take(sheet: _Sheet, entry: Mapping[str, Any], name: str, control: Control, ground: Ground) -> None:
    origin = entry.get("origin") or "manual"
    if origin not in ORIGINS:
        sheet.fault("unknown-origin", f"{name} has an unknown origin")
        return
    try:
        if control.many:
            sheet.values.setdefault(name, []).append(read_span(entry["value"], ground))
        else:
            sheet.values[name] = control.read(entry["value"])
            sheet.origins[name] = origin
    except Unfit as unfit:
        sheet.fault(unfit.code, f"{name}: {unfit.what}")


def _answer(sheet: _Sheet, layer: Layer) -> Answer | None:
    """The answer to one layer, or None where an optional one was left open or a required one is at fault."""
    said = sheet.values.get(names.status(layer.name), [])
    if len(said) > 1:
        sheet.fault("too-many-labels", f"{layer.name}: both none and cannot tell were chosen")
        return None
    beside = {
        "spans": _marked(sheet, layer),
        "reason": sheet.values.get(names.reason(layer.name), ""),
        "origin": _origin(sheet, layer),
    }
    if said:  # what the form hides then does not count
        status = Status.NONE_APPLIES if said[0] == names.NONE_APPLIES else Status.CANNOT_TELL
        labels: tuple[int, ...] | None = None if layer.scheme.kind == Kind.DIMENSION else ()
        texts = _texts(sheet, layer, (), demanded=False)
        return Answer(layer.name, status, labels=labels, **beside, texts=texts)
    if layer.scheme.kind == Kind.DIMENSION:
        return _dimensional(sheet, layer, beside)
    return _categorical(sheet, layer, beside)


def _marked(sheet: _Sheet, layer: Layer) -> tuple[Span, ...]:
    """The layer's marked places; one that was marked twice is one."""
    found: list[Span] = []
    for name in (names.turns(layer.name), names.spans(layer.name)):
        for span in sheet.values.get(name, ()):
            found += [] if span in found else [span]
    return tuple(found)


def _categorical(sheet: _Sheet, layer: Layer, beside: Mapping[str, Any]) -> Answer | None:
    labels = tuple(sorted(sheet.values.get(layer.name, ())))
    if not labels:
        if layer.required and not sheet.problems:
            sheet.fault("empty", f"{layer.name} was not answered")
        return None
    if layer.scheme.kind == Kind.SINGLE and len(labels) > 1:
        sheet.fault("too-many-labels", f"{layer.name} takes one label and has {len(labels)}")
        return None
    beside = {**beside, "texts": _texts(sheet, layer, [layer.scheme.names[code] for code in labels])}
    if layer.scheme.kind != Kind.INTENSITY:
        return Answer(layer.name, Status.ANSWERED, labels=labels, **beside)
    given = [sheet.values.get(names.part(layer.name, code)) for code in labels]
    if None in given:
        sheet.fault("strength-missing", f"{layer.name}: a chosen label has no strength")
        return None
    strengths = tuple(float(strength) for strength in given if strength is not None)
    return Answer(layer.name, Status.ANSWERED, labels=labels, strengths=strengths, **beside)


def _dimensional(sheet: _Sheet, layer: Layer, beside: Mapping[str, Any]) -> Answer | None:
    values: list[float] = []
    for code, dimension in enumerate(layer.scheme.dimensions):
        given = sheet.values.get(names.part(layer.name, code))
        if given is None:
            values.append(math.nan)
        elif steps(dimension):
            values.append(dimension.low + (given - 1) * (dimension.step or 1.0))
        else:
            values.append(float(given))
    missing = [d.id for d, value in zip(layer.scheme.dimensions, values, strict=True) if math.isnan(value)]
    if missing and layer.required:
        if not sheet.problems:
            sheet.fault("empty", f"{layer.name}: {', '.join(missing)} was not answered")
        return None
    if len(missing) == len(values):
        return None
    return Answer(layer.name, Status.ANSWERED, values=tuple(values), **beside, texts=_texts(sheet, layer, ()))


def _origin(sheet: _Sheet, layer: Layer) -> str:
    own = (layer.name, f"{layer.name}{names.JOIN}")
    return whole(kind for name, kind in sheet.origins.items() if name == own[0] or name.startswith(own[1]))

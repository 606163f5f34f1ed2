"""A form in further languages: its questions, its schemes' names and its warning, said by the ids that stay the same.

A form's ``wording`` holds one table a language (BCP 47), such as this of a TOML file; all of it is optional:

    [wording.de]
    warning = "Einige Texte handeln von Gewalt."
    questions = { emotion = "Was fühlt die Person?" }      # by layer
    words = { "form.why" = "Wieso?" }                      # fixed words of the form (annotation.studio.words)
    [wording.de.schemes.ekman-6]                           # by scheme, whatever its version
    labels = { joy = "Freude" }                            # names by label id; `definitions` likewise
    # also levels = [...], dimensions = { valence = { name, low_name, high_name } }, texts = { id = "question" }
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol

from harmonize.languages import TAG, chain, nearest, proper
from harmonize.schemes.scheme import Scheme

PARTS = ("warning", "questions", "schemes", "words")
OF_SCHEME = ("labels", "definitions", "levels", "dimensions", "texts")
OF_DIMENSION = ("name", "low_name", "high_name")
Told = Mapping[str, Any]


class Asked(Protocol):
    """A layer, as far as its words go (`harmonize.schemes.Layer`)."""

    @property
    def name(self) -> str:
        """By which its question is told."""

    @property
    def question(self) -> str:
        """As it was written."""

    @property
    def scheme(self) -> Scheme:
        """Its labels or dimensions."""


class Warned(Protocol):
    """Whatever has a warning as it was written, and a wording in further languages."""

    @property
    def warning(self) -> str:
        """As it was written."""

    @property
    def wording(self) -> Mapping[str, Told]:
        """By language."""


class Worded(Warned, Protocol):
    """A form, as far as its words go (`harmonize.schemes.Form`)."""

    @property
    def layers(self) -> tuple[Asked, ...]:
        """Its questions."""

    @property
    def language(self) -> str:
        """In which it was written."""

    @property
    def guidelines(self) -> str:
        """As they were written."""

    @property
    def translations(self) -> Mapping[str, str]:
        """The guidelines in further languages."""


def scheme_in(scheme: Scheme, told: Told) -> Scheme:
    """The scheme with the names that are told by its ids."""
    names, definitions, texts = told.get("labels", {}), told.get("definitions", {}), told.get("texts", {})
    return replace(
        scheme,
        labels=tuple(
            replace(x, name=names.get(x.id, x.name), definition=definitions.get(x.id, x.definition))
            for x in scheme.labels
        ),
        dimensions=tuple(replace(x, **told.get("dimensions", {}).get(x.id, {})) for x in scheme.dimensions),
        levels=tuple(told.get("levels", scheme.levels)),
        texts=tuple(replace(x, question=texts.get(x.id, x.question)) for x in scheme.texts),
    )


def own_words(wording: Mapping[str, Told], tag: str) -> dict[str, str]:
    """The fixed words that a form's wording brings for a language, by key."""
    return flat((nearest(wording, tag) or {}).get("words", {}))


def warning_in(form: Warned, tag: str) -> str:
    """What raters of a language are told before the first item."""
    return str((nearest(form.wording, tag) or {}).get("warning") or form.warning)


def untold(form: Worded, tag: str) -> list[str]:
    """What raters of a language read in another one, part by part: "the question of emotion"."""
    told = nearest(form.wording, tag) or {}
    found = []
    if not _same(form.language, tag):
        found = [f"the question of {x.name}" for x in form.layers if x.name not in told.get("questions", {})]
        if form.warning and not told.get("warning"):
            found.append("the warning")
        if form.guidelines and nearest(form.translations, tag) is None:
            found.append("the guidelines")
    for scheme in {layer.scheme.id: layer.scheme for layer in form.layers}.values():
        if not _same(scheme.language, tag):
            found += _untold_of(scheme, told.get("schemes", {}).get(scheme.id, {}))
    return found


def blank(form: Worded) -> dict[str, Any]:
    """The wording of a form as it was written, to be said in another language by whoever fills it in."""
    schemes = {layer.scheme.id: layer.scheme for layer in form.layers}
    whole = {
        "warning": form.warning,
        "questions": {layer.name: layer.question for layer in form.layers},
        "schemes": {name: _blank_of(scheme) for name, scheme in schemes.items()},
    }
    return {key: value for key, value in whole.items() if value}


def faults(form: Worded) -> Iterator[str]:
    """What is wrong with a form's wording: which language, which part, and what of it there is not."""
    layers = {layer.name: layer for layer in form.layers}
    for tag, told in form.wording.items():
        if not TAG.fullmatch(tag):
            yield f"wording: {tag!r} is no tag of a language, such as de or pt-BR."
        elif tag != proper(tag):
            yield f"wording: {tag!r} is written {proper(tag)!r}."
        if not isinstance(told, Mapping):
            yield f"wording.{tag} is no table."
            continue
        for what in _faults_of(told, layers):
            yield f"wording.{tag}: {what}"


def flat(tables: Told) -> dict[str, str]:
    """Texts by one key each, whether they are written as ``part.key`` or as a table within a table.

    >>> flat({"form": {"why": "Varför?"}, "form.note": "Något mer?"})
    {'form.why': 'Varför?', 'form.note': 'Något mer?'}
    """
    return dict(_flat(tables, ""))


def _flat(tables: Told, before: str) -> Iterator[tuple[str, str]]:
    for key, value in tables.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", str(value)


def _blank_of(scheme: Scheme) -> dict[str, Any]:
    shown = [label for label in scheme.labels if not label.retired]
    whole: dict[str, Any] = {
        "labels": {label.id: label.name for label in shown},
        "definitions": {label.id: label.definition for label in shown if label.definition},
        "levels": list(scheme.levels),
        "dimensions": {x.id: {k: getattr(x, k) for k in OF_DIMENSION if getattr(x, k)} for x in scheme.dimensions},
        "texts": {text.id: text.question for text in scheme.texts},
    }
    return {key: value for key, value in whole.items() if value}


def _untold_of(scheme: Scheme, told: Told) -> Iterator[str]:
    for part, asked in _blank_of(scheme).items():
        if part == "levels":
            missing = 0 if told.get("levels") else len(asked)
        else:
            missing = len(set(asked) - set(told.get(part, {})))
        if missing:
            yield f"{missing} of the {part} of {scheme.id}"


def _faults_of(told: Told, layers: Mapping[str, Asked]) -> Iterator[str]:
    yield from _unknown(told, PARTS, "part")
    if "warning" in told and not isinstance(told["warning"], str):
        yield "the warning is no text."
    yield from _texts(told.get("questions", {}), layers, "questions", "layer")
    if not isinstance(told.get("words", {}), Mapping):
        yield "words is no table."
    schemes = {layer.scheme.id: layer.scheme for layer in layers.values()}
    by_scheme = told.get("schemes", {})
    if not isinstance(by_scheme, Mapping):
        yield "schemes is no table."
        return
    yield from _unknown(by_scheme, schemes, "scheme")
    for name in by_scheme.keys() & schemes.keys():
        if not isinstance(by_scheme[name], Mapping):
            yield f"schemes.{name} is no table."
            continue
        for what in _faults_of_scheme(by_scheme[name], schemes[name]):
            yield f"schemes.{name}: {what}"


def _faults_of_scheme(told: Told, scheme: Scheme) -> Iterator[str]:
    labels = [label.id for label in scheme.labels]
    yield from _unknown(told, OF_SCHEME, "part")
    yield from _texts(told.get("labels", {}), labels, "labels", "label")
    yield from _texts(told.get("definitions", {}), labels, "definitions", "label")
    yield from _texts(told.get("texts", {}), [text.id for text in scheme.texts], "texts", "text field")
    levels = told.get("levels", scheme.levels)
    if isinstance(levels, str) or len(levels) != len(scheme.levels) or not all(isinstance(x, str) for x in levels):
        yield f"levels must name all {len(scheme.levels)} strengths, from {scheme.levels[:1] or '0'} up."
    dimensions = told.get("dimensions", {})
    if not isinstance(dimensions, Mapping):
        yield "dimensions is no table."
        return
    yield from _unknown(dimensions, [x.id for x in scheme.dimensions], "dimension")
    for name, parts in dimensions.items():
        yield from _texts(parts, OF_DIMENSION, f"dimensions.{name}", "part")


def _texts(told: Any, known: Iterable[str], where: str, kind: str) -> Iterator[str]:
    if not isinstance(told, Mapping):
        yield f"{where} is no table of texts."
        return
    for what in _unknown(told, known, kind):
        yield f"{where}: {what}"
    for key, text in told.items():
        if not isinstance(text, str) or not text.strip():
            yield f"{where}: {key} has no text."


def _unknown(told: Told, known: Iterable[str], kind: str) -> Iterator[str]:
    names = list(known)
    for key in sorted(set(told) - set(names)):
        shown = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
        yield f"there is no {kind} {key!r}; known: {shown or 'none'}."


def _same(one: str, other: str) -> bool:
    return chain(one)[-1] == chain(other)[-1]

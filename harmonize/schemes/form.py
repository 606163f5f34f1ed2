"""A form: several questions in order, each a scheme asked from one perspective, some only after certain answers.

One definition yields what people are asked (`annotation.studio.form_xml`), what a model is asked (`Form.prompt`, and
`annotation.model_raters.briefs` for one brief a layer) and the type of what is kept (`Form.arrow_schema`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from harmonize.languages import nearest
from harmonize.problems import ChoraleError, Problem
from harmonize.records import Kind
from harmonize.schemes import wording
from harmonize.schemes.files import check as check_scheme
from harmonize.schemes.files import load
from harmonize.schemes.scheme import Scheme

PERSPECTIVES = (
    "writer", "reader", "self", "partner", "actor-intended", "perceived", "evoked", "platform-native",
)  # fmt: skip
MODALITIES = ("text", "image", "audio", "video")  # by which alone a question may be answered


@dataclass(frozen=True, slots=True)
class When:
    """A layer is asked only if an earlier layer's answer holds one of these labels."""

    layer: str
    labels: tuple[str, ...]

    @staticmethod
    def from_dict(data: Mapping[str, Any] | None) -> When | None:
        """From a file's or a row's values; None for none, which means always."""
        return When(str(data.get("layer", "")), tuple(data.get("labels", ()))) if data else None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"layer": self.layer, "labels": list(self.labels)}

    def holds(self, said: Mapping[str, Collection[str]]) -> bool:
        """Whether the answers so far, label ids by layer, ask for it. A layer that was not answered holds no label."""
        return not set(self.labels).isdisjoint(said.get(self.layer, ()))


@dataclass(frozen=True)
class Layer:
    """One question: a scheme asked from one perspective, with what may be given besides the label itself.

    ``spans``: places may be marked for it (words, regions, segments); ``reason``: free text may be given; ``when``: it
    is asked only then, and unasked is not unanswered; ``modality``: the one modality of the item to judge by, such as
    the sound of a film, or "" for the item as it is shown.
    """

    name: str
    scheme: Scheme
    perspective: str
    question: str
    required: bool = True
    spans: bool = False
    reason: bool = False
    when: When | None = None
    modality: str = ""


@dataclass(frozen=True)
class Form:
    """A versioned, ordered list of layers; a changed form is a new version.

    ``confidence``: raters say how sure they are; ``warning``: what they are told before the first item;
    ``translations``: the guidelines in further languages, by BCP 47 tag; ``wording``: its questions and names likewise
    (`harmonize.schemes.wording`).
    """

    id: str
    version: str
    title: str
    layers: tuple[Layer, ...]
    guidelines: str = ""
    language: str = "en"
    confidence: bool = False
    warning: str = ""
    translations: Mapping[str, str] = field(default_factory=dict, hash=False)
    wording: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    own: tuple[str, ...] = field(default=(), compare=False)  # refs of the schemes that its file defines itself

    @property
    def ref(self) -> str:
        """The form and its version, "id@version"."""
        return f"{self.id}@{self.version}"

    def guidelines_in(self, language: str) -> str:
        """The guidelines in a language, its region apart, or else as the form was written."""
        return nearest(self.translations, language) or self.guidelines

    def in_language(self, language: str) -> Form:
        """The form as raters of a language read it, or as it was written; ids, and so answers, stay what they are."""
        told = nearest(self.wording, language) or {}
        questions, schemes = told.get("questions", {}), told.get("schemes", {})
        layers = tuple(
            replace(
                layer,
                question=questions.get(layer.name, layer.question),
                scheme=wording.scheme_in(layer.scheme, schemes.get(layer.scheme.id, {})),
            )
            for layer in self.layers
        )
        warning = wording.warning_in(self, language)
        return replace(self, layers=layers, warning=warning, guidelines=self.guidelines_in(language))

    def asked(self, said: Mapping[str, Collection[str]]) -> tuple[str, ...]:
        """The names of the layers to ask after these answers (label ids by layer), in order."""
        return tuple(layer.name for layer in self.layers if layer.when is None or layer.when.holds(said))

    def prompt(self) -> str:
        """The whole form as a model reads it: each layer's question, whose emotion, its condition, its labels."""
        return "\n\n".join(_section(number, layer) for number, layer in enumerate(self.layers, 1))

    def arrow_schema(self) -> pa.Schema:
        """The Arrow (and so Parquet) schema of responses: item, rater, and one struct a layer.

        A layer's struct is `Scheme.record_type`; it is null where the layer was not asked. Labels and conditions travel
        in the field's metadata.
        """
        fields = [pa.field("item", pa.string(), nullable=False), pa.field("rater", pa.string())]
        for layer in self.layers:
            told = {"chorale.scheme": layer.scheme.ref, "chorale.perspective": layer.perspective}
            if layer.when is not None:
                told["chorale.when"] = f"{layer.when.layer}: {', '.join(layer.when.labels)}"
            fields.append(pa.field(layer.name, layer.scheme.record_type(), metadata=told))
        return pa.schema(fields, metadata={"chorale.form": self.ref})

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, without empty fields; inverse of `form_from_dict`."""
        owned = {layer.scheme.ref: layer.scheme.to_dict() for layer in self.layers if layer.scheme.ref in self.own}
        whole = {
            "id": self.id, "version": self.version, "title": self.title, "guidelines": self.guidelines,
            "language": self.language, "confidence": self.confidence, "warning": self.warning,
            "translations": dict(self.translations),
            "wording": {tag: dict(told) for tag, told in self.wording.items()}, "schemes": list(owned.values()),
            "layers": [_row(x) for x in self.layers],
        }  # fmt: skip
        return {key: value for key, value in whole.items() if value}


def form_from_dict(data: Mapping[str, Any], find: Callable[[str], Scheme] = load) -> Form:
    """A form from the values of a TOML or JSON file; ``schemes`` there are the form's own, others come from ``find``.

    Raises `ChoraleError("form-definition")` naming every fault found.
    """
    own = {scheme.ref: scheme for scheme in (Scheme.from_dict(row) for row in data.get("schemes", ()))}
    faults = [str(problem) for scheme in own.values() for problem in check_scheme(scheme)]
    known = {*_TEXTS, "confidence", "translations", "wording", "schemes", "layers"}
    faults += [f"unknown field {key!r}" for key in sorted(set(data) - known)]
    layers = [_layer(row, own, find, faults) for row in data.get("layers", ())]
    texts = {key: str(data.get(key, default)) for key, default in _TEXTS.items()}
    told = data.get("translations") or {}
    if not isinstance(told, Mapping) or not all(isinstance(text, str) for text in told.values()):
        faults.append("translations are no table of texts by language")
        told = {}
    worded = data.get("wording") or {}
    if not isinstance(worded, Mapping):
        faults.append("wording is no table of tables by language")
        worded = {}
    made = Form(
        **texts, layers=tuple(x for x in layers if x is not None), confidence=bool(data.get("confidence", False)),
        translations=dict(told), wording=dict(worded), own=tuple(own),
    )  # fmt: skip
    faults += [str(problem) for problem in check_form(made)]
    if faults:
        raise ChoraleError("form-definition", f"Form {data.get('id', '?')}: {'; '.join(faults)}")
    return made


def check_form(form: Form) -> list[Problem]:
    """What is wrong with a form, all at once; an empty list means that it may be used."""
    found: list[Problem] = []

    def fault(what: str, fix: str) -> None:
        found.append(Problem(form.ref, what, fix, "form-definition"))

    if not form.id or not form.version or set("@:/ \t") & set(form.id):
        fault(f"The id {form.id!r} or version {form.version!r} will not do.", "No spaces, @, : or / in an id.")
    if not form.layers:
        fault("A form needs at least one layer.", "Add a layer.")
    earlier: dict[str, Layer] = {}
    for layer in form.layers:
        if not layer.name or layer.name in earlier:
            fault(f"The layer name {layer.name!r} is empty or taken.", "Give each layer a name of its own.")
        if layer.perspective not in PERSPECTIVES:
            fault(f"{layer.name}: no perspective {layer.perspective!r}.", f"One of {', '.join(PERSPECTIVES)}.")
        if layer.modality and layer.modality not in MODALITIES:
            fault(f"{layer.name}: no modality {layer.modality!r}.", f"One of {', '.join(MODALITIES)}, or none.")
        if layer.when is not None:
            for what in condition_faults(layer.when, earlier.get(layer.when.layer)):
                fault(f"{layer.name}: {what}", "Name an earlier layer with labels, and labels that it has.")
        earlier[layer.name] = layer
    for what in wording.faults(form):
        fault(what, "Say what the form has, by its ids.")
    return found


def condition_faults(when: When, on: Layer | None) -> list[str]:
    """What is wrong with a condition on the layer ``on``, or on none of that name before."""
    if on is None:
        return [f"its condition names {when.layer!r}, which is no earlier layer."]
    if on.scheme.kind == Kind.DIMENSION:
        return [f"its condition is on {when.layer}, which has dimensions and no labels."]
    unknown = [name for name in when.labels if name not in on.scheme.names]
    if unknown or not when.labels:
        return [f"its condition names {', '.join(unknown) or 'no label'}, and {when.layer} has no such label."]
    return []


_TEXTS = {"id": "", "version": "", "title": "", "guidelines": "", "language": "en", "warning": ""}
_FLAGS = {"required": True, "spans": False, "reason": False}


def _layer(
    row: Mapping[str, Any], own: Mapping[str, Scheme], find: Callable[[str], Scheme], faults: list[str]
) -> Layer | None:
    name, ref = str(row.get("name", "")), str(row.get("scheme", ""))
    unknown = sorted(set(row) - {"name", "scheme", "perspective", "question", "when", "modality", *_FLAGS})
    faults.extend(f"unknown field {key!r} in layer {name!r}" for key in unknown)
    try:
        scheme = next((s for s in own.values() if ref in (s.ref, s.id)), None) or find(ref)
    except ChoraleError as error:
        faults.append(f"layer {name!r}: {error}")
        return None
    when = When.from_dict(row.get("when"))
    flags = {key: bool(row.get(key, default)) for key, default in _FLAGS.items()}
    whose, asked, alone = (str(row.get(key, "")) for key in ("perspective", "question", "modality"))
    return Layer(name, scheme, whose, asked, **flags, when=when, modality=alone)


def _row(layer: Layer) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": layer.name, "scheme": layer.scheme.ref, "perspective": layer.perspective, "question": layer.question,
    }  # fmt: skip
    row |= {key: getattr(layer, key) for key, default in _FLAGS.items() if getattr(layer, key) != default}
    if layer.when is not None:
        row["when"] = layer.when.to_dict()
    return row | ({"modality": layer.modality} if layer.modality else {})


def _section(number: int, layer: Layer) -> str:
    lines = [f"{number}. {layer.name} ({layer.perspective}): {layer.question}"]
    if layer.modality:
        lines.append(f"Judge by the {layer.modality} alone.")
    if layer.when is not None:
        lines.append(f"Only if {layer.when.layer} holds {' or '.join(layer.when.labels)}.")
    return "\n".join([*lines, layer.scheme.prompt_section()])

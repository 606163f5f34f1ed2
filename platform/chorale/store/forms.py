"""Forms: ordered layers of (scheme, perspective); a changed form is a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction

from chorale.store import audit, registry
from chorale.store.models import Form, FormLayer, User
from harmonize import schemes
from harmonize.schemes import When


@dataclass(frozen=True)
class LayerSpec:
    """One question to be: a name, a scheme by ref, whose emotion, the words of the question, and when it is asked.

    ``condition``: `harmonize.schemes.When.to_dict()`; empty means always. ``spans``: places may be marked for it;
    ``reason``: a reason may be given in free text; ``modality``: the one to judge by, if not the item as it is shown.
    """

    name: str
    scheme: str
    perspective: str
    question: str
    required: bool = True
    condition: Mapping[str, Any] = field(default_factory=dict)
    spans: bool = False
    reason: bool = False
    modality: str = ""


@transaction.atomic
def create(
    *,
    by: User | None,
    slug: str,
    title: str,
    layers: Sequence[LayerSpec],
    guidelines: str = "",
    language: str = "en",
    translations: Mapping[str, str] | None = None,
    wording: Mapping[str, Any] | None = None,
    warning: str = "",
    confidence: bool = False,
) -> Form:
    """The newest version of the form if it says the same, else the next version.

    ``translations`` and ``wording``: as `harmonize.schemes.Form` has them.
    """
    beside: dict[str, Any] = {
        "guidelines": guidelines,
        "language": language,
        "translations": dict(translations or {}),
        "wording": dict(wording or {}),
        "warning": warning,
        "confidence": confidence,
    }
    layers = [replace(layer, scheme=registry.scheme(layer.scheme).ref) for layer in layers]  # a bare id: the newest
    newest = Form.objects.filter(slug=slug).order_by("-version").first()
    if newest and _layers(newest) == layers and all(getattr(newest, name) == said for name, said in beside.items()):
        return newest
    version = newest.version + 1 if newest else 1
    form = Form.objects.create(slug=slug, version=version, title=title, **beside)
    for position, layer in enumerate(layers):
        FormLayer.objects.create(
            form=form,
            position=position,
            name=layer.name,
            scheme=registry.scheme(layer.scheme),
            perspective=layer.perspective,
            question=layer.question,
            required=layer.required,
            condition=dict(layer.condition),
            spans=layer.spans,
            reason=layer.reason,
            modality=layer.modality,
        )
    audit.record(by, "form.create", form, version=version)
    return form


def _layers(form: Form) -> list[LayerSpec]:
    return [
        LayerSpec(
            layer.name,
            layer.scheme.ref,
            layer.perspective,
            layer.question,
            layer.required,
            layer.condition,
            layer.spans,
            layer.reason,
            layer.modality,
        )
        for layer in form.layers.select_related("scheme").order_by("position")
    ]


def core(form: Form) -> schemes.Form:
    """A form as the pure packages know it."""
    return schemes.Form(
        form.slug, str(form.version), form.title, tuple(layers_of(form)), form.guidelines, form.language,
        form.confidence, form.warning, dict(form.translations), dict(form.wording),
    )  # fmt: skip


def layers_of(form: Form) -> list[schemes.Layer]:
    """The layers of a form as the pure packages know them, in order."""
    rows = form.layers.select_related("scheme").order_by("position")
    return [
        schemes.Layer(
            r.name,
            r.scheme.core,
            r.perspective,
            r.question,
            required=r.required,
            spans=r.spans,
            reason=r.reason,
            when=When.from_dict(r.condition),
            modality=r.modality,
        )
        for r in rows
    ]

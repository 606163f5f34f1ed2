"""A form with a conditional layer and free texts goes from its row to the rating form and back into judgments."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from annotation.studio import form_xml, parse_result
from chorale.store import campaigns, forms, registry, studio_rows
from chorale.store.forms import LayerSpec
from chorale.store.models import FormLayer, Response
from harmonize.records import Kind
from harmonize.schemes import load_form

pytestmark = pytest.mark.django_db
CORE = load_form("emotion-in-depth")


def specs() -> list[LayerSpec]:
    registry.register_scheme(by=None, core=CORE.layers[0].scheme)
    return [
        LayerSpec(
            layer.name,
            layer.scheme.ref,
            layer.perspective,
            layer.question,
            layer.required,
            condition={} if layer.when is None else layer.when.to_dict(),
        )
        for layer in CORE.layers
    ]


def test_conditions_and_texts_survive_the_database() -> None:
    form = forms.create(by=None, slug="depth", title="Depth", layers=specs())
    assert forms.create(by=None, slug="depth", title="Depth", layers=specs()) == form, "the same form is no new version"
    layers = campaigns.layers_of(form)
    assert [layer.when for layer in layers] == [layer.when for layer in CORE.layers]
    assert [layer.scheme for layer in layers] == [layer.scheme for layer in CORE.layers]
    assert "emotion__text_cause" in form_xml(layers)
    kept = FormLayer.objects.get(form=form, name="threat").condition
    assert kept == {"layer": "emotion", "labels": ["anger", "fear"]}
    changed = [*specs()[:1], *specs()[2:]]
    assert forms.create(by=None, slug="depth", title="Depth", layers=changed).version == 2


def test_free_texts_are_kept_with_the_judgment_and_unasked_layers_have_none() -> None:
    form = forms.create(by=None, slug="depth", title="Depth", layers=specs())
    layers = campaigns.layers_of(form)

    def entry(name: str, kind: str, **value: Any) -> dict[str, Any]:
        return {"from_name": name, "to_name": "item", "type": kind, "value": value}

    felt = [entry(f"felt__{k}", "rating", rating=5) for k in range(3)]
    said = [entry("emotion", "choices", choices=["sadness"]), entry("emotion__text_cause", "textarea", text=["rain"])]
    parsed = parse_result([*said, *felt], layers)
    assert [answer.layer for answer in parsed.answers] == ["emotion", "felt"]
    assert parsed.answers[0].texts == {"cause": "rain"}
    rows = form.layers.select_related("scheme")
    frame: Any = SimpleNamespace(by_name={row.name: (row, Kind(row.scheme.kind)) for row in rows})
    made = studio_rows.judgments(frame, Response(slot=uuid4(), item_id=1), parsed, 0)
    told = [dict(zip(studio_rows.JUDGMENT, row, strict=True)) for row in made]
    assert [(row["layer"], row["texts"] and row["texts"].obj) for row in told] == [(0, {"cause": "rain"}), (2, None)]

"""Layers with conditions and free texts: drawn as one form, read back without what the form hides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from annotation.studio import Layer, form_xml, parse_result, write_result
from annotation.studio.results import Answer
from harmonize.problems import ChoraleError
from harmonize.records import Status
from harmonize.schemes import TextField, When, load, load_form

FORM = load_form("emotion-in-depth").layers
FELT = [{"from_name": f"felt__{k}", "to_name": "item", "type": "rating", "value": {"rating": 4 + k}} for k in range(3)]


def chosen(layer: str, *labels: str) -> dict[str, Any]:
    return {"from_name": layer, "to_name": "item", "type": "choices", "value": {"choices": list(labels)}}


def wrote(name: str, text: str) -> dict[str, Any]:
    return {"from_name": name, "to_name": "item", "type": "textarea", "value": {"text": [text]}}


def by_layer(*entries: dict[str, Any], layers: tuple[Layer, ...] = FORM) -> dict[str, Answer]:
    parsed = parse_result([*entries, *FELT], layers)
    assert parsed.problems == (), parsed.problems
    return {answer.layer: answer for answer in parsed.answers}


def test_a_conditional_layer_and_a_conditional_text_are_drawn_hidden() -> None:
    root = ET.fromstring(form_xml(FORM))
    hidden = {
        view.get("whenChoiceValue"): [x.get("name") for x in view.iter() if x.get("name")]
        for view in root.iter("View")
        if view.get("whenTagName") == "emotion" and view.get("visibleWhen") == "choice-selected"
    }
    assert hidden["anger,fear"][0] == "threat"
    assert hidden["anger,disgust,fear,sadness"] == ["emotion__text_cause"]
    assert root.find(".//TextArea[@name='emotion__text_other_words']") is not None


def test_what_a_condition_hides_does_not_count_and_is_not_missing() -> None:
    told = by_layer(chosen("emotion", "joy"), chosen("threat", "control"), wrote("emotion__text_cause", "a gift"))
    assert set(told) == {"emotion", "felt"}
    assert told["emotion"].texts == {}


def test_where_the_condition_holds_the_layer_and_the_text_are_kept() -> None:
    told = by_layer(
        chosen("emotion", "fear", "joy"), chosen("threat", "control"), wrote("emotion__text_cause", "a dog 🐕\nran")
    )
    assert told["threat"].labels == (5,)
    assert told["emotion"].texts == {"cause": "a dog 🐕\nran"}


def test_a_required_layer_is_required_only_where_it_is_asked() -> None:
    needed = tuple(replace(layer, required=True) for layer in FORM)
    assert [p.code for p in parse_result([chosen("emotion", "fear"), *FELT], needed).problems] == ["empty"]
    assert parse_result([chosen("emotion", "joy"), *FELT], needed).problems == ()
    none = {
        "from_name": "emotion__status",
        "to_name": "item",
        "type": "choices",
        "value": {"choices": ["none-applies"]},
    }
    assert by_layer(none, layers=needed)["emotion"].status == Status.NONE_APPLIES


def test_a_required_text_is_demanded_with_its_label_alone() -> None:
    field = TextField("cause", "What?", ("fear",), required=True)
    layer = replace(FORM[0], scheme=replace(FORM[0].scheme, texts=(field,)))
    area = ET.fromstring(form_xml([layer])).find(".//TextArea[@name='emotion__text_cause']")
    assert area is not None
    assert area.get("required") == "true"
    assert [p.code for p in parse_result([chosen("emotion", "fear")], [layer]).problems] == ["text-missing"]
    assert parse_result([chosen("emotion", "joy")], [layer]).problems == ()


def test_written_answers_read_back_the_same() -> None:
    entries = [chosen("emotion", "fear"), chosen("threat", "effort"), wrote("emotion__text_other_words", "dread")]
    told = parse_result([*entries, *FELT], FORM)
    assert parse_result(write_result(told.answers, FORM), FORM) == told


def test_a_condition_on_a_later_layer_or_a_number_cannot_be_drawn() -> None:
    with pytest.raises(ChoraleError, match="no earlier layer"):
        form_xml(FORM[1:])
    late = Layer("late", load("ekman-6"), "reader", "?", when=When("felt", ("valence",)))
    with pytest.raises(ChoraleError, match="has dimensions"):
        form_xml([*FORM, late])

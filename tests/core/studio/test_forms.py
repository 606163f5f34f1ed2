"""The form that Label Studio gets: well-formed, escaped, complete, and the six states apart."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from annotation.studio import Layer, Options, Shown, form_xml, item_data, names
from annotation.studio.layers import on_step
from harmonize import schemes
from harmonize.problems import ChoraleError

EMOTION = Layer("emotion", schemes.load("goemotions-28"), "reader", "Which emotions?")
STRENGTH = Layer("strength", schemes.load("brighter-6"), "writer", "How strong?")
VAD = Layer("vad", schemes.load("vad-9"), "reader", "How does it feel?")
SINGLE = Layer("one", schemes.load("ekman-6"), "writer", "Which one?", required=False)


def tree(*layers: Layer, **options: object) -> ET.Element:
    return ET.fromstring(form_xml(layers, Options(**options)))  # type: ignore[arg-type]


def control(root: ET.Element, name: str) -> ET.Element:
    found = root.findall(f".//*[@name='{name}']")
    assert len(found) == 1, f"{name} is there {len(found)} times"
    return found[0]


def test_a_set_offers_every_label_once_by_id_and_any_number_of_them() -> None:
    choices = control(tree(EMOTION), "emotion")
    assert choices.get("choice") == "multiple"
    assert [c.get("alias") for c in choices] == list(EMOTION.scheme.names)


def test_neutral_none_applies_and_cannot_tell_are_three_controls_values() -> None:
    root = tree(EMOTION)
    labels = {c.get("alias") for c in control(root, "emotion")}
    said = {c.get("alias") for c in control(root, "emotion__status")}
    assert "neutral" in labels
    assert said == {names.NONE_APPLIES, names.CANNOT_TELL}
    assert not labels & said


def test_dimensions_have_no_none_applies_and_nine_steps() -> None:
    root = tree(VAD)
    assert [c.get("alias") for c in control(root, "vad__status")] == [names.CANNOT_TELL]
    assert [control(root, f"vad__{code}").get("maxRating") for code in range(3)] == ["9", "9", "9"]


def test_a_dimension_without_steps_is_a_slider_on_its_native_range() -> None:
    layer = Layer("signed", schemes.load("vad-signed"), "reader", "How?")
    number = control(tree(layer), "signed__0")
    assert (number.tag, number.get("min"), number.get("max")) == ("Number", "-1", "1")


@pytest.mark.parametrize("given", [-0.251, 0.347, 0.0, 1.0, -7.0])
def test_what_is_suggested_lies_on_a_step_of_the_slider(given: float) -> None:
    dimension = schemes.load("vad-signed").dimensions[0]
    number = control(tree(Layer("signed", schemes.load("vad-signed"), "reader", "How?")), "signed__0")
    low, step = float(number.get("min", "")), float(number.get("step", ""))
    found = on_step(dimension, given)
    assert (found - low) / step == pytest.approx(round((found - low) / step), abs=1e-6)
    assert abs(found - min(max(given, -1.0), 1.0)) <= step / 2 + 1e-9


def test_each_label_of_an_intensity_scheme_asks_its_strength_only_when_chosen() -> None:
    root = tree(STRENGTH)
    for label in STRENGTH.scheme.labels:
        shown = root.find(f".//View[@whenTagName='strength'][@whenChoiceValue='{label.id}']")
        assert shown is not None
        rating = shown.find(".//Rating")
        assert rating is not None
        assert (rating.get("name"), rating.get("maxRating")) == (f"strength__{label.code}", "3")


def test_single_choice_and_optional() -> None:
    choices = control(tree(SINGLE), "one")
    assert (choices.get("choice"), choices.get("required")) == ("single", "false")


def test_words_of_people_are_escaped_and_never_become_fields_of_the_item() -> None:
    nasty = replace(EMOTION, question='<b>"1 < 2 & $text"</b>')
    text = form_xml([nasty], Options())
    headers = [h.get("value") or "" for h in ET.fromstring(text).iter("Header")]
    assert any('<b>"1 < 2 & ＄text"</b>' in h for h in headers)
    assert "$text" not in "".join(headers)


@pytest.mark.parametrize(
    ("modality", "tag", "value"),
    [
        ("text", "Text", "$text"),
        ("dialogue", "Text", "$text"),
        ("image", "Image", "$media"),
        ("audio", "Audio", "$media"),
        ("video", "Video", "$media"),
    ],
)
def test_the_object_by_modality(modality: str, tag: str, value: str) -> None:
    judged = control(tree(EMOTION, modality=modality), names.OBJECT)
    assert (judged.tag, judged.get("value")) == (tag, value)


def test_context_stands_before_and_is_not_what_is_judged() -> None:
    root = tree(EMOTION, modality="dialogue", context=True)
    assert control(root, names.CONTEXT).tag == "Paragraphs"
    assert all(c.get("toName") == names.OBJECT for c in root.iter("Choices"))
    data = item_data(Shown("k", "Yes!", "Ann", [{"speaker": "Bo", "text": "Well?"}]), Options("dialogue", context=True))
    assert data == {"ext_id": "k", "text": "Yes!", "speaker": "Ann", "context": [{"speaker": "Bo", "text": "Well?"}]}


def test_every_field_the_form_shows_is_in_the_data() -> None:
    for modality in ("text", "dialogue", "image", "audio", "video"):
        options = Options(modality, context=modality == "dialogue", caption=modality == "image")
        xml = form_xml([EMOTION], options)
        data = item_data(Shown("k", "t", media="/m"), options)
        assert {name for name in ("text", "media", "context", "speaker") if f"${name}" in xml} == set(data) - {"ext_id"}


@pytest.mark.parametrize("name", ["item", "note", "a__b", "1st", "two words", ""])
def test_a_layer_whose_name_would_clash_is_refused(name: str) -> None:
    with pytest.raises(ChoraleError, match="name"):
        form_xml([replace(EMOTION, name=name)])


def test_two_layers_of_one_name_no_layer_and_an_unknown_modality_are_refused() -> None:
    for layers, options in (([EMOTION, EMOTION], Options()), ([], Options()), ([EMOTION], Options("smell"))):
        with pytest.raises(ChoraleError):
            form_xml(layers, options)


def test_the_same_form_gives_the_same_text() -> None:
    assert form_xml([EMOTION, VAD]) == form_xml([EMOTION, VAD])


def test_a_tree_has_every_label_once_under_its_parent() -> None:
    layer = Layer("feeling", schemes.load("parrott-tree"), "writer", "Which?")
    choices = control(tree(layer), "feeling")
    above = {child: parent for parent in choices.iter() for child in parent}
    found = {c.get("alias"): c for c in choices.iter("Choice")}
    assert sorted(found) == sorted(layer.scheme.names)  # type: ignore[type-var]
    for label in layer.scheme.labels:
        branch = above[found[label.id]]
        if label.parent is None:
            assert above[branch] is choices
        else:
            assert above[above[branch]].find("Choice") is found[label.parent]


def test_whose_emotion_and_which_modality_alone_are_told() -> None:
    layers = [EMOTION, replace(EMOTION, name="heard", perspective="perceived", modality="audio")]
    told = [h.get("value") or "" for h in tree(*layers, modality="video").findall(".//*[@className='chorale-whose']/*")]
    assert told == [
        "What a reader, listener or viewer feels",
        "What the person seems to feel. Judge by the sound alone, not by what is said",
    ]


def test_confidence_is_asked_once_where_the_form_asks_it() -> None:
    assert control(tree(EMOTION, VAD, confidence=True), names.CONFIDENCE).get("maxRating") == "5"
    assert tree(EMOTION, VAD).find(f".//*[@name='{names.CONFIDENCE}']") is None

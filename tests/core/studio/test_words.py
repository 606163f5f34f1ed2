"""The fixed words of forms: every language says the same things, and a form is drawn in the rater's."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from annotation.studio import Layer, Options, Shown, form_xml, item_data, parse_result
from annotation.studio.comparing import questions
from annotation.studio.words import ENGLISH, faults, in_language, shipped
from harmonize import schemes
from harmonize.problems import ChoraleError

LANGUAGES = sorted(shipped())
EMOTION = Layer("emotion", schemes.load("brighter-6"), "writer", "Was fühlt die Person?", spans=True, reason=True)
VAD = Layer("vad", schemes.load("vad-9"), "evoked", "Wie wirkt es auf Sie?", required=False, modality="audio")
SCRIPTS = {"ar": "؀-ۿ", "fa": "؀-ۿ", "hi": "ऀ-ॿ", "ja": "぀-ヿ一-鿿", "ko": "가-힯", "ru": "Ѐ-ӿ", "zh": "一-鿿"}


def said(language: str, **options: object) -> str:
    told = Options(**{"modality": "dialogue", "context": True, "confidence": True} | options)  # type: ignore[arg-type]
    return form_xml([EMOTION, VAD], replace(told, words=in_language(language)))


def test_at_least_sixteen_languages_are_there() -> None:
    wanted = {"en", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "tr", "ar", "fa", "hi", "zh", "ja", "ko"}
    assert wanted <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_in_the_same_order_and_the_same_places(language: str) -> None:
    assert list(shipped()[language]) == list(shipped()["en"])
    assert faults(shipped()[language]) == []
    assert all("$" not in text and text == text.strip() for text in shipped()[language].values())


@pytest.mark.parametrize("language", SCRIPTS)
def test_a_language_is_written_in_its_own_script(language: str) -> None:
    shared = {"buttons.of", "buttons.ok", "item.stretch"}
    bare = {key: re.sub(r"\{\w+\}|Chorale", "", text) for key, text in shipped()[language].items()}
    assert [
        key for key, text in bare.items() if key not in shared and not re.search(f"[{SCRIPTS[language]}]", text)
    ] == []


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_english_is_left_in_a_form_of_a_language_that_is_there(language: str) -> None:
    english = [text for key, text in shipped()["en"].items() if key.startswith(("form.", "whose.", "alone."))]
    xml = said(language)
    assert [text for text in english if len(text) > 8 and "{" not in text and f'"{text}"' in xml] == []


def test_a_german_form_keeps_every_id_and_says_german_words() -> None:
    root = ET.fromstring(said("de"))
    status = root.find(".//Choices[@name='emotion__status']")
    assert status is not None
    assert [(c.get("value"), c.get("alias")) for c in status] == [
        ("Nichts davon trifft zu", "none-applies"), ("Das kann ich nicht sagen", "cannot-tell"),
    ]  # fmt: skip
    headers = [h.get("value") for h in root.iter("Header")]
    assert "Wie wirkt es auf Sie? (freiwillig)" in headers
    assert "Beurteilen Sie diesen Beitrag: $speaker" in headers
    assert all(r.get("requiredMessage") for r in root.iter("Rating") if r.get("required") == "true")


def test_brushes_are_named_in_the_language_and_kept_by_their_role() -> None:
    brushes = ET.fromstring(said("de")).findall(".//Labels/Label")
    assert [(b.get("value"), b.get("alias")) for b in brushes] == [("Ursache", "cause"), ("Anzeichen", "cue")]
    assert [b.get("alias") for b in ET.fromstring(said("en")).findall(".//Labels/Label")] == [None, None]
    mark = {"start": 0, "end": 2, "text": "Oh", "labels": [brushes[0].get("alias")]}
    code = EMOTION.scheme.code("joy")
    given = [
        ("emotion__spans", "labels", mark),
        ("emotion", "choices", {"choices": ["joy"]}),
        (f"emotion__{code}", "rating", {"rating": 2}),
    ]
    result = [{"from_name": name, "to_name": "item", "type": kind, "value": value} for name, kind, value in given]
    parsed = parse_result(result, [EMOTION], text="Oh weh")
    assert parsed.problems == ()
    assert [answer.spans[0]["role"] for answer in parsed.answers if answer.layer == "emotion"] == ["cause"]


@pytest.mark.parametrize(("language", "turned"), [("ar", True), ("fa-IR", True), ("de", False), ("he", False)])
def test_a_form_runs_from_the_right_where_its_words_do(language: str, turned: bool) -> None:
    root = ET.fromstring(said(language, right_to_left=language == "he"))
    assert ("chorale-from-right" in str(root.get("className"))) is turned


def test_what_is_sent_with_an_item_is_in_the_language() -> None:
    german = in_language("de")
    told = item_data(Shown("k", "Ja!", context=()), Options("dialogue", context=True, words=german))
    assert (told["speaker"], told["context"]) == ("wer zuletzt spricht", [{"speaker": "·", "text": "(nichts)"}])
    clip = item_data(Shown("k", media="/m", clip=(0.5, 62.5)), Options("audio", clip=True, words=german))
    assert clip["clip"] == "0:00.5 bis 1:02.5"
    cards = item_data(Shown("k", members=[Shown("a", media="/a")]), Options("image", together=True, words=german))
    assert 'alt="Bild A"' in cards["together"]


def test_comparisons_are_asked_in_the_language() -> None:
    asked = [q.words for q in questions("best-worst", 4, "Freude", in_language("de"))]
    assert asked == [
        "In welchem davon zeigt sich am meisten: Freude?",
        "In welchem davon zeigt sich am wenigsten: Freude?",
    ]


def test_sentences_and_lists_are_parted_as_the_language_does() -> None:
    assert in_language("ar").listed(["a", "b"]) == "a، b"
    assert in_language("zh-TW").sentences(["a", "", "b"]) == "a。b"
    assert in_language("de").listed(["a", "b"]) + in_language("ur").sentences(["a", "b"]) == "a, ba. b"


def test_a_region_falls_back_to_its_language_and_an_unknown_one_to_english() -> None:
    assert in_language("de-AT").texts == in_language("de").texts
    assert in_language("DE_at").texts == in_language("de").texts
    assert in_language("de-AT").missing == ()
    unknown = in_language("is")
    assert unknown.texts == ENGLISH.texts
    assert not unknown.spoken
    assert set(unknown.missing) == set(ENGLISH.texts)


def test_a_form_may_bring_words_for_a_language_and_english_fills_the_rest() -> None:
    words = in_language("is", {"buttons.submit": "Senda"})
    assert words("buttons.submit") == "Senda"
    assert words("buttons.skip") == "Skip"
    assert words.spoken
    assert len(words.missing) == len(ENGLISH.texts) - 1


def test_own_words_are_refused_with_what_is_wrong_about_them() -> None:
    own = {"form.whyy": "Hvers vegna?", "item.turn": "Dæmdu þetta", "form.why": " "}
    with pytest.raises(ChoraleError) as raised:
        in_language("is", own)
    for told in ("no fixed words 'form.whyy'", "item.turn: 'Dæmdu þetta' must hold {speaker}", "form.why is empty"):
        assert told in str(raised.value)

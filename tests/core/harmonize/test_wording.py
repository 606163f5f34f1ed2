"""A form in further languages: the same layers and ids, other words; what is missing or wrong is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotation.studio import Options, form_xml
from annotation.studio.words import in_language
from harmonize import schemes
from harmonize.problems import ChoraleError
from harmonize.schemes import check_form, form_from_dict, load_form
from harmonize.schemes.wording import blank, own_words, untold

PLAIN = load_form("emotion-in-depth")
GERMAN = {
    "warning": "Einige Texte handeln von Verlust.",
    "questions": {"emotion": "Was fühlt die Person?"},
    "words": {"form": {"why": "Wieso?"}},
    "schemes": {
        "writer-emotion": {"labels": {"anger": "Wut", "joy": "Freude"}, "texts": {"cause": "Was hat es ausgelöst?"}},
        "vad-9": {"dimensions": {"valence": {"name": "Wertigkeit", "low_name": "unangenehm"}}},
    },
}
FORM = replace(PLAIN, wording={"de": GERMAN}, translations={"de": "Zuerst, was die Person fühlt."})


def test_a_form_is_read_in_a_language_and_every_id_stays() -> None:
    said = FORM.in_language("de-CH")
    emotion, _, felt = said.layers
    assert emotion.question == "Was fühlt die Person?"
    assert [label.name for label in emotion.scheme.labels[:2]] == ["Wut", "disgust"]
    assert emotion.scheme.texts[0].question == "Was hat es ausgelöst?"
    valence = felt.scheme.dimensions[0]
    assert (valence.name, valence.low_name, valence.high_name) == ("Wertigkeit", "unangenehm", "pleasant")
    assert (said.warning, said.guidelines) == ("Einige Texte handeln von Verlust.", "Zuerst, was die Person fühlt.")
    assert [x.scheme.names for x in said.layers] == [x.scheme.names for x in FORM.layers]
    assert [x.when for x in said.layers] == [x.when for x in FORM.layers]


def test_a_language_that_is_not_told_reads_the_form_as_it_was_written() -> None:
    assert FORM.in_language("fr").layers == FORM.layers


def test_what_the_rater_sees_is_drawn_with_the_ids_behind_it() -> None:
    words = in_language("de", own_words(FORM.wording, "de"))
    xml = form_xml(FORM.in_language("de").layers, Options(words=words))
    assert '<Choice value="Wut" alias="anger" />' in xml
    assert words("form.why") == "Wieso?"
    assert words("form.cannot-tell") == "Das kann ich nicht sagen"


def test_wording_travels_with_the_form() -> None:
    assert form_from_dict(FORM.to_dict()) == FORM
    assert form_from_dict(FORM.to_dict()).wording == FORM.wording


def test_what_is_not_told_is_named_part_by_part() -> None:
    assert untold(FORM, "de") == [
        "the question of threat", "the question of felt",
        "5 of the labels of writer-emotion", "1 of the texts of writer-emotion",
        *[what for what in untold(PLAIN, "de") if "appraisal-7" in what], "2 of the dimensions of vad-9",
    ]  # fmt: skip
    assert untold(FORM, "en-GB") == []


def test_a_blank_that_was_filled_in_leaves_nothing_untold() -> None:
    filled = replace(PLAIN, wording={"sv": blank(PLAIN)}, translations={"sv": "Så här."})
    assert check_form(filled) == []
    assert untold(filled, "sv") == []


@pytest.mark.parametrize(
    ("wording", "told"),
    [
        (
            {"de": {"questions": {"emotoin": "?"}}},
            "wording.de: questions: there is no layer 'emotoin'; known: emotion,",
        ),
        ({"de": {"schemes": {"ekman": {}}}}, "there is no scheme 'ekman'; known: writer-emotion"),
        ({"de": {"schemes": {"writer-emotion": {"labels": {"wut": "Wut"}}}}}, "there is no label 'wut'; known: anger,"),
        ({"de": {"schemes": {"vad-9": {"dimensions": {"valence": {"nome": "V"}}}}}}, "there is no part 'nome'"),
        ({"de": {"schemes": {"writer-emotion": {"levels": ["a"]}}}}, "levels must name all 0 strengths"),
        ({"de": {"quetsions": {}}}, "there is no part 'quetsions'; known: warning, questions, schemes, words."),
        ({"de": {"questions": {"emotion": ""}}}, "questions: emotion has no text."),
        ({"de": "Hallo"}, "wording.de is no table."),
        ({"de": {"schemes": {"vad-9": 3}}}, "schemes.vad-9 is no table."),
        ({"Deutsch!": {}}, "'Deutsch!' is no tag of a language"),
        ({"PT-br": {}}, "'PT-br' is written 'pt-BR'."),
    ],
)
def test_faults_say_where_what_and_what_there_is(wording: dict[str, object], told: str) -> None:
    with pytest.raises(ChoraleError) as raised:
        form_from_dict(PLAIN.to_dict() | {"wording": wording})
    assert told in str(raised.value)


def test_a_scheme_in_the_raters_language_needs_no_other_names() -> None:
    own = replace(schemes.load("ekman-6"), language="de")
    layer = replace(PLAIN.layers[0], scheme=own)
    assert untold(replace(PLAIN, layers=(layer,), language="de"), "de-AT") == []

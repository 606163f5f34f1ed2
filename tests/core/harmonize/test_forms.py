"""A form of several layers yields what is asked, of people and of models, and the type of what is kept."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harmonize import schemes
from harmonize.problems import ChoraleError
from harmonize.records import Kind
from harmonize.schemes import Form, Scheme, When, form_from_dict, load_form, read_form, shipped_forms
from harmonize.schemes.files import check
from harmonize.schemes.written import to_toml

FORM = load_form("emotion-in-depth")

EVERYTHING = {
    "id": "tunteet",
    "version": "1",
    "title": "Tunteet",
    "kind": "intensity",
    "language": "fi",
    "levels": ["ei lainkaan", "vähän", "paljon"],
    "labels": [
        {"id": "ilo", "name": "ilo 😊"},
        {"id": "viha", "opposite": "pelko"},
        {"id": "pelko", "opposite": "viha"},
    ],
    "texts": [{"id": "syy", "question": "Miksi?", "when": ["viha"], "required": True}],
    "penalties": [{"one": "ilo", "other": "viha", "cost": 0.75, "source": "oma"}],
    "links": [{"subject": "viha", "predicate": "related", "object": "pelko"}],
}


def test_layers_are_asked_only_where_their_condition_holds() -> None:
    assert FORM.asked({}) == ("emotion", "felt")
    assert FORM.asked({"emotion": ["joy"]}) == ("emotion", "felt")
    assert FORM.asked({"emotion": ["joy", "fear"]}) == ("emotion", "threat", "felt")


def test_a_model_reads_every_layer_its_perspective_and_its_condition() -> None:
    told = FORM.prompt()
    for layer in FORM.layers:
        assert f"{layer.name} ({layer.perspective}): {layer.question}" in told
        assert layer.scheme.prompt_section() in told
    assert "Only if emotion holds anger or fear." in told
    assert "- cause (only with anger, disgust, fear, sadness): What brought the feeling about?" in told


def test_the_parquet_type_keeps_unasked_apart_from_unanswered(tmp_path: Path) -> None:
    schema = FORM.arrow_schema()
    said = {"status": 0, "answer": [0, 2], "texts": {"cause": "lost keys", "other_words": None}}
    rows = [
        {"item": "a", "rater": "r", "emotion": said, "threat": None, "felt": {"status": 0, "answer": [2.0, 7.0, 3.0]}},
        {"item": "b", "rater": None, "emotion": said | {"answer": []}, "threat": {"status": 2, "answer": None}},
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), tmp_path / "said.parquet")
    back = pq.read_table(tmp_path / "said.parquet")
    assert back.schema.field("threat").metadata[b"chorale.when"] == b"emotion: anger, fear"
    assert [row["threat"] for row in back.to_pylist()] == [None, {"status": 2, "answer": None}]
    assert back.to_pylist()[0]["emotion"] == said


def test_forms_travel_as_json_and_from_files(tmp_path: Path) -> None:
    assert form_from_dict(json.loads(json.dumps(FORM.to_dict()))) == FORM
    path = tmp_path / "f.toml"
    path.write_text('id = "f"\nversion = "1"\ntitle = "F"\n[[layers]]\nname = "a"\nscheme = "ekman-6"\n')
    with pytest.raises(ChoraleError, match=r"f\.toml: Form f: .*no perspective ''"):
        read_form(path)
    path.write_text("id = ")
    with pytest.raises(ChoraleError, match="no TOML file"):
        read_form(path)
    with pytest.raises(ChoraleError, match="no form 'nothing'"):
        load_form("nothing")
    assert FORM in shipped_forms()


@pytest.mark.parametrize(
    ("when", "what"),
    [
        (When("felt", ("joy",)), "no earlier layer"),
        (When("emotion", ("glee",)), "names glee"),
        (When("emotion", ()), "names no label"),
        (When("threat", ("calm",)), "names calm"),
    ],
)
def test_faulty_conditions_are_found(when: When, what: str) -> None:
    layers = tuple(replace(layer, when=when) if layer.name == "threat" else layer for layer in FORM.layers)
    if when.layer == "threat":
        layers = (*layers[:1], replace(layers[1], when=None), replace(layers[2], when=when))
    assert any(what in problem.what for problem in schemes.check_form(replace(FORM, layers=layers)))


def test_a_condition_cannot_hang_on_a_number() -> None:
    emotion, threat, felt = FORM.layers
    turned = (felt, emotion, replace(threat, when=When("felt", ("valence",))))
    assert ["has dimensions" in p.what for p in schemes.check_form(replace(FORM, layers=turned))] == [True]


def test_faults_of_a_file_are_told_together() -> None:
    rows = [{"name": "a", "scheme": "nothing"}, {"name": "b", "scheme": "ekman-6", "perspective": "dog", "colour": 1}]
    with pytest.raises(ChoraleError) as error:
        form_from_dict({"id": "f", "version": "1", "title": "F", "layers": rows, "shape": "round"})
    for what in ("no scheme 'nothing'", "unknown field 'shape'", "unknown field 'colour'", "no perspective 'dog'"):
        assert what in error.value.message


def test_a_scheme_of_ones_own_goes_to_toml_and_back_whole() -> None:
    mine = Scheme.from_dict(EVERYTHING)
    assert check(mine) == []
    again = Scheme.from_dict(tomllib.loads(to_toml(mine)))
    assert again == mine
    assert again.texts[0].required
    assert "- syy (only with viha): Miksi?" in mine.prompt_section()
    assert mine.record_type().field("texts").type == pa.struct([("syy", pa.string())])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"texts": [{"id": "a b", "question": "?"}]}, "scheme-text"),
        ({"texts": [{"id": "a", "question": "?", "when": ["riemu"]}]}, "scheme-reference"),
        ({"penalties": [{"one": "ilo", "other": "viha", "cost": 2}]}, "scheme-penalty"),
        ({"penalties": [{"one": "ilo", "other": "riemu", "cost": 1}]}, "scheme-reference"),
        ({"links": [{"subject": "ilo", "predicate": "likes", "object": "viha"}]}, "scheme-link"),
        (
            {"labels": [{"id": "a", "opposite": "b"}, {"id": "b", "opposite": "c"}, "c", "ilo", "viha"]},
            "scheme-opposite",
        ),
    ],
)
def test_faults_of_texts_penalties_links_and_opposites(change: dict[str, object], code: str) -> None:
    found = {problem.code for problem in check(Scheme.from_dict(EVERYTHING | change))}
    assert code in found


def test_every_kind_has_a_record_type() -> None:
    kinds = {scheme.kind for scheme in schemes.shipped()}
    assert kinds >= {Kind.SINGLE, Kind.SET, Kind.INTENSITY, Kind.DIMENSION}
    for scheme in schemes.shipped():
        assert scheme.record_type().field("answer").type == scheme.arrow_type()


def test_a_layer_is_no_scheme_of_another_form() -> None:
    assert Form("f", "1", "F", FORM.layers).to_dict().get("schemes") is None, "own schemes are those its file defines"

"""Scheme files hold together, load by version, and yield the prompt and the Arrow type."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from harmonize import schemes
from harmonize.crosswalks.review import reworded
from harmonize.problems import ChoraleError
from harmonize.records import Kind
from harmonize.schemes import Label, Scheme

ROAD = {
    "goemotions-28": (Kind.SET, 28),
    "ekman-6": (Kind.SINGLE, 6),
    "ekman-6-neutral": (Kind.SINGLE, 7),
    "ekman-6-neutral-set": (Kind.SET, 7),
    "plutchik-8": (Kind.SET, 8),
    "vad-9": (Kind.DIMENSION, 3),
    "vad-5": (Kind.DIMENSION, 3),
    "vad-signed": (Kind.DIMENSION, 3),
    "sentiment-3": (Kind.SINGLE, 3),
    "goemotions-sentiment-4": (Kind.SET, 4),
    "brighter-6": (Kind.INTENSITY, 6),
    "brighter-afr": (Kind.SET, 7),
    "ferplus-8": (Kind.SINGLE, 10),
}


@pytest.mark.parametrize("name", ROAD)
def test_the_road_schemes_load(name: str) -> None:
    scheme = schemes.load(name)
    assert (scheme.kind, len(scheme.names)) == ROAD[name]
    assert schemes.load(scheme.ref) is scheme


@pytest.mark.parametrize("scheme", schemes.shipped(), ids=lambda s: s.ref)
def test_shipped_schemes_are_whole(scheme: Scheme) -> None:
    assert schemes.check(scheme) == []
    assert Scheme.from_dict(json.loads(json.dumps(scheme.to_dict()))) == scheme
    assert scheme.sources, "a scheme states where its facts come from"
    assert [scheme.code(name) for name in scheme.names] == list(range(len(scheme.names)))
    for name in scheme.names:
        assert f"- {name}" in scheme.prompt_section()


def test_goemotions_codes_are_the_published_ones() -> None:
    names = schemes.load("goemotions-28").names
    assert (names[0], names[13], names[25], names[27]) == ("admiration", "excitement", "sadness", "neutral")


def test_opposites_on_the_wheel_face_each_other() -> None:
    wheel = schemes.load("plutchik-8")
    for label in wheel.labels:
        assert label.opposite is not None
        assert label.angle is not None
        other = wheel.label(label.opposite)
        assert other.opposite == label.id
        assert other.angle is not None
        assert abs(label.angle - other.angle) == 180


def test_unknown_names_and_versions_are_misuse() -> None:
    with pytest.raises(ChoraleError, match="no scheme") as error:
        schemes.load("goemotions-28@9.9.9")
    assert error.value.code == "scheme-unknown"
    with pytest.raises(ChoraleError, match="no label 'glee'"):
        schemes.load("ekman-6").code("glee")


def test_the_newest_version_wins(tmp_path: Path) -> None:
    for version in ("1.9.0", "1.10.0"):
        text = f'id = "x"\nversion = "{version}"\ntitle = "X"\nkind = "single"\nlabels = ["a", "b"]\n'
        (tmp_path / f"x@{version}.toml").write_text(text)
    assert schemes.load("x", folder=tmp_path).version == "1.10.0"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"labels": [{"id": "a", "parent": "b"}, {"id": "b", "parent": "a"}]}, "scheme-cycle"),
        ({"labels": ["a", "a"]}, "scheme-definition"),
        ({"labels": ["a", {"id": "b", "code": 7}]}, "scheme-definition"),
        ({"neutral": "z"}, "scheme-reference"),
        ({"id": "x y"}, "scheme-definition"),
        ({"labels": ["a"]}, "scheme-definition"),
        ({"labels": ["a", " "]}, "scheme-definition"),
        ({"kind": "intensity"}, "scheme-definition"),
        ({"kind": "dimension"}, "scheme-definition"),
    ],
)
def test_faults_are_found(change: dict[str, object], code: str) -> None:
    data = {"id": "x", "version": "1", "title": "X", "kind": "single", "labels": ["a", "b"]}
    assert schemes.check(Scheme.from_dict(data)) == []
    assert code in {problem.code for problem in schemes.check(Scheme.from_dict(data | change))}


def test_a_faulty_definition_names_every_fault() -> None:
    with pytest.raises(ChoraleError, match=r"colour.*none of") as error:
        Scheme.from_dict({"id": "x", "kind": "wild", "labels": [{"id": "a", "colour": "red"}]})
    assert error.value.code == "scheme-definition"


def test_arrow_types() -> None:
    assert schemes.load("ekman-6").arrow_type() == pa.int16()
    assert schemes.load("goemotions-28").arrow_type() == pa.list_(pa.int16())
    assert schemes.load("vad-5").arrow_type() == pa.list_(pa.float32(), 3)
    assert schemes.load("goemotions-28").soft_type() == pa.list_(pa.float32(), 28)


def test_a_prompt_leaves_retired_labels_out_and_tells_levels() -> None:
    scheme = schemes.load("ekman-6")
    old = replace(scheme, labels=(*scheme.labels, Label(6, "glee", "glee", retired=True)))
    assert "glee" not in old.prompt_section()
    assert "3 high" in schemes.load("brighter-6").prompt_section()


DEFINED = (
    "ekman-6", "ekman-6-neutral", "ekman-6-neutral-set", "ekman-6-set", "ekman-7", "ekman-7-neutral", "plutchik-8",
    "plutchik-8-neutral", "plutchik-24", "plutchik-dyads", "goemotions-28", "goemotions-sentiment-4", "parrott-6",
    "mikels-8", "emonet-voice-40", "cowen-keltner-27", "isear-7", "shaver-6", "sentiment-3", "sentiment-5",
    "brighter-6", "brighter-afr", "appraisal-7", "unified-13", "ferplus-8",
)  # fmt: skip


@pytest.mark.parametrize("name", DEFINED)
def test_labels_have_definitions_and_say_whose_words_they_are(name: str) -> None:
    scheme = schemes.load(name)
    assert [label.id for label in scheme.labels if not label.definition] == []
    assert any("definitions" in source.covers for source in scheme.sources)


def test_the_tree_defines_its_groups_and_leaves_its_terms_to_the_dictionary() -> None:
    tree = schemes.load("parrott-tree")
    assert {label.id for label in tree.labels if not label.definition} == {n for n in tree.names if n.count("/") == 2}


def test_a_better_wording_is_told_from_another_scheme() -> None:
    scheme = schemes.load("plutchik-8")
    worded = replace(scheme.labels[0], definition="being cross", terms=("ire",))
    assert reworded(scheme, replace(scheme, title="T", sources=(), labels=(worded, *scheme.labels[1:])))
    turned = replace(scheme.labels[0], opposite="joy")
    assert not reworded(scheme, replace(scheme, labels=(turned, *scheme.labels[1:])))
    assert not reworded(scheme, replace(scheme, labels=scheme.labels[:-1]))

"""Gates: each lets sound things through, says why not, and blocks only where the recipe lets it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exports.identity import tells
from exports.licences import refusals
from exports.personal import signs
from exports.recipe_reader import RecipeError, read_recipe
from exports.release import build
from exports.source import RATERS, ReleaseSource
from harmonize.problems import ChoraleError
from tests.core.exports import made
from tests.core.exports.rewriting import with_changed


def gates(folder: Path) -> dict[str, dict[str, object]]:
    return {gate["name"]: gate for gate in json.loads((folder / "report.json").read_bytes())["gates"]}


@pytest.mark.parametrize(
    ("release", "corpus", "refused"),
    [
        ("CC0-1.0", "CC0-1.0", ""),
        ("CC-BY-4.0", "MIT", ""),
        ("", "CC-BY-NC-4.0", ""),
        ("CC-BY-NC-4.0", "CC-BY-NC-4.0", ""),
        ("CC-BY-4.0", "CC-BY-NC-4.0", "commercial"),
        ("CC-BY-4.0", "CC-BY-SA-4.0", "same licence"),
        ("CC-BY-SA-4.0", "CC-BY-SA-4.0", ""),
        ("CC-BY-NC-SA-4.0", "CC-BY-SA-4.0", "same licence"),
        ("CC-BY-ND-4.0", "CC-BY-ND-4.0", "derived"),
        ("CC0-1.0", "", "nobody can tell"),
        ("CC0-1.0", "all rights reserved", "nobody can tell"),
        ("ODbL-1.0", "ODbL-1.0", ""),
    ],
)
def test_licences(release: str, corpus: str, refused: str) -> None:
    found = refusals(release, corpus)
    assert bool(found) == bool(refused)
    assert refused in " ".join(found)


@pytest.mark.parametrize(
    ("corpus", "refused"),
    [("all rights reserved", ""), ("CC-BY-NC-4.0", "commercial"), ("CC-BY-SA-4.0", "same licence"),
     ("CC-BY-ND-4.0", "derived")],
)  # fmt: skip
def test_labels_without_their_texts_stay_under_a_known_licence(corpus: str, refused: str) -> None:
    found = refusals("CC-BY-4.0", corpus, without_text=True)
    assert bool(found) == bool(refused)
    assert refused in " ".join(found)
    assert len(refusals("", corpus, without_text=True)) == (corpus == "CC-BY-ND-4.0"), "each part under its own licence"


def test_a_closed_gate_leaves_no_release(tmp_path: Path) -> None:
    source = made.source(24)
    shut = replace(source, corpora=tuple(replace(c, licence="CC-BY-NC-4.0") for c in source.corpora))
    with pytest.raises(ChoraleError, match="forbids commercial use"):
        build(tmp_path / "r", made.recipe(), shut, salt=made.SALT)
    assert not (tmp_path / "r").exists()
    build(tmp_path / "r", made.recipe(), shut, salt=made.SALT, preview=True)
    assert gates(tmp_path / "r")["licence"]["verdict"] == "block"
    allowed = made.recipe(made.RECIPE + '\n[gates]\nblock = ["gold"]\n')
    build(tmp_path / "s", allowed, shut, salt=made.SALT)
    assert gates(tmp_path / "s")["licence"]["verdict"] == "warn"
    assert "forbids commercial use" in (tmp_path / "s" / "README.md").read_text("utf-8")


def test_limits_of_the_recipe(tmp_path: Path) -> None:
    text = made.RECIPE + "\n[gates]\nmin_raters = 3\nalpha_target = 0.4\nmax_model_share = 0.1\n"
    build(tmp_path / "r", made.recipe(text), made.source(60), salt=made.SALT)
    found = gates(tmp_path / "r")
    assert {name for name, gate in found.items() if gate["verdict"] == "warn"} == {"raters", "agreement", "model-share"}
    few = sum(n < 3 for n in pq.read_table(tmp_path / "r" / "items.parquet")["goemotions_n"].to_pylist())
    assert f"goemotions: {few} items have fewer than 3 raters." in found["raters"]["reasons"]  # type: ignore[operator]


def test_training_on_reserved_items_and_unknown_consent_block(tmp_path: Path) -> None:
    for facts, reason in (({"trained_on_reserved": 2}, "trained on 2"), ({"consent_unknown": 5}, "For 5 judgments")):
        with pytest.raises(ChoraleError, match=reason):
            build(tmp_path / "r", made.recipe(), replace(made.source(24), facts=facts), salt=made.SALT)


def test_traits_that_few_share_are_told(tmp_path: Path) -> None:
    rows = [row | ({"traits": '{"age": "20-29"}' if n < 2 else "{}"} if row["kind"] == "person" else {})
            for n, row in enumerate(made.raters())]  # fmt: skip
    source = replace(made.source(24), raters=lambda: [pa.Table.from_pylist(rows, schema=RATERS)])
    build(tmp_path / "two", made.recipe(made.ONE_LAYER + "\n[privacy]\ntrait_k = 2\n"), source, salt=made.SALT)
    told = gates(tmp_path / "two")["identity"]
    assert (told["verdict"], told["reasons"]) == ("warn", ["Traits are shown that 2 people share, fewer than 3."])
    build(tmp_path / "five", made.recipe(made.ONE_LAYER), source, salt=made.SALT)
    assert gates(tmp_path / "five")["identity"]["verdict"] == "pass"
    told = json.loads((tmp_path / "five" / "report.json").read_bytes())["identity"]
    assert (told["shown"], told["suppressed"], told["named"], told["fewest"]) == (0, 2, 0, None)


def with_traits(*told: dict[str, str], others: dict[str, str] | None = None) -> ReleaseSource:
    """The made source; its people have these traits, whoever is left none, models and published labels ``others``."""
    people = iter(told)
    rows = [row | {"traits": json.dumps(next(people, {}) if row["kind"] == "person" else others or {})}
            for row in made.raters()]  # fmt: skip
    return with_changed(made.source(24), raters=rows)


@pytest.mark.parametrize(
    ("trait", "value", "says"),
    [
        ("E-Mail", "unknown", True), ("contact", "lab@example.org", True), ("phone number", "none", True),
        ("reached at", "+49 170 1234 5678", True), ("last seen from", "192.168.0.12", True),
        ("prolific_id", "same", True), ("account", "x", True), ("forum", "u/throwaway", True),
        ("income", "20 000-30 000", False), ("age", "20-29", False), ("hears well", "yes", False),
    ],
)  # fmt: skip
def test_traits_that_say_who_somebody_is(trait: str, value: str, says: bool) -> None:
    assert tells(trait, value) == says


def test_such_a_trait_blocks_whatever_the_recipe_says(tmp_path: Path) -> None:
    """Shared by as many as suppression asks for, so nothing else would hold it back."""
    source = with_traits(*[{"contact": "lab@example.org", "age": "20-29"}] * 3)
    recipe = made.recipe(made.ONE_LAYER + '\n[privacy]\ntrait_k = 3\n[gates]\nblock = ["gold"]\n')
    with pytest.raises(ChoraleError, match="identity: The trait contact says who 3 people are"):
        build(tmp_path / "r", recipe, source, salt=made.SALT)
    assert not (tmp_path / "r").exists()
    build(tmp_path / "r", recipe, source, salt=made.SALT, preview=True)
    told = gates(tmp_path / "r")["identity"]
    assert (told["verdict"], len(told["reasons"])) == ("block", 1)  # type: ignore[arg-type]
    build(tmp_path / "s", made.recipe(made.ONE_LAYER), source, salt=made.SALT)  # too few for its five: suppressed
    assert gates(tmp_path / "s")["identity"]["verdict"] == "pass"
    assert b"lab@example.org" not in (tmp_path / "s" / "raters.parquet").read_bytes()


@pytest.mark.parametrize("changed", [{"kind": "crowd"}, {"kind": "model", "key": "ana@example.org"}])
def test_a_rater_without_a_pseudonym_blocks(tmp_path: Path, changed: dict[str, str]) -> None:
    """A kind that nobody knows is named as models are; a model's name is no place for an address."""
    rows = [row | changed if row["key"] == "r1" else row for row in made.raters()]
    said = [row | {"rater": changed.get("key", "r1")} if row["rater"] == "r1" else row
            for row in made.judgments(24, 0)]  # fmt: skip
    source = with_changed(made.source(24), judgments=said, raters=rows)
    with pytest.raises(ChoraleError, match="identity: 1 raters bear no pseudonym"):
        build(tmp_path / "r", made.recipe(made.ONE_LAYER), source, salt=made.SALT)


def test_traits_that_were_not_suppressed_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only people count among people, and the gate looks at what was written, not at what was meant."""
    source = with_traits({"age": "20-29"}, {"age": "20-29"}, others={"age": "20-29"})
    recipe = made.recipe(made.ONE_LAYER + "\n[privacy]\ntrait_k = 3\n")
    build(tmp_path / "r", recipe, source, salt=made.SALT)
    assert gates(tmp_path / "r")["identity"]["verdict"] == "pass"
    monkeypatch.setattr("exports.raters_table.suppressed", lambda traits, k: traits)
    with pytest.raises(ChoraleError, match="identity: Traits are shown that 2 people share, fewer than 3"):
        build(tmp_path / "s", recipe, source, salt=made.SALT)


def test_an_unknown_gate_is_a_problem() -> None:
    with pytest.raises(RecipeError, match=r"gates\.block"):
        read_recipe(made.RECIPE + '\n[gates]\nblock = ["luck"]\n')


def test_signs_of_personal_data() -> None:
    texts = ["write to ana.b@example.org", "call +49 170 1234 5678", "ask @somebody_there", "u/throwaway1 said"]
    clean = ["at 10.30, 3-2 for us", "from 2020-01-02 on", "@user hello", "100 200", "version 1.2.3", "mail me @ home"]
    found = signs(pa.chunked_array([texts]))
    assert (found["e-mail address"], found["telephone number"], found["account name"]) == (1, 1, 2)
    assert signs(pa.chunked_array([["from 192.168.0.12", "DE89 3704 0044 0532 0130 00"]]))["network address"] == 1
    assert signs(pa.chunked_array([["DE89 3704 0044 0532 0130 00"]]))["bank account"] == 1
    quiet = signs(pa.chunked_array([clean]))
    assert {name: n for name, n in quiet.items() if n and name != "telephone number"} == {}
    assert signs(pa.chunked_array([pa.array([None], pa.string())]))["account name"] == 0


def test_personal_data_is_looked_for_in_turns_before_and_in_what_raters_wrote(tmp_path: Path) -> None:
    items = [row | ({"context": '[{"text": "mail to b@example.org"}]'} if n == 3 else {"context": "[]"})
             for n, row in enumerate(made.items(24, 0))]  # fmt: skip
    said = [row | ({"texts": '{"why": "ask +49 170 1234 5678"}'} if n == 5 else {})
            for n, row in enumerate(made.judgments(24, 0))]  # fmt: skip
    source = with_changed(made.source(24), items=items, judgments=said)
    build(tmp_path / "r", made.recipe(made.ONE_LAYER), source, salt=made.SALT)
    reasons = gates(tmp_path / "r")["personal-data"]["reasons"]
    where = items[3]["corpus"]
    assert f"{where}, turns before: e-mail address in 1 texts." in reasons
    assert "words of raters: telephone number in 1 texts." in reasons


def test_texts_that_may_not_be_passed_on_are_not(tmp_path: Path) -> None:
    text = made.RECIPE.replace('models = ["echo-1"]', 'models = ["echo-1"]\nwithout_text = ["tales"]')
    build(tmp_path / "r", made.recipe(text), made.source(60), salt=made.SALT)
    for row in pq.read_table(tmp_path / "r" / "items.parquet").to_pylist():
        assert (row["text"] is None) == (row["corpus"] == "tales")
        assert row["corpus"] != "tales" or row["context"] == []
        assert row["goemotions"] is not None
    given = {r["text"] for r in made.items(60, 0) if r["corpus"] == "tales"}
    for path in (p for p in (tmp_path / "r").rglob("*") if p.is_file() and p.suffix != ".parquet"):
        assert not any(text in path.read_text("utf-8") for text in given), path

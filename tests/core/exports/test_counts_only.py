"""Corpora whose texts, or whose single ratings, may not be passed on: features and counts in their place."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from exports.recompute import recompute
from exports.release import build
from exports.verify import verify
from tests.core.exports import made

TEXT = made.RECIPE.replace(
    'corpora = ["letters", "tales"]',
    'corpora = ["letters", "tales"]\nwithout_text = ["tales"]\ncounts_only = ["tales"]',
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("releases") / "counts"
    build(place, made.recipe(TEXT), made.source(), salt=made.SALT)
    return place


def test_a_hidden_text_leaves_its_hash_and_length(folder: Path) -> None:
    known = {row["uuid"]: row["text"] for row in made.items(240, 0)}
    rows = pq.read_table(folder / "items.parquet").to_pylist()
    for row in rows:
        text = known[row["uuid"]]
        if row["corpus"] == "tales":
            assert (row["text"], row["context"]) == (None, [])
            assert row["text_sha256"] == hashlib.sha256(text.encode()).hexdigest()
            assert (row["text_characters"], row["text_words"]) == (len(text), len(text.split()))
        else:
            assert (row["text"], row["text_sha256"]) == (text, None)


def test_no_single_rating_of_that_corpus_is_released(folder: Path) -> None:
    items = pq.read_table(folder / "items.parquet", columns=["uuid", "corpus"])
    tales = items.filter(pc.equal(items["corpus"], "tales"))["uuid"]
    judgments = pq.read_table(folder / "judgments.parquet")
    assert not pc.any(pc.is_in(judgments["item"], value_set=tales.combine_chunks())).as_py()
    counts = pq.read_table(folder / "counts.parquet")
    assert set(counts["item"].to_pylist()) <= set(tales.to_pylist())
    assert "rater" not in counts.column_names


def test_the_counts_are_those_of_the_ratings(folder: Path) -> None:
    names = json.loads(pq.read_schema(folder / "items.parquet").field("goemotions").metadata[b"chorale.labels"])
    tales = {row["uuid"] for row in made.items(240, 0) if row["corpus"] == "tales"}
    said = [row for row in made.judgments(240, 0) if row["item"] in tales and row["scheme"] == made.SCHEMES[0]]
    people = [row for row in said if row["rater"] != "echo-1"]
    expected = Counter((row["item"], names[code]) for row in people for code in row["labels"])
    raters = Counter(row["item"] for row in people)
    rows = [r for r in pq.read_table(folder / "counts.parquet").to_pylist() if r["kind"] == "person"]
    labelled = [r for r in rows if r["scheme"] == made.SCHEMES[0]]
    assert {(r["item"], r["label"]): r["votes"] for r in labelled if r["label"]} == dict(expected)
    assert {r["item"]: r["judgments"] for r in labelled} == dict(raters)
    numbers = [r for r in rows if r["scheme"] == made.SCHEMES[2]]
    assert all(r["value"] is not None for r in numbers)
    assert {r["judgments"] for r in numbers} == {3}


def test_soft_labels_come_from_all_ratings_and_match_the_counts(folder: Path) -> None:
    names = json.loads(pq.read_schema(folder / "items.parquet").field("goemotions").metadata[b"chorale.labels"])
    counts = Counter({
        (r["item"], r["label"]): r["votes"] / r["judgments"]
        for r in pq.read_table(folder / "counts.parquet").to_pylist()
        if r["kind"] == "person" and r["scheme"] == made.SCHEMES[0] and r["label"]
    })  # fmt: skip
    table = pq.read_table(folder / "items.parquet", columns=["uuid", "corpus", "goemotions"])
    for row in table.to_pylist():
        if row["corpus"] == "tales":
            assert row["goemotions"] == pytest.approx([counts[(row["uuid"], name)] for name in names], abs=1e-6)


def test_it_is_sound_and_recomputed_where_it_can_be(folder: Path) -> None:
    assert verify(folder).ok
    report = recompute(folder)
    assert report.ok, str(report)
    assert "letters" in {entry["corpus"] for entry in json.loads((folder / "report.json").read_bytes())["agreement"]}

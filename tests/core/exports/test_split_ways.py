"""Splits by language, corpus and time, whole raters, whole facets, and people dealt to sides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exports.recipe import Splits
from exports.recipe_reader import RecipeError, read_recipe
from exports.release import build
from harmonize.problems import ChoraleError
from tests.core.exports import made
from tests.core.exports.test_splits import dealt, many


def test_by_language_the_named_ones_are_held_out_and_no_duplicate_leaks() -> None:
    rows = many(300, language=lambda i: ("en", "de", "fr")[i % 3], duplicate=lambda i: f"t{i if i > 2 else 0}")
    found = dealt(rows, Splits(by="language", dev_values=("de",), test_values=("fr",)))
    assert found["u00004"] == ("dev", "language")
    assert found["u00005"] == ("test", "language")
    assert found["u00003"] == ("train", "language")
    # The first three share a text: only the one held out furthest stays.
    assert [found[f"u0000{i}"] for i in range(3)] == [
        (None, "bridges-splits"),
        (None, "bridges-splits"),
        ("test", "language"),
    ]


def test_by_corpus_published_splits_do_not_count() -> None:
    rows = many(40, corpus=lambda i: f"c{i % 2}", source_split=lambda i: "test" if i % 4 else "train")
    found = dealt(rows, Splits(by="corpus", test_values=("c1",), group=()))
    assert {found[f"u{i:05}"][0] for i in range(0, 40, 2)} == {"train"}
    assert {found[f"u{i:05}"][0] for i in range(1, 40, 2)} == {"test"}


def test_by_time_no_training_item_is_newer_than_a_test_item() -> None:
    days = [f"2020-{1 + i % 12:02}-{1 + i % 27:02}" for i in range(500)]
    rows = many(500, facets=lambda i: json.dumps({"said": days[i]} if i else {"said": "long ago"}))
    found = dealt(rows, Splits(by="time", time_facet="said", group=()))
    sides: dict[str | None, list[str]] = {}
    for i in range(1, 500):
        sides.setdefault(found[f"u{i:05}"][0], []).append(days[i])
    assert max(sides["train"]) < min(sides["dev"])
    assert max(sides["dev"]) < min(sides["test"])
    assert abs(len(sides["train"]) / 499 - 0.8) < 0.05
    assert found["u00000"] == (None, "no-time")


def test_an_item_of_the_version_before_keeps_its_side_against_time() -> None:
    rows = many(20, facets=lambda i: json.dumps({"said": f"20{i + 10}"}))
    found = dealt(rows, Splits(by="time", time_facet="said", group=()), kept={"u00019": "train"})
    assert found["u00019"] == ("train", "kept")
    assert found["u00018"] == ("test", "time")


def test_items_of_one_rater_stay_together() -> None:
    rows = many(600)
    judged = pa.table({"item": [row["uuid"] for row in rows] * 2, "rater": [f"r{i // 20}" for i in range(600)] * 2})
    found = dealt(rows, Splits(group=("rater",)), judged=[judged, judged.slice(0, 0)])
    for first in range(0, 600, 20):
        assert len({found[f"u{i:05}"][0] for i in range(first, first + 20)}) == 1
    assert {side for side, _ in found.values()} == {"train", "dev", "test"}


def test_items_that_share_a_facet_stay_together() -> None:
    rows = many(900, facets=lambda i: json.dumps({"pair": i // 3} if i % 9 else {}))
    found = dealt(rows, Splits(group=("facet:pair",)))
    for first in range(0, 900, 3):
        linked = [i for i in range(first, first + 3) if i % 9]
        assert len({found[f"u{i:05}"][0] for i in linked}) == 1


def test_people_are_dealt_to_sides_and_keep_them(tmp_path: Path) -> None:
    text = made.ONE_LAYER + "\n[splits]\nraters = true\nseed = 'people'\ntrain = 0.5\ndev = 0.0\ntest = 0.5\n"
    sides = []
    for seed, salt in ((0, made.SALT), (1, b"another salt of enough bytes")):
        build(tmp_path / str(seed), made.recipe(text), made.source(40, seed), salt=salt)
        table = pq.read_table(tmp_path / str(seed) / "raters.parquet")
        rows: list[dict[str, Any]] = table.filter(pa.compute.equal(table["kind"], "person")).to_pylist()
        sides.append(sorted(row["split"] for row in rows))
        assert table.filter(pa.compute.equal(table["kind"], "model"))["split"].to_pylist() == [None]
    assert sides[0] == sides[1]
    assert set(sides[0]) == {"train", "test"}


def test_a_side_that_is_left_empty_closes_the_gate(tmp_path: Path) -> None:
    text = made.ONE_LAYER + '\n[splits]\ngroup = ["rater"]\nhonour_source = false\n'
    with pytest.raises(ChoraleError, match="Nothing is left for"):
        build(tmp_path / "r", made.recipe(text), made.source(40), salt=made.SALT)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('by = "language"', "test_values"),
        ('by = "time"', "time_facet"),
        ('by = "moon"', "splits.by"),
        ('group = ["moon"]', "splits.group"),
        ('by = "corpus"\ntest_values = ["a"]\ndev_values = ["a"]', "both name a"),
    ],
)
def test_what_a_way_of_dealing_lacks_is_told(text: str, told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        read_recipe(f"{made.ONE_LAYER}\n[splits]\n{text}\n")

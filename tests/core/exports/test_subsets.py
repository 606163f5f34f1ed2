"""Named subsets: who belongs, what training may not see, and the test behind "people split"."""

from __future__ import annotations

import json
from pathlib import Path

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest

from exports.recipe_reader import RecipeError, read_recipe
from exports.recompute import recompute
from exports.release import build
from exports.verify import verify
from tests.core.exports import made
from tests.core.exports.rewriting import with_changed

ASKED = """
[[subsets]]
name = "gold"
rule = "gold"
[[subsets]]
name = "german"
rule = "language"
languages = ["de"]
[[subsets]]
name = "human-only"
rule = "human-only"
[[subsets]]
name = "no-joy-seen"
rule = "unseen-label"
layer = "goemotions"
labels = ["joy", "grief"]
[[subsets]]
name = "torn"
rule = "conflict"
layer = "goemotions"
least = 8
"""


def judgments() -> list[dict[str, object]]:
    """Ten votes an item: most are of one mind, every tenth item is five to five; a model speaks of the first 20."""
    rng = np.random.default_rng(3)
    rows = []
    for i in range(200):
        one, two = int(i % 13), int(13 + i % 13)
        for r in range(10):
            mark = two if (i % 10 == 0 and r < 5) or rng.random() < 0.03 else one
            rows.append(made._row(i, f"r{r}", made.SCHEMES[0], "reader", labels=[mark]))
        if i < 20:
            rows.append(made._row(i, "echo-1", made.SCHEMES[0], "reader", probabilities=[1 / 28] * 28, labels=[0]))
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    recipe = made.recipe(made.ONE_LAYER + ASKED)
    people = [{"key": f"r{r}", "kind": "person"} for r in range(10)]
    source = with_changed(made.source(200), judgments=judgments(), raters=[*people, made.raters()[-1]])
    place = tmp_path_factory.mktemp("releases") / "subsets"
    build(place, recipe, source, salt=made.SALT)
    return place


def members(folder: Path, name: str) -> set[str]:
    return set(pq.read_table(folder / f"subsets/{name}.parquet")["uuid"].to_pylist())


def test_gold_language_and_human_only(folder: Path) -> None:
    rows = pq.read_table(folder / "items.parquet").to_pylist()
    assert members(folder, "gold") == {row["uuid"] for row in rows if row["reserved"] == "gold"}
    assert members(folder, "german") == {row["uuid"] for row in rows if row["language"] == "de"}
    assert members(folder, "human-only") == {made.item_id(i) for i in range(20, 200)}


def test_training_never_sees_an_unseen_label(folder: Path) -> None:
    table = pq.read_table(folder / "items.parquet")
    names = json.loads(table.schema.field("goemotions").metadata[b"chorale.labels"])
    places = [names.index("joy"), names.index("grief")]
    bearing = [row for row in table.to_pylist() if any(row["goemotions"][place] > 0 for place in places)]
    assert members(folder, "no-joy-seen") == {row["uuid"] for row in bearing}
    assert bearing
    assert {row["split"] for row in bearing} <= {"test", None}
    published = {row["source_split"] for row in bearing if row["split"] is None and row["reserved"] != "gold"}
    assert published <= {"train", "dev"}
    assert {row["split_reason"] for row in bearing} <= {"unseen-label", "reserved-gold"}


def test_conflict_is_tested_and_not_guessed(folder: Path) -> None:
    torn = members(folder, "torn")
    assert torn == {made.item_id(i) for i in range(0, 200, 10)}
    told = {entry["name"]: entry for entry in json.loads((folder / "report.json").read_bytes())["subsets"]}
    assert told["torn"]["verdicts"]["people split"] == 20
    assert sum(told["torn"]["verdicts"].values()) == 200
    assert told["torn"]["items"] == sum(told["torn"]["sides"].values()) == 20


def test_subsets_are_verified_recomputed_and_load(folder: Path, tmp_path: Path) -> None:
    assert verify(folder).ok
    again = recompute(folder)
    assert again.ok, str(again)
    loaded = datasets.load_dataset(str(folder), "subset-torn", split="full", cache_dir=str(tmp_path))
    assert set(loaded["uuid"]) == members(folder, "torn")


def test_what_a_subset_lacks_is_told() -> None:
    wrong = made.RECIPE + '\n[[subsets]]\nname = "a"\nrule = "conflict"\n[[subsets]]\nname = "a"\nrule = "odd"\n'
    with pytest.raises(RecipeError) as caught:
        read_recipe(wrong)
    assert {p.where for p in caught.value.problems} >= {"subsets[0].layer", "subsets[1].rule", "subsets[0].name"}

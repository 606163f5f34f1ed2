"""Views show the release's own items: same ids, same numbers, no item on two sides, nothing from the gold items."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from exports.recipe_reader import read_recipe
from exports.views import wanted
from exports.views.classification import hard_labels
from harmonize import schemes
from harmonize.problems import ChoraleError
from harmonize.records import Semantics
from tests.core.exports import made

GOEMOTIONS = schemes.load("goemotions-28@1.0.0")
SIDES = ("train", "dev", "test")


@pytest.fixture(scope="module")
def items(release: Path) -> dict[str, dict[str, Any]]:
    return {row["uuid"]: row for row in pq.read_table(release / "items.parquet").to_pylist()}


def rows(release: Path, view: str, side: str) -> list[dict[str, Any]]:
    parquet = release / "views" / view / f"{side}.parquet"
    if parquet.exists():
        return pq.read_table(parquet).to_pylist()
    lines = (release / "views" / view / f"{side}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_the_views_asked_for_are_there(release: Path) -> None:
    assert sorted(path.name for path in (release / "views").iterdir()) == [
        "classification-hard-goemotions",
        "classification-hard-model",
        "classification-soft-belief",
        "classification-soft-goemotions",
        "classification-soft-plutchik",
        "dialogue-goemotions",
        "entailment-plutchik",
        "instruction-goemotions",
        "preference-goemotions",
        "regression-vad",
    ]


def test_every_view_keeps_items_on_their_side(release: Path, items: dict[str, dict[str, Any]]) -> None:
    for view in sorted((release / "views").iterdir()):
        for side in SIDES:
            found = rows(release, view.name, side)
            turns = [turn for row in found for turn in row["turns"]] if view.name.startswith("dialogue") else found
            assert turns or view.name.startswith(("regression", "dialogue")), (view.name, side)
            assert {items[row["uuid"]]["split"] for row in turns} <= {side}


def test_soft_labels_are_those_of_the_items(release: Path, items: dict[str, dict[str, Any]]) -> None:
    seen = 0
    for side in SIDES:
        for row in rows(release, "classification-soft-plutchik", side):
            assert row["label"] == items[row["uuid"]]["plutchik"]
            assert row["n"] == items[row["uuid"]]["plutchik_n"]
            seen += 1
    assert seen == sum(row["split"] is not None for row in items.values())
    facts = pq.read_schema(release / "views/classification-soft-plutchik/train.parquet").field("label").metadata
    assert json.loads(facts[b"chorale.labels"])[0] == "anger"


def test_hard_labels_are_what_more_than_half_gave(release: Path, items: dict[str, dict[str, Any]]) -> None:
    for row in rows(release, "classification-hard-goemotions", "train"):
        shares = items[row["uuid"]]["goemotions"]
        assert row["labels"] == [n for n, p in zip(GOEMOTIONS.names, shares, strict=True) if p > 0.5]


def test_a_tie_is_nobodys_label() -> None:
    scheme = schemes.load("ekman-6@1.0.0")
    soft = np.array([[0.5, 0.5, 0, 0, 0, 0], [0.6, 0.4, 0, 0, 0, 0], [np.nan, 0.5, 0.2, 0.3, 0, 0]])
    assert hard_labels(soft, Semantics.DISTRIBUTION, scheme) == [[], [scheme.names[0]], [scheme.names[1]]]
    assert hard_labels(soft, Semantics.PROPORTIONS, scheme) == [[], [scheme.names[0]], []]


def test_regression_is_one_number_a_dimension(release: Path, items: dict[str, dict[str, Any]]) -> None:
    for side in SIDES:
        for row in rows(release, "regression-vad", side):
            item = items[row["uuid"]]
            assert [row[d] for d in ("valence", "arousal", "dominance")] == item["vad"]
            assert [row[f"{d}_sd"] for d in ("valence", "arousal", "dominance")] == item["vad_sd"]


def test_entailment_leaves_out_what_the_source_could_not_say(release: Path, items: dict[str, dict[str, Any]]) -> None:
    found = rows(release, "entailment-plutchik", "dev")
    for row in found:
        place = schemes.load("plutchik-8@1.0.0").names.index(row["label"])
        assert row["entailment"] == items[row["uuid"]]["plutchik"][place]
        assert row["hypothesis"] == f"A reader feels {row['label']}."
    spoken = sum(p is not None for row in items.values() if row["split"] == "dev" for p in row["plutchik"])
    assert len(found) == spoken


def test_chats_are_valid_and_say_what_the_hard_view_says(release: Path) -> None:
    hard = {row["uuid"]: row for row in rows(release, "classification-hard-goemotions", "train")}
    chats = rows(release, "instruction-goemotions", "train")
    assert len(chats) == len(hard)
    for chat in chats:
        assert [m["role"] for m in chat["messages"]] == ["system", "user", "assistant"]
        assert all(isinstance(m["content"], str) and m["content"] for m in chat["messages"])
        assert json.loads(chat["messages"][2]["content"]) == {"labels": hard[chat["uuid"]]["labels"]}
        row = hard[chat["uuid"]]
        assert chat["messages"][1]["content"] == ("B: before\n" if row["context"] else "") + row["text"]
        assert GOEMOTIONS.names[3] in chat["messages"][0]["content"]


def test_the_chosen_answer_had_more_votes(release: Path, items: dict[str, dict[str, Any]]) -> None:
    found = rows(release, "preference-goemotions", "train")
    assert found
    for row in found:
        shares = dict(zip(GOEMOTIONS.names, items[row["uuid"]]["goemotions"], strict=True))
        better, worse = (json.loads(row[side][0]["content"])["labels"][0] for side in ("chosen", "rejected"))
        assert shares[better] == max(shares.values())
        assert list(shares.values()).count(shares[better]) == 1
        assert shares[better] - shares[worse] == pytest.approx(row["margin"], abs=1e-5)
        assert row["margin"] >= 0.33
        assert [m["role"] for m in row["prompt"]] == ["system", "user"]


def test_dialogues_are_whole_and_in_order(release: Path, items: dict[str, dict[str, Any]]) -> None:
    for side in SIDES:
        for row in rows(release, "dialogue-goemotions", side):
            positions = [turn["position"] for turn in row["turns"]]
            assert positions == sorted(positions)
            assert {items[turn["uuid"]]["group"] for turn in row["turns"]} == {row["dialogue"]}


def test_a_view_that_suits_no_layer_is_refused() -> None:
    with pytest.raises(ChoraleError, match="regression:goemotions"):
        wanted(read_recipe(made.RECIPE.replace('"regression"', '"regression:goemotions"')))

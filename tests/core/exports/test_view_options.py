"""Spans, pairs, rewards, and views with options: one modality, no context."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from exports.recipe_reader import RecipeError, read_recipe
from exports.release import build
from tests.core.exports import made
from tests.core.exports.rewriting import with_changed

VIEWS = """views = [
  "spans:goemotions", "pairs:goemotions", "reward:goemotions", "instruction:goemotions/no-context",
  "classification-soft:goemotions/image", "classification-soft:goemotions/text/no-context",
]"""
SPANS = json.dumps(
    [
        {"role": "cause", "start": 0, "end": 4, "unit": "code point", "text": "Line"},
        {"role": "cue", "x": 1.5, "y": 2, "width": 10, "height": 20},
    ]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    items = [row | ({"modality": "image"} if i % 5 == 0 else {}) for i, row in enumerate(made.items(120, 0))]
    said = made.judgments(120, 0)
    for row in said:
        row["spans"] = SPANS if row["rater"] == "r0" and row["scheme"] == made.SCHEMES[0] else None
    said.append(made._row(3, "r9", made.SCHEMES[0], "reader", labels=[1], spans=SPANS) | {"arm": "assisted"})
    raters = [*made.raters(), {"key": "r9", "kind": "person"}]
    place = tmp_path_factory.mktemp("releases") / "views"
    source = with_changed(made.source(120), items=items, judgments=said, raters=raters)
    splits = '\n[splits]\nhonour_source = false\ngroup = ["group"]\n'
    build(place, made.recipe(made.ONE_LAYER.replace("views = []", VIEWS) + splits), source, salt=made.SALT)
    return place


def rows(folder: Path, view: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted((folder / "views" / view).iterdir()):
        if path.suffix == ".parquet":
            found += [row | {"side": path.stem} for row in pq.read_table(path).to_pylist()]
        else:
            found += [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return found


def test_a_marked_place_is_a_row_and_points_into_the_text(folder: Path) -> None:
    found = rows(folder, "spans-goemotions")
    placed = pq.read_table(folder / "items.parquet", columns=["split"])["split"].drop_null()
    assert len(found) == 2 * len(placed)
    assert {row["rater"] for row in found} == {found[0]["rater"]}, "an assisted rater's marks count in nothing"
    causes = [row for row in found if row["role"] == "cause"]
    assert all(row["text"][int(row["start"]) : int(row["end"])] == row["marked"] == "Line" for row in causes)
    cue = next(row for row in found if row["role"] == "cue")
    assert (cue["unit"], cue["x"], cue["width"], cue["start"]) == ("per cent", 1.5, 10.0, None)


def test_neighbours_of_a_dialogue_stand_side_by_side(folder: Path) -> None:
    items = {row["uuid"]: row for row in pq.read_table(folder / "items.parquet").to_pylist()}
    found = rows(folder, "pairs-goemotions")
    assert found
    for row in found:
        one, two = items[row["first_uuid"]], items[row["second_uuid"]]
        assert (one["corpus"], one["group"]) == (two["corpus"], two["group"]) == (row["corpus"], row["group"])
        assert one["position"] < two["position"]
        assert row["first_label"] == one["goemotions"]
        assert {one["split"], two["split"]} == {row["side"]}


def test_rewards_are_shares_and_wrong_answers_are_as_many_as_given_ones(folder: Path) -> None:
    table = pq.read_table(folder / "items.parquet")
    names = json.loads(table.schema.field("goemotions").metadata[b"chorale.labels"])
    shares = {row["uuid"]: dict(zip(names, row["goemotions"], strict=True)) for row in table.to_pylist()}
    by_item: dict[str, list[float]] = {}
    for row in rows(folder, "reward-goemotions"):
        (label,) = json.loads(row["completion"][0]["content"])["labels"]
        assert row["reward"] == pytest.approx(shares[row["uuid"]][label], abs=1e-6)
        by_item.setdefault(row["uuid"], []).append(row["reward"])
    for uuid, rewards in by_item.items():
        given = sum(reward > 0 for reward in rewards)
        assert given == sum(share > 0 for share in shares[uuid].values())
        assert np.sum(np.array(rewards) == 0) == min(given, 28 - given)


def test_options_narrow_a_view(folder: Path) -> None:
    items = {row["uuid"]: row for row in pq.read_table(folder / "items.parquet").to_pylist()}
    pictures = rows(folder, "classification-soft-goemotions-image")
    assert {items[row["uuid"]]["modality"] for row in pictures} == {"image"}
    assert any(row["context"] for row in pictures)
    texts = rows(folder, "classification-soft-goemotions-no-context-text")
    assert {items[row["uuid"]]["modality"] for row in texts} == {"text"}
    assert not any(row["context"] for row in texts)
    chats = rows(folder, "instruction-goemotions-no-context")
    assert all(row["messages"][1]["content"] == items[row["uuid"]]["text"] for row in chats)


def test_an_option_nobody_knows_is_told() -> None:
    with pytest.raises(RecipeError, match="'colour' of spans"):
        read_recipe(made.ONE_LAYER.replace("views = []", 'views = ["spans/colour"]'))

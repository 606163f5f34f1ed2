"""Derived columns of a release: by hand from its soft labels, told on the card, checked again, found when changed."""

from __future__ import annotations

import json
import math
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exports.recipe_reader import RecipeError
from exports.recompute import recompute
from exports.release import build
from exports.source import JUDGMENTS, ReleaseSource
from tests.core.exports import made

VAD = made.SCHEMES[2]
MORE = f"""
[[layers]]
name = "vad"
scheme = "{VAD}"
perspective = "writer"
method = "dimension-mean"

[[layers]]
name = "vad_reader"
scheme = "{VAD}"
perspective = "reader"
method = "dimension-mean"

[[layers]]
{made.HARMONISED}
[[layers]]
name = "model"
scheme = "{made.SCHEMES[0]}"
perspective = "reader"
method = "model-confidence"
raters = "model"

[[derived]]
name = "shift"
rule = "turn-shift@1"
layer = "model"

[[derived]]
name = "gap"
rule = "perspective-gap@1"
layer = "vad"
other = "vad_reader"

[[derived]]
name = "inferred"
rule = "inferred-value@1"
layer = "plutchik"
other = "vad"
norms = "russell-mehrabian-1977"
"""
TEXT = made.ONE_LAYER + MORE


def source(shuffle: int | None = None) -> ReleaseSource:
    """The made source, in which readers also place what writers placed, half a step higher on each dimension."""
    rows = made.judgments(60, 0)
    for row in [row for row in rows if row["scheme"] == VAD]:
        values = [value + 0.5 for value in row["values"]]
        again = row | {"perspective": "reader", "values": values, "key": str(uuid.uuid5(uuid.UUID(row["key"]), "r"))}
        rows.append(again)
    table = pa.Table.from_pylist(rows, schema=JUDGMENTS)
    return replace(made.source(60, shuffle=shuffle), judgments=lambda: table.to_batches(max_chunksize=50))


@pytest.fixture(scope="module")
def derived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("derived") / "0.1.0"
    build(folder, made.recipe(TEXT), source(), salt=made.SALT)
    return folder


def rows(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    return {row["uuid"]: row for row in pq.read_table(folder / f"{name}.parquet").to_pylist()}


def test_each_column_follows_from_the_soft_labels_by_its_rule(derived: Path) -> None:
    items, found = rows(derived, "items"), rows(derived, "derived")
    assert list(found) == list(items), "one row an item, in the order of the items"
    shifts = gaps = 0
    for i in range(60):
        row = found[made.item_id(i)]
        now, before = items[made.item_id(i)]["model"], items[made.item_id(max(i - 2, 0))]["model"]
        if i % 4 != 3 or i % 3 != 1:  # the first of a dialogue (which is of one corpus), or in none
            assert (row["shift"], row["shift_size"]) == (None, None)
        else:
            assert row["shift"] == pytest.approx([a - b for a, b in zip(now, before, strict=True)], abs=2e-6)
            assert row["shift_size"] == pytest.approx(divergence(now, before), abs=1e-5)
            shifts += 1
        if i % 3:
            assert row["gap"] is None
        else:
            assert row["gap"] == pytest.approx([0.5] * 3, abs=2e-6)
            assert row["gap_size"] == pytest.approx(0.5 * math.sqrt(3), abs=2e-6)
            gaps += 1
    assert (shifts, gaps) == (5, 20)


def divergence(one: list[float], two: list[float]) -> float:
    """Jensen-Shannon divergence in bits, term by term."""
    total = 0.0
    for p, q in zip(one, two, strict=True):
        middle = (p + q) / 2
        total += sum(x * math.log2(x / middle) / 2 for x in (p, q) if x > 0)
    return total


def test_figures_of_derived_columns_are_told_and_checked(derived: Path, tmp_path: Path) -> None:
    shift, gap, inferred = json.loads((derived / "report.json").read_bytes())["derived"]
    assert (shift["rule"], shift["defined"], sum(shift["bins"]["counts"])) == ("turn-shift@1", 5, 5)
    assert (gap["defined"], gap["mean"]) == (20, dict.fromkeys(gap["mean"], 0.5))
    assert gap["mean_size"] == pytest.approx(0.5 * math.sqrt(3), abs=2e-6)
    assert (inferred["rule"], inferred["other"]) == ("inferred-value@1 (russell-mehrabian-1977)", "vad")
    assert set(inferred["mean"]) == {"valence", "arousal", "dominance"}
    card = (derived / "README.md").read_text("utf-8")
    assert "## Derived columns" in card
    assert "config_name: derived" in card
    build(tmp_path / "again", made.recipe(TEXT), source(shuffle=4), salt=made.SALT)
    assert (tmp_path / "again" / "manifest.json").read_bytes() == (derived / "manifest.json").read_bytes()
    again = recompute(derived)
    assert again.ok, str(again)
    table = pq.read_table(tmp_path / "again" / "derived.parquet")
    wrong = pa.array([None if v is None else v + 0.1 for v in table["shift_size"].to_pylist()], pa.float32())
    place = table.schema.get_field_index("shift_size")
    pq.write_table(table.set_column(place, table.schema.field(place), wrong), tmp_path / "again" / "derived.parquet")
    assert "derived.parquet, shift_size" in {problem.where for problem in recompute(tmp_path / "again").problems}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('layer = "model"', 'layer = "goemotions"', "no difference of one meaning"),
        ('other = "vad_reader"', 'other = "model"', "same scheme and method"),
        ('layer = "vad"\n', 'layer = "nothing"\n', "Name one of the layers"),
        ('layer = "plutchik"\nother', 'layer = "vad"\nother', "not of people's marks"),
        ('name = "gap"', 'name = "shift"', "more than once"),
        ("turn-shift@1", "turn-shift@2", "Use one of: turn-shift@1"),
    ],
)
def test_a_rule_that_does_not_fit_is_told_in_the_recipe(old: str, new: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        made.recipe(TEXT.replace(old, new, 1))


def test_recipes_without_derived_columns_keep_their_hash() -> None:
    assert "derived" not in made.recipe().to_dict()
    assert made.recipe(TEXT).to_dict()["derived"][0]["rule"] == "turn-shift@1"

"""What stands in the tables of a release, against a plain recount of the made rows."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from exports.lineage import trace
from exports.reading import ReleaseFolder
from exports.recipe_reader import RecipeError
from exports.recompute import recompute
from exports.release import build
from exports.verify import verify
from harmonize import schemes
from harmonize.problems import ChoraleError
from tests.core.exports import made

GOEMOTIONS = schemes.load("goemotions-28@1.0.0").names


@pytest.fixture(scope="module")
def votes() -> dict[str, list[list[int]]]:
    kept = defaultdict(list)
    for row in made.judgments(240, 0):
        if row["scheme"] == made.SCHEMES[0] and row["rater"] != "echo-1":
            kept[row["item"]].append(row["labels"])
    return dict(kept)


def test_vote_proportions_are_the_votes(release: Path, votes: dict[str, list[list[int]]]) -> None:
    for row in pq.read_table(release / "items.parquet").to_pylist():
        cast = votes[row["uuid"]]
        expected = [sum(code in marks for marks in cast) / len(cast) for code in range(28)]
        assert row["goemotions"] == pytest.approx(expected, abs=1e-6)
        assert row["goemotions_n"] == len(cast)


def test_each_judgment_is_mapped_and_then_counted(release: Path, votes: dict[str, list[list[int]]]) -> None:
    """Proportions of a merged label are not the sum of the proportions (SCIENCE rule 6)."""
    walk = made.source(4).crosswalks[made.WALK].matrix() > 0
    apart = 0
    for row in pq.read_table(release / "items.parquet").to_pylist():
        cast = votes[row["uuid"]]
        mapped = [walk[marks].any(axis=0) if marks else np.zeros(8, bool) for marks in cast]
        expected = np.where(walk.any(axis=0), np.mean(mapped, axis=0), np.nan)
        assert np.allclose(np.array(row["plutchik"], float), expected, equal_nan=True, atol=1e-6)
        apart += not np.allclose(np.array(row["goemotions"]) @ walk, expected, atol=1e-6)
    assert apart > 0


def test_what_nobody_rated_is_null_and_not_zero(release: Path) -> None:
    table = pq.read_table(release / "items.parquet")
    assert table["vad"].null_count == 160
    assert set(table.filter(table["vad"].is_null())["vad_n"].to_pylist()) == {0}
    assert table["vad_entropy"].null_count == 240  # a mean of numbers has no entropy
    assert table["model_entropy"].null_count == 240


def test_entropy_of_proportions_is_the_sum_over_labels(release: Path) -> None:
    for row in pq.read_table(release / "items.parquet").to_pylist():
        bits = [-q * np.log2(q) for p in row["goemotions"] for q in (p, 1 - p) if q > 0]
        assert row["goemotions_entropy"] == pytest.approx(sum(bits), abs=1e-4)


def test_label_names_and_meaning_travel_with_the_column(release: Path) -> None:
    facts = pq.read_schema(release / "items.parquet").field("goemotions").metadata
    assert tuple(json.loads(facts[b"chorale.labels"])) == GOEMOTIONS
    assert facts[b"chorale.semantics"] == b"proportions"
    assert facts[b"chorale.perspective"] == b"reader"


def test_every_judgment_is_there_under_names(release: Path) -> None:
    given = made.judgments(240, 0)
    table = pq.read_table(release / "judgments.parquet").to_pylist()
    assert len(table) == len(given)
    wanted = sorted(repr((r["item"], r["scheme"], r.get("values"), _names(r))) for r in given)
    found = sorted(repr((r["item"], r["scheme"], r["values"], r["labels"])) for r in table)
    assert found == wanted
    assert {r["status"] for r in table} == {"answered", "none-applies"}
    assert {r["time"] for r in table} <= {f"202{y}-{m:02}" for y in (3, 4) for m in range(1, 13)}
    assert {r["kind"] for r in table if r["rater"] is None} == {"person"}
    assert {(r["model"], r["prompt_version"]) for r in table if r["kind"] == "model"} == {("echo", "p1")}
    assert {r["shown"] for r in table if r["kind"] == "model"} == {made.SHOWN}
    assert {r["shown"] for r in table if r["kind"] != "model"} == {None}


def _names(row: dict[str, object]) -> list[str] | None:
    labels = row.get("labels")
    return None if labels is None else [GOEMOTIONS[code] for code in labels]  # type: ignore[attr-defined]


def test_text_comes_through_unchanged(release: Path) -> None:
    given = {row["uuid"]: row["text"] for row in made.items(240, 0)}
    frame = pd.read_parquet(release / "items.parquet")
    assert dict(zip(frame["uuid"], frame["text"], strict=True)) == given


def test_small_trait_cells_are_suppressed(release: Path) -> None:
    people = ReleaseFolder(release).table("raters", ["kind", "traits"]).to_pylist()
    assert {row["traits"] for row in people if row["kind"] == "person"} == {'{"age": "suppressed"}'}


def test_the_deep_tables_come_back(release: Path, votes: dict[str, list[list[int]]]) -> None:
    folder = ReleaseFolder(release)
    judged = folder.judgments("goemotions-28@1.0.0", "reader")
    counts, n = judged.counts()
    items = judged.items.to_pylist()
    assert {items[i]: int(n[i]) for i in range(len(items))} == {k: len(v) for k, v in votes.items()}
    soft = folder.soft("goemotions")
    place = {uuid: i for i, uuid in enumerate(soft.items.to_pylist())}
    for i, item in enumerate(items):
        assert soft.values[place[item]] == pytest.approx(counts[i] / n[i], abs=1e-6)
    assert folder.judgments("vad-5@1.0.0", "writer").rater.max() == -1
    assert len(folder.judgments("goemotions-28@1.0.0", "reader", raters="echo-1")) == 240


def test_columns_and_licences_that_were_left_out_are_not_there(tmp_path: Path) -> None:
    asked = """
[filters]
licences = ["CC0-1.0"]
[without]
items = ["facets", "author", "source_file", "line"]
judgments = ["native", "time", "job"]
"""
    build(tmp_path / "r", made.recipe(made.ONE_LAYER + asked), made.source(60), salt=made.SALT)
    items, judgments = (pq.read_table(tmp_path / "r" / f"{name}.parquet") for name in ("items", "judgments"))
    assert set(items["corpus"].to_pylist()) == {"letters"}, "tales are under CC-BY-4.0"
    assert not {"facets", "author", "source_file", "line"} & set(items.column_names)
    assert not {"native", "time", "job"} & set(judgments.column_names)
    assert {"text", "split", "goemotions"} <= set(items.column_names)
    assert (verify(tmp_path / "r").ok, recompute(tmp_path / "r").ok) == (True, True)
    assert trace(tmp_path / "r", items["uuid"][0].as_py(), "goemotions")["judgments"]
    assert "Tales" not in (tmp_path / "r" / "README.md").read_text("utf-8")
    with pytest.raises(ChoraleError, match=r"CC-BY-4\.0, CC0-1\.0"):
        build(
            tmp_path / "n",
            made.recipe(made.ONE_LAYER + asked.replace("CC0-1.0", "MIT")),
            made.source(9),
            salt=made.SALT,
        )
    with pytest.raises(RecipeError, match="These can be left out"):
        made.recipe(made.ONE_LAYER + asked.replace('"facets"', '"uuid"'))

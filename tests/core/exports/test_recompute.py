"""A release's figures come again from its tables; a wrong one is found, even where every hash is right."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exports.manifest import canonical
from exports.recompute import recompute
from exports.release import build
from tests.core.exports import made


@pytest.fixture
def copy(release: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(release, tmp_path / "copy"))


def test_all_figures_come_again(release: Path) -> None:
    report = recompute(release)
    assert report.ok, str(report)
    assert report.independent
    assert report.labels == 240 * 4 + 80
    assert report.alphas >= 28
    assert report.figures > 500
    assert str(report).startswith("RECOMPUTED")


def test_a_wrong_figure_is_named(copy: Path) -> None:
    told = json.loads((copy / "report.json").read_bytes())
    told["layers"][0]["mean"]["joy"] += 0.01
    told["agreement"][0]["alpha"]["value"] = 0.9
    (copy / "report.json").write_bytes(canonical(told))
    wheres = [problem.where for problem in recompute(copy).problems]
    assert wheres == ["report.json, agreement[0].alpha.value", "report.json, layers[0].mean.joy"]


def test_a_soft_label_that_its_votes_do_not_give_is_named(copy: Path) -> None:
    table = pq.read_table(copy / "items.parquet")
    first = table["goemotions"].to_pylist()
    first[5] = first[5][1:] + first[5][:1]
    column = pa.array(first, table.schema.field("goemotions").type)
    place = table.schema.get_field_index("goemotions")
    table = table.set_column(place, table.schema.field("goemotions"), column)
    pq.write_table(table, copy / "items.parquet")
    problems = recompute(copy).problems
    assert "items.parquet, goemotions" in {problem.where for problem in problems}


def test_filters_act_before_anything_is_learned_from_the_votes(tmp_path: Path, release: Path) -> None:
    text = made.RECIPE + "\n[filters]\nmin_raters = 3\nmax_entropy = 4.5\nmin_agreement = 0.93\n"
    build(tmp_path / "r", made.recipe(text), made.source(120), salt=made.SALT)
    items = pq.read_table(tmp_path / "r" / "items.parquet")
    told = json.loads((tmp_path / "r" / "report.json").read_bytes())["dropped"]
    assert 0 < items.num_rows == 120 - sum(told.values())
    assert min(told.values()) > 0
    most = [max(pair) for pair in zip(items["goemotions_n"].to_pylist(), items["vad_n"].to_pylist(), strict=True)]
    assert min(most) == 3
    assert max(items["goemotions_entropy"].to_pylist()) <= 4.5
    assert set(pq.read_table(tmp_path / "r" / "judgments.parquet")["item"].to_pylist()) == set(
        items["uuid"].to_pylist()
    )
    assert min(agreeing(tmp_path / "r")) >= 0.93 > min(agreeing(release))
    assert recompute(tmp_path / "r").ok


def agreeing(folder: Path) -> list[float]:
    """By counting: over all pairs of people of an item and all labels, how often both gave it or both did not."""
    said: dict[str, list[set[str]]] = {}
    for row in pq.read_table(folder / "judgments.parquet").to_pylist():
        if row["kind"] == "person" and row["scheme"] == made.SCHEMES[0]:
            said.setdefault(row["item"], []).append(set(row["labels"]))
    pairs = {item: list(itertools.combinations(sets, 2)) for item, sets in said.items() if len(sets) > 1}
    return [sum(28 - len(a ^ b) for a, b in both) / (28 * len(both)) for both in pairs.values()]


def test_a_large_corpus_is_measured_on_a_sample_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exports.agreement.SAMPLE", 50)
    monkeypatch.setattr("exports.loss.SAMPLE", 50)
    build(tmp_path / "r", made.recipe(), made.source(), salt=made.SALT)
    told = json.loads((tmp_path / "r" / "report.json").read_bytes())
    entry = next(e for e in told["agreement"] if e["corpus"] == "letters" and e["scheme"].startswith("goemotions"))
    assert (entry["sample"], entry["alpha"]["units"]) == (50, 50)
    assert {e["sample"] for e in told["loss"]} == {50}
    assert recompute(tmp_path / "r").ok

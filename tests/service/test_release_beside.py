"""Beside a release: rulings that stand, a preview, the diff of two versions, a campaign's ratings without one."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from chorale.store import registry, release_building, releases
from chorale.store.models import Corpus, Form, FormLayer, Item, Release
from tests.service.test_release import RECIPE, built, fill, folder, store

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["store"]


def test_rulings_that_stand_are_in_the_release_and_name_nobody() -> None:
    fill(1)
    release = built()
    rows = pq.read_table(folder(release) / "rulings.parquet").to_pylist()
    told = {(row["reason"], tuple(row["labels"]), row["time"]) for row in rows}
    assert told == {
        ("Reason 0", ("joy",), "2026-04"), ("Reason 1", (), "2026-04"), ("Reason 2", ("anger", "annoyance"), "2026-04"),
    }  # fmt: skip
    assert len({row["adjudicator"] for row in rows}) == 2
    assert not any("judge" in row["adjudicator"] for row in rows)
    items = {row["source_id"]: row for row in pq.read_table(folder(release) / "items.parquet").to_pylist()}
    names = registry.scheme("goemotions-28@1.0.0").core.names
    ruled = {key: {n for n, v in zip(names, row["settled"], strict=True) if v} for key, row in items.items()}
    assert (ruled["s0"], ruled["s1"], ruled["s2"]) == ({"joy"}, set(), {"anger", "annoyance"})
    assert sum(row["settled_ruled"] for row in items.values()) == 3
    assert releases.recompute_release(release).ok


def test_a_campaign_s_ratings_are_exported_without_a_release(tmp_path: Path) -> None:
    fill(1)
    FormLayer.objects.create(
        form=Form.objects.get(slug="reading"),
        position=0,
        name="emotion",
        scheme=registry.scheme("goemotions-28@1.0.0"),
        perspective="reader",
        question="What?",
    )
    out = StringIO()
    call_command("export_campaign", "reading", str(tmp_path / "ratings"), stdout=out)
    assert "20 judgments" in out.getvalue()
    table = pq.read_table(tmp_path / "ratings" / "judgments.parquet")
    assert (table.num_rows, set(table["campaign"].to_pylist())) == (20, {"reading"})
    assert not {"anna", "bo"} & set(table["rater"].to_pylist())
    assert pq.read_table(tmp_path / "ratings" / "raters.parquet")["judgments"].to_pylist() == [10, 10]
    with pytest.raises(CommandError, match="exists"):
        call_command("export_campaign", "reading", str(tmp_path / "ratings"))
    with pytest.raises(CommandError, match="no campaign"):
        call_command("export_campaign", "writing", str(tmp_path / "other"))


def test_a_preview_tells_counts_sizes_and_gates_and_keeps_nothing(store: Path) -> None:
    fill(1)
    Corpus.objects.update(licence="CC-BY-NC-4.0")
    text = RECIPE.replace('changes = "First."', 'changes = "First."\nlicence = "CC-BY-4.0"')
    told = release_building.preview_release(text)
    assert told["report"]["items"] == 40
    assert told["files"]["items.parquet"]["bytes"] > 0
    assert {g["name"]: g["verdict"] for g in told["report"]["gates"]}["licence"] == "block"
    assert not Release.objects.exists()
    assert not (store / "releases").exists()


def test_the_diff_of_two_versions() -> None:
    fill(1)
    first = built()
    Item.objects.get(source_id="s9").delete()
    second = built(RECIPE.replace('version = "0.1.0"', 'version = "0.2.0"').replace("First.", "One less."))
    found = releases.diff_releases(first, second)
    assert found.items == {"added": 0, "removed": 1, "kept": 39}
    assert "goemotions" not in found.changed

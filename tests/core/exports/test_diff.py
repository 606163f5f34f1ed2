"""The diff of two releases names every change, and nothing that did not change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exports.__main__ import main
from exports.diff import diff, markdown
from exports.release import build
from exports.source import ITEMS, JUDGMENTS
from tests.core.exports import made

LATER = made.RECIPE.replace('version = "0.1.0"', 'version = "0.2.0"', 1).replace("First.", "Some changes.")


def changed_source() -> Any:
    """Item 0 gone, item 240 new, the text of item 1 mended, every judgment of rater r0 on item 2 gone."""
    given = made.source()
    items = made.items(241, 0)[1:]
    items[0]["text"] = "mended"
    gone = {made.item_id(0)}
    judged = [
        row
        for row in made.judgments(241, 0)
        if row["item"] not in gone and not (row["item"] == made.item_id(2) and row["rater"] == "r0")
    ]
    return replace(
        given,
        items=lambda: pa.Table.from_pylist(items, schema=ITEMS).to_batches(),
        judgments=lambda: pa.Table.from_pylist(judged, schema=JUDGMENTS).to_batches(),
    )


@pytest.fixture(scope="module")
def later(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("later") / "0.2.0"
    build(folder, made.recipe(LATER), changed_source(), salt=b"another salt for this version")
    return folder


def test_every_change_is_named(release: Path, later: Path) -> None:
    found = diff(release, later)
    assert (found.before, found.after) == ("made@0.1.0", "made@0.2.0")
    assert found.items == {"added": 1, "removed": 1, "kept": 239}
    assert found.ids["added"] == [made.item_id(240)]
    assert found.ids["removed"] == [made.item_id(0)]
    assert found.ids["text"] == [made.item_id(1)]
    assert found.ids["goemotions"] == [made.item_id(2)]
    assert found.changed["text"] == found.changed["goemotions"] == 1
    assert "vad" not in found.changed
    assert "corpus" not in found.changed
    people = found.judgments["goemotions-28@1.0.0, reader, person"]
    before, after = (
        pq.read_table(f / "judgments.parquet", filters=[("kind", "=", "person")]) for f in (release, later)
    )
    vad = found.judgments["vad-5@1.0.0, writer, person"]
    assert [people[0] + vad[0], people[1] + vad[1]] == [before.num_rows, after.num_rows]
    assert set(found.recipe) == {"version", "changes"}
    assert found.definitions == {}
    assert not found.empty
    row = next(r for r in found.agreement if r["scheme"].startswith("goemotions") and r["part"] == "all")
    assert row["before"] != row["after"]
    assert found.layers["vad"]["before"]["rated"] == 80


def test_a_release_against_itself_is_empty(release: Path) -> None:
    found = diff(release, release)
    assert found.empty
    assert found.items == {"added": 0, "removed": 0, "kept": 240}
    assert found.changed == {}


def test_as_a_page_and_on_the_command_line(release: Path, later: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = markdown(diff(release, later))
    assert "1 items added, 1 items removed, 239 items kept." in page
    assert "- text: differs in 1 kept items" in page
    assert main(["diff", str(release), str(later)]) == 0
    assert capsys.readouterr().out.strip() == page.strip()

"""From a soft label back to the judgments, cells, file and line that made it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from exports.lineage import trace
from harmonize import schemes
from harmonize.problems import ChoraleError
from tests.core.exports import made


def test_a_mapped_label_goes_back_to_votes_and_cells(release: Path) -> None:
    walk = made.source(4).crosswalks[made.WALK]
    checked = 0
    for row in pq.read_table(release / "items.parquet").slice(0, 40).to_pylist():
        told = trace(release, row["uuid"], "plutchik")
        assert told["item"]["via"] == made.WALK
        assert (told["item"]["source_file"], told["item"]["line"]) == (row["source_file"], row["line"])
        assert len(told["judgments"]) == row["plutchik_n"]
        for label, share in told["item"]["label"].items():
            feeding = {cell["source_label"] for cell in told["cells"].get(label, [])}
            votes = sum(bool(feeding & set(judged["labels"])) for judged in told["judgments"])
            assert share == (None if not feeding else pytest.approx(votes / len(told["judgments"]), abs=1e-6))
            checked += bool(votes)
    assert checked > 10
    assert {c.source for c in walk.cells if c.weight} == {c["source"] for part in told["cells"].values() for c in part}


def test_a_native_label_and_a_model_s_name_its_prompt(release: Path) -> None:
    told = trace(release, made.item_id(3), "vad")
    assert told["cells"] == {}
    assert len(told["judgments"]) == 3
    assert {judged["source_file"] for judged in told["judgments"]} == {"made.csv"}
    (model,) = trace(release, made.item_id(3), "model")["judgments"]
    assert (model["model"], model["prompt_version"]) == ("echo", "p1")
    assert trace(release, made.item_id(4), "vad")["judgments"] == []


def test_the_tables_join_in_sql(release: Path) -> None:
    """The same by SQL alone: which votes became joy on one item."""
    names = schemes.load("plutchik-8@1.0.0").names
    place = names.index("joy") + 1
    uuid, share, n = duckdb.execute(
        f"SELECT uuid, plutchik[{place}], plutchik_n FROM '{release}/items.parquet' WHERE plutchik[{place}] > 0 LIMIT 1"
    ).fetchone()  # type: ignore[misc]
    votes = duckdb.execute(
        f"""SELECT count(DISTINCT j.key) FROM '{release}/judgments.parquet' j, UNNEST(j.labels) AS given(label)
        JOIN '{release}/crosswalk_cells.parquet' c ON c.source_label = given.label AND c.target_label = 'joy'
        WHERE j.item = ? AND j.kind = 'person' AND c.weight > 0""",
        [uuid],
    ).fetchone()
    assert votes == (round(share * n),)


def test_what_is_not_there_is_refused(release: Path) -> None:
    with pytest.raises(ChoraleError, match="no layer"):
        trace(release, made.item_id(3), "mood")
    with pytest.raises(ChoraleError, match="no item"):
        trace(release, "nobody", "vad")

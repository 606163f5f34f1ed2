"""Withdrawn files are gone for good, say why, and verification says that they were withdrawn."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from exports.verify import verify
from exports.withdrawal import TOMBSTONES, files_with_item, files_with_rater, tombstones, withdraw
from harmonize.problems import ChoraleError
from tests.core.exports import made


@pytest.fixture
def copy(release: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(release, tmp_path / "copy"))


def test_an_item_is_found_in_every_file_that_holds_it(copy: Path) -> None:
    uuid = made.item_id(3)
    files = files_with_item(copy, uuid)
    assert {"items.parquet", "judgments.parquet"} <= set(files)
    assert "raters.parquet" not in files
    split = next(r["split"] for r in pq.read_table(copy / "items.parquet").to_pylist() if r["uuid"] == uuid)
    views = {name for name in files if name.startswith("views/")}
    assert {name.rsplit("/", 1)[1].split(".")[0] for name in views} == {split}
    assert any("instruction" in name for name in views)
    assert any("dialogue" in name for name in views)
    for path in (p for p in copy.rglob("*.jsonl") if p.relative_to(copy).as_posix() not in files):
        assert uuid not in path.read_text("utf-8")


def test_verification_says_withdrawn(copy: Path) -> None:
    files = files_with_item(copy, made.item_id(3))
    assert withdraw(copy, files, reason="asked for by its author") == sorted(files)
    assert withdraw(copy, files, reason="again") == []
    assert not any((copy / name).exists() for name in files)
    report = verify(copy)
    assert report.ok
    assert report.withdrawn == tuple(sorted(files))
    assert str(report).startswith("WITHDRAWN: items.parquet")
    assert tombstones(copy)["items.parquet"]["reason"] == "asked for by its author"
    (copy / "LICENSES").unlink()
    assert [p.code for p in verify(copy).problems] == ["file-missing"]


def test_a_withdrawn_file_that_comes_back_is_a_problem(copy: Path) -> None:
    kept = (copy / "items.parquet").read_bytes()
    withdraw(copy, ["items.parquet"], reason="x")
    (copy / "items.parquet").write_bytes(kept)
    assert [p.code for p in verify(copy).problems] == ["file-withdrawn"]


def test_a_tombstone_for_nothing_is_found(copy: Path) -> None:
    (copy / TOMBSTONES).write_text(json.dumps({"LICENSES": {"reason": "x", "sha256": "0" * 64}}))
    (copy / "LICENSES").unlink()
    assert "tombstone" in [p.code for p in verify(copy).problems]
    (copy / TOMBSTONES).write_text("[1]")
    assert [p.code for p in verify(copy).problems] == ["tombstone", "file-missing"]


def test_a_rater_is_in_every_table_or_in_none(copy: Path) -> None:
    name = next(n for n in pq.read_table(copy / "raters.parquet")["rater"].to_pylist() if n.startswith("p-"))
    found = files_with_rater(copy, name)
    assert {"items.parquet", "judgments.parquet", "raters.parquet"} <= set(found)
    assert files_with_rater(copy, "p-0000000000000000") == []


def test_only_files_of_the_release_can_be_withdrawn(copy: Path) -> None:
    with pytest.raises(ChoraleError, match="elsewhere"):
        withdraw(copy, ["../elsewhere"], reason="x")

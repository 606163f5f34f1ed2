"""The Croissant description validates in the reference implementation, and reads back the release's own rows."""

from __future__ import annotations

import json
from pathlib import Path

import mlcroissant as mlc
import pyarrow.parquet as pq
import pytest


@pytest.fixture(scope="module")
def dataset(release: Path) -> mlc.Dataset:
    return mlc.Dataset(release / "croissant.json")  # raises on any error


def test_it_is_croissant_1_1_without_errors_or_warnings(dataset: mlc.Dataset) -> None:
    assert str(dataset.metadata.ctx.conforms_to.value).endswith("/1.1")
    assert not dataset.metadata.ctx.issues.errors
    warnings = [
        w for w in dataset.metadata.ctx.issues.warnings if "date_published" not in w and "datePublished" not in w
    ]
    assert warnings == []


def test_every_column_is_described(release: Path, dataset: mlc.Dataset) -> None:
    for record_set in dataset.metadata.record_sets:
        described = {field.id for field in record_set.fields}
        described |= {note.id for field in record_set.fields for note in field.annotations}
        columns = pq.read_schema(release / f"{record_set.id}.parquet").names
        assert described == {f"{record_set.id}/{name}" for name in columns}


def test_hashes_and_ratings(release: Path, dataset: mlc.Dataset) -> None:
    manifest = json.loads((release / "manifest.json").read_bytes())["files"]
    for file in dataset.metadata.file_objects:
        assert file.sha256 == manifest[file.id]["sha256"]
    told = json.loads((release / "croissant.json").read_bytes())
    ratings = told["recordSet"][0]["annotation"]
    assert {"items/ratings/rater", "items/ratings/labels"} <= {part["@id"] for part in ratings["subField"]}
    assert told["rai:annotationsPerItem"].startswith("goemotions: 3.03")


def test_records_are_the_rows(release: Path, dataset: mlc.Dataset) -> None:
    table = pq.read_table(release / "raters.parquet").to_pylist()
    records = list(dataset.records("raters"))
    assert [record["raters/rater"].decode() for record in records] == [row["rater"] for row in table]
    assert [record["raters/judgments"] for record in records] == [row["judgments"] for row in table]
    items = list(dataset.records("items"))
    first = pq.read_table(release / "items.parquet").slice(0, 1).to_pylist()[0]
    assert len(items) == 240
    assert [text.decode() for text in items[0]["items/context"]] == first["context"]
    assert list(items[0]["items/goemotions"]) == pytest.approx(first["goemotions"])

"""A release of four real corpora: equal in four readers, valid Croissant, figures recomputed, labels recounted."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import duckdb
import mlcroissant as mlc
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from chorale.jobs import control, engine
from chorale.store import object_store, releases
from chorale.store.models import Corpus, Release
from tests.service.test_import_real import DESCRIPTORS, bring_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(2400), pytest.mark.deep]

CORPORA = {"goemotions": "goemotions", "xed-en": "xed", "emobank": "emobank", "brighter-arq": "brighter/arq"}
LAYERS = ("emotion", "ekman", "plutchik", "affect_reader", "affect_writer", "strength", "ekman_perceived")
LOAD = """
import sys
from datasets import load_dataset
items = load_dataset(sys.argv[1], "items", split="full", cache_dir=sys.argv[2])
items.select_columns(["uuid", *sys.argv[4:]]).to_parquet(sys.argv[3])
"""


@pytest.fixture
def built(chorale_data: Path, tmp_path: Path, settings: object) -> tuple[Release, Path]:
    settings.OBJECT_STORE = (tmp_path / "objects").as_uri()  # type: ignore[attr-defined]
    for slug, place in CORPORA.items():
        bring_in(slug, chorale_data / place, tmp_path)
    release = releases.draft_release(by=None, recipe=(DESCRIPTORS / "release.toml").read_text("utf-8"))
    control.run_here(engine.start("release", by=None, params={"release": release.pk}))
    release.refresh_from_db()
    folder = object_store.local_path(release.folder)
    assert folder is not None
    return release, folder


def sums(columns: dict[str, list[list[float | None] | None]]) -> dict[str, tuple[int, float]]:
    """Known numbers of each layer and their sum: enough to tell two readings apart, cheap enough for 94,000 rows."""
    told = {}
    for name, rows in columns.items():
        numbers = np.array([v for row in rows if row is not None for v in row if v is not None], dtype=np.float64)
        told[name] = (len(numbers), float(numbers.sum()))
    return told


def test_four_corpora(built: tuple[Release, Path], chorale_data: Path, tmp_path: Path) -> None:
    release, folder = built
    items = pq.read_table(folder / "items.parquet", columns=["uuid", "corpus", "source_id", "text", "split", *LAYERS])
    assert items.num_rows == sum(Corpus.objects.values_list("items", flat=True)) == 54263 + 27195 + 10548 + 1903
    report = json.loads((folder / "report.json").read_bytes())
    rated = {layer["name"]: layer["rated"] for layer in report["layers"]}
    assert rated["emotion"] == 54263
    assert rated["ekman_perceived"] == rated["strength"] == 1903
    assert all(layer["mean_n"] is None for layer in report["layers"] if layer["raters"] == "source")
    again = releases.recompute_release(release)
    assert again.ok, str(again)
    ekman_is_the_published_map(items.to_pylist(), chorale_data)
    equal_in_every_reader(folder, tmp_path)
    described = mlc.Dataset(folder / "croissant.json").metadata
    assert not described.ctx.issues.errors
    assert {gate["name"] for gate in report["gates"] if gate["verdict"] == "block"} == set()
    assert set(items["split"].to_pylist()) <= {"train", "dev", "test", None}


def ekman_is_the_published_map(rows: list[dict[str, object]], data: Path) -> None:
    """Recounted from the published files: labels of the corpus through the authors' own mapping file."""
    groups = json.loads((data / "mappings/goemotions_ekman_mapping.json").read_text())
    to = {fine: coarse for coarse, names in groups.items() for fine in names} | {"neutral": "neutral"}
    descriptor = tomllib.loads((DESCRIPTORS / "goemotions/corpus.toml").read_text("utf-8"))
    fine = descriptor["layers"][0]["names"]
    published = {}
    for part in ("train", "dev", "test"):
        with (data / f"goemotions/{part}.tsv").open(encoding="utf-8", newline="") as file:
            for _, labels, key in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                published[key] = {to[fine[number]] for number in labels.split(",")}
    order = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")
    checked = 0
    for row in rows:
        if row["corpus"] == "goemotions":
            expected = [float(name in published[str(row["source_id"])]) for name in order]
            assert row["ekman"] == expected, row
            checked += 1
    assert checked == 54263


def equal_in_every_reader(folder: Path, tmp_path: Path) -> None:
    path = folder / "items.parquet"
    readings = {
        "pyarrow": pq.read_table(path).select(LAYERS).to_pydict(),
        "pandas": {n: [None if v is None else list(v) for v in pd.read_parquet(path, columns=[n])[n]] for n in LAYERS},
        "polars": {name: pl.read_parquet(path, columns=[name])[name].to_list() for name in LAYERS},
        "duckdb": {n: [row[0] for row in duckdb.execute(f"SELECT {n} FROM '{path}'").fetchall()] for n in LAYERS},
    }
    command = [sys.executable, "-c", LOAD, str(folder), str(tmp_path / "cache"), str(tmp_path / "d.parquet"), *LAYERS]
    subprocess.run(command, check=True, capture_output=True)
    readings["datasets"] = pq.read_table(tmp_path / "d.parquet").select(LAYERS).to_pydict()
    known = defaultdict(set)
    for told in readings.values():
        for name, (count, total) in sums(told).items():
            known[name].add((count, round(total, 3)))
    assert {name: len(values) for name, values in known.items()} == dict.fromkeys(LAYERS, 1), known

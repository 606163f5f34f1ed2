"""A release of four real corpora: equal in four readers, valid Croissant, figures recomputed, labels recounted."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import subprocess
import sys
import tomllib
import zlib
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
from exports.verify import verify
from tests.service.real_slices import slices
from tests.service.test_import_real import DESCRIPTORS, bring_in

pytestmark = [pytest.mark.django_db(transaction=True)]

CORPORA = {"goemotions": "goemotions", "xed-en": "xed", "emobank": "emobank", "brighter-arq": "brighter/arq"}
LAYERS = ("emotion", "ekman", "plutchik", "affect_reader", "affect_writer", "strength", "ekman_perceived")
LOAD = """
import sys
from datasets import load_dataset
items = load_dataset(sys.argv[1], "items", split="full", cache_dir=sys.argv[2])
items.select_columns(["uuid", *sys.argv[4:]]).to_parquet(sys.argv[3])
"""


def made(data: Path, where: Path) -> tuple[Release, Path]:
    """The four corpora from ``data`` and the release of them."""
    for slug, place in CORPORA.items():
        bring_in(slug, data / place, where)
    release = releases.draft_release(by=None, recipe=(DESCRIPTORS / "release.toml").read_text("utf-8"))
    control.run_here(engine.start("release", by=None, params={"release": release.pk}))
    release.refresh_from_db()
    folder = object_store.local_path(release.folder)
    assert folder is not None
    return release, folder


@pytest.fixture
def place(tmp_path: Path, settings: object) -> Path:
    settings.OBJECT_STORE = (tmp_path / "objects").as_uri()  # type: ignore[attr-defined]
    return tmp_path


def fingerprints(columns: dict[str, list[list[float | None] | None]]) -> dict[str, tuple[int, str]]:
    """How many numbers each layer has, and a hash of all of them in their order, null as null."""
    told = {}
    for name, rows in columns.items():
        flat = [np.nan if v is None else v for row in rows for v in (row if row is not None else (None,))]
        numbers = np.nan_to_num(np.asarray(flat, dtype=np.float32), nan=-999.0)
        told[name] = (int((numbers != -999.0).sum()), hashlib.sha256(numbers.tobytes()).hexdigest())
    return told


def test_the_beginnings_of_four_corpora(chorale_data: Path, place: Path) -> None:
    """Everything that holds of the whole, on 950 true items: the whole takes minutes."""
    release, folder = made(slices(chorale_data, place / "data"), place)
    rows = holds(release, folder, place)
    assert ekman_is_the_published_map(rows, chorale_data) == 440
    every_figure_of_the_card_is_one_of_the_report(folder)
    any_flipped_byte_is_found(folder)


@pytest.mark.deep
@pytest.mark.timeout(2400)
def test_four_corpora(chorale_data: Path, place: Path) -> None:
    release, folder = made(chorale_data, place)
    rows = holds(release, folder, place)
    assert len(rows) == 54263 + 27195 + 10548 + 1903
    rated = {layer["name"]: layer["rated"] for layer in json.loads((folder / "report.json").read_bytes())["layers"]}
    assert rated["emotion"] == 54263
    assert rated["ekman_perceived"] == rated["strength"] == 1903
    assert ekman_is_the_published_map(rows, chorale_data) == 54263


def holds(release: Release, folder: Path, place: Path) -> list[dict[str, object]]:
    """What must hold of any release of these corpora; its items."""
    items = pq.read_table(
        folder / "items.parquet", columns=["uuid", "corpus", "source_id", "text", "split", *LAYERS, "felt_writer"]
    )
    assert items.num_rows == sum(Corpus.objects.values_list("items", flat=True))
    report = json.loads((folder / "report.json").read_bytes())
    assert all(layer["mean_n"] is None for layer in report["layers"] if layer["raters"] == "source")
    graded = next(entry for entry in report["agreement"] if entry["scheme"].startswith("brighter-6"))
    assert len([part for part in graded["parts"].values() if part["value"] is not None]) == 6
    again = releases.recompute_release(release)
    assert again.ok, str(again)
    assert again.alphas >= 12, "each dimension and graded label is held against krippendorff"
    equal_in_every_reader(folder, place)
    documents_are_groups(folder)
    gaps = pq.read_table(folder / "derived.parquet")
    both = [
        row["affect_reader"] and row["felt_writer"]
        for row in items.select(["affect_reader", "felt_writer"]).to_pylist()
    ]
    assert gaps["uuid"].to_pylist() == items["uuid"].to_pylist()
    assert 0 < len(gaps) - gaps["writer_to_reader"].null_count == sum(value is not None for value in both)
    described = mlc.Dataset(folder / "croissant.json").metadata
    assert not described.ctx.issues.errors
    assert {gate["name"] for gate in report["gates"] if gate["verdict"] == "block"} == set()
    assert set(items["split"].to_pylist()) <= {"train", "dev", "test", None}
    return list(items.to_pylist())


def documents_are_groups(folder: Path) -> None:
    """Sentences of one document of EmoBank are one group, as another file of the corpus says."""
    table = pq.read_table(folder / "items.parquet", columns=["corpus", "group", "facets"])
    told = [(row["group"], json.loads(row["facets"])) for row in table.to_pylist() if row["corpus"] == "emobank"]
    assert len(told) > 100
    assert all(group == facets["document"] for group, facets in told)


def every_figure_of_the_card_is_one_of_the_report(folder: Path) -> None:
    """Numbers of the card's own sentences and tables, in the forms it prints; the report was computed again above."""
    text = (folder / "README.md").read_text("utf-8").partition("\n---\n")[2]
    text = text.partition("## Use it")[0].partition("# ")[2]
    text = re.sub(r"`[^`]*`|\S*@[\d.]+|https?://\S+|\b\d+\.\d+\.\d+\b", " ", text)
    printed = set(re.findall(r"(?<![\w.-])-?\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w-])", text))
    assert len(printed) > 60
    known = {form for number in _numbers(json.loads((folder / "report.json").read_bytes())) for form in _forms(number)}
    fixed = {"0", "95", "0.667", "0.8", "1"}  # sentences of the template
    assert printed - known - fixed - set(re.findall(r"\d+", " ".join(CORPORA))) == set()


def _numbers(value: object) -> list[float]:
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return [number for part in parts for number in _numbers(part)]
    return [float(value)] if isinstance(value, int | float) and not isinstance(value, bool) else []


def _forms(number: float) -> list[str]:
    whole = [f"{int(number):,}"] if number == int(number) else []
    return [*whole, *(f"{number:.{decimals}f}" for decimals in (2, 3))]


def any_flipped_byte_is_found(folder: Path) -> None:
    """One byte of each file, at a place that depends on its name."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.stat().st_size):
        raw = path.read_bytes()
        at = zlib.crc32(path.name.encode()) % len(raw)
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        assert not verify(folder).ok, path
        path.write_bytes(raw)
    assert verify(folder).ok


def ekman_is_the_published_map(rows: list[dict[str, object]], data: Path) -> int:
    """Recounted from the published files: labels of the corpus through the authors' own mapping file. How many."""
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
    return checked


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
        for name, print_ in fingerprints(told).items():
            known[name].add(print_)
    assert len(readings) == 5
    assert {name: len(values) for name, values in known.items()} == dict.fromkeys(LAYERS, 1), known
    assert all(count > 100 for values in known.values() for count, _ in values)

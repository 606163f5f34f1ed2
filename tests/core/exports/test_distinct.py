"""Distinct values and what columns hold: exact where few, estimated in bounded memory where many, in any order."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from exports.distinct import Distinct


def seen(values: list[str | None], *, most: int, batch: int) -> Distinct:
    found = Distinct(most)
    for start in range(0, len(values), batch):
        found.add(pa.chunked_array([pa.array(values[start : start + batch], pa.string())]))
    return found


def test_few_values_are_counted_exactly() -> None:
    found = seen(["a", "b", None, "a", "c", "a", "b", "a", "a"], most=8, batch=2)
    assert (found.values, found.exact) == (3, True)
    assert found.sizes() == {"1": 1, "2": 1, "8": 1}


def test_many_values_are_estimated_in_bounded_memory_whatever_their_order() -> None:
    rng = np.random.default_rng(3)
    values = [f"v{i}" for i in range(20_000) for _ in range(1 + i % 2)]
    told = []
    for seed in range(2):
        turned = [values[i] for i in np.random.default_rng(seed).permutation(len(values))]
        found = seen(turned, most=1024, batch=int(rng.integers(500, 4000)))
        assert len(found._rows) <= 1024
        assert not found.exact
        told.append((found.values, found.sizes()))
    assert told[0] == told[1]
    values_told, sizes = told[0]
    assert abs(values_told - 20_000) < 4 * 20_000 / np.sqrt(512), "four standard errors of a sample of 512 to 1024"
    assert set(sizes) == {"1", "2"}
    assert abs(sizes["1"] / values_told - 0.5) < 0.1


def test_every_column_of_the_items_has_something_to_show(release: Path) -> None:
    columns = json.loads((release / "report.json").read_bytes())["columns"]
    table = pq.read_table(release / "items.parquet")
    authors = Counter(Counter(table["author"].to_pylist()).values())
    assert columns["author"]["distinct"] == 7
    assert sum(columns["author"]["sizes"].values()) == sum(authors.values())
    assert sum(columns["source_id"]["lengths"].values()) == sum(columns["line"]["numbers"].values()) == 240
    assert columns["context"]["elements"] == {"0": 180, "1": 60}
    assert columns["position"]["numbers"] == {"1": 60, "4": 60}
    shown = {"values", "lengths", "elements", "numbers", "sizes", "bins"}
    soft = {f"{name}{part}" for name in ("goemotions", "plutchik", "belief", "vad", "model") for part in ("", "_sd")}
    for name in set(table.column_names) - soft - {"uuid"}:
        assert columns[name]["filled"] == table.num_rows - table[name].null_count, name
        assert not columns[name]["filled"] or shown & columns[name].keys(), name
    vad = next(row for row in json.loads((release / "report.json").read_bytes())["layers"] if row["name"] == "vad")
    spread = [row for row in table["vad_sd"].to_pylist() if row]
    names = json.loads(table.schema.field("vad_sd").metadata[b"chorale.labels"])
    assert np.allclose([vad["mean_sd"][name] for name in names], np.mean(spread, axis=0), atol=1e-6)

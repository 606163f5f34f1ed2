"""A release loads unchanged in pandas, pyarrow, polars, DuckDB and datasets, with equal numbers in each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

SOFT = ("goemotions", "plutchik", "vad", "model")


@pytest.fixture(scope="module")
def plain(release: Path) -> dict[str, list[object]]:
    return pq.read_table(release / "items.parquet").to_pydict()


def same(one: object, two: object) -> bool:
    """Equal lists of numbers, null where null."""
    if one is None or two is None:
        return one is None and two is None
    numbers = [np.array([np.nan if v is None else v for v in values], float) for values in (one, two)]  # type: ignore[attr-defined]
    return bool(np.array_equal(*numbers, equal_nan=True))


def test_pandas(release: Path, plain: dict[str, list[object]]) -> None:
    frame = pd.read_parquet(release / "items.parquet")
    assert frame["text"].tolist() == plain["text"]
    for name in SOFT:
        assert all(same(a, b) for a, b in zip(frame[name], plain[name], strict=True))
        assert frame[f"{name}_n"].tolist() == plain[f"{name}_n"]


def test_polars(release: Path, plain: dict[str, list[object]]) -> None:
    frame = pl.read_parquet(release / "items.parquet")
    assert frame["text"].to_list() == plain["text"]
    for name in SOFT:
        assert all(same(a, b) for a, b in zip(frame[name].to_list(), plain[name], strict=True))
    judged = pl.read_parquet(release / "judgments.parquet")
    assert judged["labels"].to_list() == pq.read_table(release / "judgments.parquet")["labels"].to_pylist()


def test_duckdb(release: Path, plain: dict[str, list[object]]) -> None:
    rows = duckdb.execute(f"SELECT text, {', '.join(SOFT)} FROM '{release}/items.parquet' ORDER BY uuid").fetchall()
    assert [row[0] for row in rows] == plain["text"]
    for place, name in enumerate(SOFT, 1):
        assert all(same(row[place], value) for row, value in zip(rows, plain[name], strict=True))
    joined = duckdb.execute(
        f"SELECT count(*) FROM '{release}/judgments.parquet' j JOIN '{release}/items.parquet' i ON i.uuid = j.item "
        f"JOIN '{release}/raters.parquet' r USING (rater)"
    ).fetchone()
    assert joined == (pq.read_table(release / "judgments.parquet", filters=[("rater", "!=", "")]).num_rows,)


LOAD = """
import json, sys
from datasets import load_dataset
folder = sys.argv[1]
items = load_dataset(folder, "items", split="full")
judged = load_dataset(folder, "judgments", split="full")
default = load_dataset(folder)["full"].num_rows
print(json.dumps({"items": items.to_dict(), "judged": judged.num_rows, "default": default}))
"""


def test_datasets(release: Path, plain: dict[str, list[object]], tmp_path: Path) -> None:
    """In a process of its own: the library reads its cache folder and offline switch once, on import."""
    environment = os.environ | {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", LOAD, str(release)], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["items"]["text"] == plain["text"]
    for name in SOFT:
        assert all(same(a, b) for a, b in zip(told["items"][name], plain[name], strict=True))
    assert told["judged"] == pq.read_metadata(release / "judgments.parquet").num_rows
    assert told["default"] == 240

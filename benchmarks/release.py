"""Building, checking and the memory of a release: `make bench-release` writes `build/bench/release.json`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.paired import pairs, peak_memory, row, run_parts, sized
from exports.recipe_reader import read_recipe
from exports.release import build
from exports.source import CorpusFacts, ReleaseSource
from exports.verify import verify
from harmonize import schemes

SCHEME = "goemotions-28@1.0.0"
RATERS = 5
SALT = b"benchmark salt of enough bytes"
RECIPE = f"""
[release]
slug = "bench"
version = "0.1.0"
title = "Bench"
changes = "x"
[data]
corpora = ["bench"]
[[layers]]
name = "emotion"
scheme = "{SCHEME}"
perspective = "reader"
method = "vote-proportions"
"""


def source(items: int, *, batch: int = 50_000) -> ReleaseSource:
    """Items with text and five set-valued ratings each, made batch by batch as they are asked for."""

    def item_batches() -> Iterator[pa.RecordBatch]:
        for start in range(0, items, batch):
            names = uuids(start, min(batch, items - start))
            rows = len(names)
            texts = [f"line {start + i}: {'some words that say little, ' * 4}" for i in range(rows)]
            yield pa.record_batch(
                {
                    "uuid": names,
                    "corpus": ["bench"] * rows,
                    "source_id": [str(start + i) for i in range(rows)],
                    "modality": ["text"] * rows,
                    "text": texts,
                    "context": ["[]"] * rows,
                    "language": ["en"] * rows,
                    "facets": ["{}"] * rows,
                }
            )

    def judgment_batches() -> Iterator[pa.RecordBatch]:
        for start in range(0, items, batch // RATERS):
            count = min(batch // RATERS, items - start)
            yield judged(start, count)

    people = pa.record_batch({"key": [f"r{r}" for r in range(200)], "kind": ["person"] * 200})
    return ReleaseSource(
        items=item_batches,
        judgments=judgment_batches,
        raters=lambda: [people],
        corpora=(CorpusFacts("bench", "Bench", "CC0-1.0"),),
        schemes={SCHEME: schemes.load(SCHEME)},
    )


def uuids(start: int, count: int) -> list[str]:
    """Random-looking ids that are the same for the same number."""
    return [str(uuid.UUID(bytes=bytes(row))) for row in _bytes(start, count)]


def _bytes(start: int, count: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    mixed = np.arange(start, start + count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    pair = np.stack([mixed ^ (mixed >> np.uint64(29)), mixed * np.uint64(0xBF58476D1CE4E5B9)], axis=1)
    return np.ascontiguousarray(pair).view(np.uint8)


def judged(start: int, count: int) -> pa.RecordBatch:
    """Five ratings for each of some items, of one or two labels."""
    rng = np.random.default_rng(start)
    rows = count * RATERS
    marks = rng.integers(1, 3, rows)
    offsets = np.concatenate([[0], np.cumsum(marks)]).astype(np.int32)
    first = np.repeat(rng.integers(0, 27, rows), marks)
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], marks)
    items = pa.array(uuids(start, count)).take(pa.array(np.repeat(np.arange(count), RATERS)))
    people = pa.array([f"r{r}" for r in range(200)]).take(
        pa.array(rng.integers(0, 40, rows) * 5 + np.tile(range(5), count))
    )
    same = {"scheme": SCHEME, "perspective": "reader", "origin": "imported", "arm": "blind"}
    columns = {name: pa.repeat(value, rows) for name, value in same.items()}
    return pa.record_batch(
        {
            "key": uuids(start * RATERS + (1 << 40), rows),
            "item": items,
            "rater": people,
            "status": pa.repeat(pa.scalar(0, pa.int16()), rows),
            "labels": pa.ListArray.from_arrays(pa.array(offsets), pa.array((first + place).astype(np.int16))),
            "top_up": pa.repeat(False, rows),
            **columns,
        }
    )


def checked(folder: Path) -> None:
    """Ours: every byte, every count."""
    report = verify(folder)
    assert report.ok, str(report)


def bare_check(folder: Path) -> None:
    """The baseline: `sha256sum` of every file, and every column of every table read once with pyarrow."""
    files = [str(path) for path in sorted(folder.rglob("*")) if path.is_file()]
    subprocess.run(["sha256sum", *files], check=True, stdout=subprocess.DEVNULL)  # noqa: S603, S607
    for path in sorted(folder.glob("*.parquet")):
        with pq.ParquetFile(path) as file:
            assert sum(batch.num_rows for batch in file.iter_batches()) == file.metadata.num_rows


def peak(items: int) -> float:
    """Greatest resident memory in MB of a process that builds that many items."""
    command = [sys.executable, "-m", "benchmarks.release", "--peak", str(items)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])  # noqa: S603


def verifying() -> list[dict[str, Any]]:
    """`release.verify`."""
    items = sized(1_000_000)
    with tempfile.TemporaryDirectory(prefix="chorale-bench-") as spare:
        folder = Path(spare) / "r"
        build(folder, read_recipe(RECIPE), source(items), salt=SALT)
        measured = pairs(lambda: bare_check(folder), lambda: checked(folder))
    return [row("release.verify", "sha256sum and a full pyarrow scan", measured, items=items, at_least=0.7)]


def memory() -> list[dict[str, Any]]:
    """`release.memory`."""
    many, few = sized(5_000_000), sized(500_000)
    return [row("release.memory", f"peak at {few} items", [(peak(many), peak(few))], items=many, at_most=1.2)]


def on_database() -> list[dict[str, Any]]:
    """`release.build` and `release.download`."""
    from benchmarks.release_database import database

    return database(sized(1_000_000))


PARTS = {"verify": verifying, "database": on_database, "memory": memory}

if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        with tempfile.TemporaryDirectory(prefix="chorale-bench-") as spare:
            build(Path(spare) / "r", read_recipe(RECIPE), source(int(sys.argv[2])), salt=SALT)
            print(peak_memory())
    else:
        run_parts("release", PARTS, sys.argv[1:])

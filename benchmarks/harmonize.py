"""`make bench-harmonize`: crosswalks on Arrow against a bare product, against pandas, in memory, and learned ones.

The claims are stated for 10 million rows.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from benchmarks.paired import pairs, peak_memory, row, run_parts, sized
from harmonize import crosswalks
from harmonize.crosswalks.learn import learn_chunks
from harmonize.crosswalks.stream import ROWS, apply_batches
from harmonize.records import Semantics

BATCH = 262_144
MAP = crosswalks.load("goemotions-28--plutchik-8")
GROUPS = {
    target: [MAP.source_labels.names[s] for s in np.flatnonzero(MAP.matrix()[:, k])]
    for k, target in enumerate(MAP.target_labels.names)
}
CHANNEL = np.column_stack([MAP.matrix(), 1 - MAP.matrix().sum(axis=1)]).astype(np.float32)


def batches(rows: int, seed: int = 0) -> Iterator[pa.RecordBatch]:
    """Record batches of 28-label float32 distributions, 10 % of the rows null; three distinct batches in turn."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(3):
        x = rng.random((BATCH, 28), dtype=np.float32)
        x /= x.sum(axis=1, keepdims=True)
        null = rng.random(BATCH) < 0.1
        lists = pa.FixedSizeListArray.from_arrays(pa.array(x.ravel()), 28, mask=pa.array(null))
        made.append(pa.RecordBatch.from_arrays([lists], names=["soft"]))
    for number, start in enumerate(range(0, rows, BATCH)):
        yield made[number % 3].slice(0, min(BATCH, rows - start))


def ours(given: list[pa.RecordBatch]) -> None:
    """Map every batch and drop the result."""
    for _ in apply_batches(given, MAP, column="soft", semantics=Semantics.DISTRIBUTION):
        pass


def bare(given: list[pa.RecordBatch]) -> None:
    """The same product of 9 columns in chunks of as many rows, with a finite check, and nothing else."""
    for batch in given:
        x = batch.column(0).values.to_numpy().reshape(-1, 28)[: batch.num_rows]
        out = np.empty((len(x), 9), dtype=np.float32)
        for start in range(0, len(x), ROWS):
            np.matmul(x[start : start + ROWS], CHANNEL, out=out[start : start + ROWS])
            if not np.isfinite(out[start : start + ROWS].sum()):
                raise ValueError("not finite")


def pandas_rows(frame: pd.DataFrame) -> None:
    """What researchers write: a function of a row, applied along the rows."""
    frame.apply(lambda r: pd.Series({t: sum(r[s] for s in names) for t, names in GROUPS.items()}), axis=1)


def peak(rows: int) -> float:
    """Peak memory in MiB of a fresh process that streams so many rows."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "benchmarks.harmonize", "--peak", str(rows)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def learning(rows: int) -> dict[str, Any]:
    """A learned crosswalk from a Parquet file of doubly labelled items, against reading that file."""
    rng = np.random.default_rng(1)
    source, target = MAP.source_labels, MAP.target_labels
    x = rng.dirichlet(np.ones(28), size=rows).astype(np.float32)
    chance = x.astype(np.float64) @ rng.dirichlet(np.ones(8), size=28)
    y = (rng.multinomial(5, chance / chance.sum(axis=1, keepdims=True)) / 5).astype(np.float32)  # five votes an item
    lists = [pa.FixedSizeListArray.from_arrays(pa.array(a.ravel()), a.shape[1]) for a in (x, y)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "both.parquet"
        pq.write_table(pa.table(lists, names=["x", "y"]), path)

        def read() -> Iterator[tuple[Any, Any]]:
            for batch in pq.ParquetFile(path).iter_batches(65_536):
                yield tuple(c.values.to_numpy().reshape(len(batch), -1) for c in batch.columns)

        measured = pairs(lambda: learn_chunks(read(), source, target), lambda: list(read()), runs=3)
    return row("harmonize.learn", "reading the same Parquet file", measured, rows=rows, at_most=20)


def applying() -> list[dict[str, Any]]:
    """`harmonize.apply` and `harmonize.pandas`."""
    rows, few = sized(10_000_000), 2_000
    given = list(batches(rows))
    with threadpool_limits(
        1, user_api="blas"
    ):  # set outside the clock: it takes milliseconds, and many on a busy machine
        product = pairs(lambda: bare(given), lambda: ours(given))
    frame = pd.DataFrame(
        given[0].column(0).values.to_numpy().reshape(-1, 28)[:few], columns=list(MAP.source_labels.names)
    )
    small = [given[0].slice(0, few)]
    applied = pairs(lambda: pandas_rows(frame), lambda: ours(small), runs=3)
    return [
        row("harmonize.apply", "bare chunked NumPy product of 9 columns", product, rows=rows, at_least=0.5),
        row("harmonize.pandas", "row-wise pandas apply", applied, rows=few, at_least=20),
    ]


def memory() -> list[dict[str, Any]]:
    """`harmonize.memory`."""
    many, few = sized(10_000_000), sized(1_000_000)
    measured = [(peak(many), peak(few)) for _ in range(2)]
    return [row("harmonize.memory", f"peak at {few} rows", measured, rows=many, at_most=1.2)]


PARTS = {"apply": applying, "memory": memory, "learn": lambda: [learning(sized(1_000_000))]}

if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        for _ in apply_batches(batches(int(sys.argv[2])), MAP, column="soft", semantics=Semantics.DISTRIBUTION):
            pass
        print(peak_memory())
    else:
        run_parts("harmonize", PARTS, sys.argv[1:])

"""`make bench-agreement`: alpha against krippendorff and against itself, Dawid-Skene and MACE against crowd-kit.

Sizes are those of the claims times `BENCH_SCALE` (default 1). uv installs crowd-kit into an environment of its own
(``build/bench/crowdkit``), as it pins what we do not. `agreement.database` uses `DATABASE_URL`, or serves one.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pyarrow as pa

from annotation.aggregation import dawid_skene
from annotation.aggregation.mace import Start, run_from
from annotation.aggregation.triples import triples
from annotation.agreement import alpha, statistics
from benchmarks.agreement_database import database
from benchmarks.paired import FOLDER, pairs, row, seconds, write
from harmonize.records import Judgments, Kind

SCALE = float(os.environ.get("BENCH_SCALE", "1"))
LABELS, RATERS = 28, 5
CROWDKIT = ("crowd-kit==1.4.2", "attrs", "tqdm", "pandas", "scikit-learn", "nltk", "pyarrow")


def made(units: int, *, pool: int = 500, seed: int = 0) -> Judgments:
    """Ratings of ``units`` items by 5 of ``pool`` raters, 28 labels: right with the rater's own chance, else any."""
    rng = np.random.default_rng(seed)
    item = np.repeat(np.arange(units, dtype=np.int32), RATERS)
    # Five different raters an item, each from a fifth of the pool of their own.
    rater = rng.integers(0, pool // RATERS, size=(units, RATERS)) * RATERS + np.arange(RATERS)
    known = np.linspace(0.3, 0.9, pool)[rater.ravel()]
    truth = rng.integers(0, LABELS, units)[item]
    guess = rng.integers(0, LABELS, len(item))
    return Judgments(
        kind=Kind.SINGLE,
        items=pa.array(np.char.mod("i%08d", np.arange(units))),
        raters=pa.array(np.char.mod("r%04d", np.arange(pool))),
        labels=tuple(f"l{k:02d}" for k in range(LABELS)),
        item=item,
        rater=rater.ravel().astype(np.int32),
        status=np.zeros(len(item), np.uint8),
        offsets=np.arange(len(item) + 1),
        label=np.where(rng.random(len(item)) < known, truth, guess).astype(np.int16),
    )


def sized(claimed: int) -> int:
    """The claim's size at the scale asked for."""
    return max(int(claimed * SCALE), 1000)


def against_krippendorff() -> list[dict[str, Any]]:
    """Nominal alpha of 100k units: time, value, and memory in processes of their own."""
    units = sized(100_000)
    j = made(units)
    assert j.label is not None
    matrix = j.label.reshape(units, RATERS).T.astype(float)

    def theirs() -> float:
        return float(krippendorff.alpha(reliability_data=matrix, level_of_measurement="nominal"))

    measured = pairs(theirs, lambda: alpha(j, rounds=0))
    gap = abs(theirs() - (alpha(j, rounds=0).value or math.nan))
    memory = [(peak(theirs), peak(lambda: alpha(j, rounds=0))) for _ in range(3)]
    return [
        row("agreement.alpha", "krippendorff.alpha, nominal", measured, units=units, difference=gap),
        row("agreement.memory", "krippendorff.alpha, peak bytes allocated", memory, units=units),
    ]


def peak(work: Callable[[], object]) -> float:
    """The most bytes that one call has allocated at a time (NumPy reports its arrays to tracemalloc)."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(most)


def against_ourselves() -> list[dict[str, Any]]:
    """1,000 resamples against 1,000 closed forms, and growth from 100k to 10M judgments."""
    units = sized(100_000)
    j = made(units)
    found = statistics(j)
    rounds, tried = 1000, 5
    bare = [seconds(lambda: alpha(j, rounds=0)) for _ in range(tried)]
    drawn = [seconds(lambda: found.coefficients(rounds=rounds)) for _ in range(tried)]
    measured = [(one * rounds, two) for one, two in zip(bare, drawn, strict=True)]
    small, large = made(sized(20_000)), made(sized(2_000_000), pool=5000)
    scaled = len(large) / len(small)
    growth = [
        (seconds(lambda: alpha(large, rounds=0)), scaled * seconds(lambda: alpha(small, rounds=0)))
        for _ in range(tried)
    ]
    return [
        row("agreement.bootstrap", "1,000 closed forms (one timed, times 1,000)", measured, units=units),
        row("agreement.growth", "linear growth from the smaller", growth, sizes=[len(small), len(large)]),
    ]


def crowdkit() -> Path:
    """The Python of crowd-kit's own environment, made on first use."""
    home = FOLDER / "crowdkit"
    python = home / "bin" / "python"
    if not python.exists():
        uv = next((str(path) for path in (Path(".venv-tools/bin/uv"),) if path.exists()), "uv")
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(home)], check=True)  # noqa: S603
        # transformers and torch serve parts of crowd-kit that are not used here.
        install = [uv, "pip", "install", "-q", "--python", str(python)]
        subprocess.run([*install, *CROWDKIT[1:]], check=True)  # noqa: S603
        subprocess.run([*install, "--no-deps", CROWDKIT[0]], check=True)  # noqa: S603
    return python


def peer(model: str, table: Path, iterations: int) -> tuple[float, np.ndarray[Any, Any], Any]:
    """crowd-kit's seconds, posteriors in code order, and MACE's start, from a table of coded answers."""
    out = table.with_suffix(f".{model}.npz")
    command = [str(crowdkit()), str(Path(__file__).with_name("agreement_peer.py")), model, str(table), str(out)]
    subprocess.run([*command, str(iterations)], check=True)  # noqa: S603
    found = np.load(out)
    return float(found["seconds"]), found["posterior"], found


def against_crowdkit(*, runs: int = 3) -> list[dict[str, Any]]:
    """Dawid-Skene (10 iterations) and MACE (one start, 10 steps), equal data, starts and iterations."""
    units, iterations = sized(100_000), 10
    j = by_appearance(made(units))
    t = triples(j)
    table = FOLDER / "answers.npz"
    np.savez(table, task=t.item, worker=t.rater, label=t.answer)
    skene, mace = [], []
    difference = {"dawid_skene": 0.0, "mace": 0.0}
    for _ in range(runs):
        theirs, posterior, _ = peer("dawid_skene", table, iterations)
        skene.append((theirs, seconds(lambda: dawid_skene(j, iterations=iterations, tolerance=0))))
        ours = dawid_skene(j, iterations=iterations, tolerance=0).soft.values
        difference["dawid_skene"] = max(difference["dawid_skene"], float(np.abs(posterior - ours).max()))
        theirs, posterior, found = peer("mace", table, iterations)
        start = Start(found["guessing"], found["knowing"], found["habit"])
        mace.append((theirs, seconds(partial(run_from, t, start, iterations))))
        ours = run_from(t, start, iterations).posterior
        difference["mace"] = max(difference["mace"], float(np.abs(posterior - ours).max()))
    facts = {"units": units, "iterations": iterations}
    return [
        row("agreement.dawid_skene", "crowd-kit 1.4.2", skene, difference=difference["dawid_skene"], **facts),
        row("agreement.mace", "crowd-kit 1.4.2, same start", mace, difference=difference["mace"], **facts),
    ]


def by_appearance(j: Judgments) -> Judgments:
    """Raters and labels coded in order of first appearance, which crowd-kit's MACE takes for granted."""
    assert j.label is not None

    def recoded(codes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        found, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
        rank = np.empty(len(found), dtype=codes.dtype)
        rank[np.argsort(first)] = np.arange(len(found))
        return rank[inverse]

    return Judgments(
        j.kind, j.items, j.raters, j.labels, j.item, recoded(j.rater), j.status, j.offsets, recoded(j.label)
    )


FAMILY: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "krippendorff": against_krippendorff,
    "ourselves": against_ourselves,
    "crowdkit": against_crowdkit,
    "database": lambda: database(sized(1_000_000)),
}


def main(names: list[str]) -> None:
    """Run the parts named, or all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows = [line for name in names or FAMILY for line in FAMILY[name]()]
    write("agreement", rows)


if __name__ == "__main__":
    main(sys.argv[1:])

"""`make bench-agreement`: alpha against krippendorff and against itself, Dawid-Skene and MACE against crowd-kit.

uv installs crowd-kit, locked by hash in `crowdkit.txt`, into an environment of its own (``build/bench/crowdkit``): it
pins what we do not. `agreement.database` uses `DATABASE_URL`, or serves one.
"""

from __future__ import annotations

import math
import subprocess
import sys
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
from benchmarks.paired import FOLDER, Spent, both, row, run_parts, sized, spent, spent_row
from benchmarks.peer_environment import peer_python
from harmonize.records import Judgments, Kind

LABELS, RATERS = 28, 5
CALLS = 10  # of nominal alpha in a row; a run's time is their mean


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


def against_krippendorff() -> list[dict[str, Any]]:
    """Nominal alpha of 100k units: time and value here, memory as the peak of processes of their own."""
    units = sized(100_000)
    j = made(units)
    assert j.label is not None
    matrix = j.label.reshape(units, RATERS).T.astype(float)

    def theirs() -> float:
        return float(krippendorff.alpha(reliability_data=matrix, level_of_measurement="nominal"))

    def ours() -> None:
        for _ in range(CALLS):  # one call is too short for the clock of a shared machine
            alpha(j, rounds=0)

    whole = both(theirs, ours, runs=9)
    measured = [(one, Spent(ten.wall / CALLS, ten.processor / CALLS)) for one, ten in whole]
    gap = abs(theirs() - (alpha(j, rounds=0).value or math.nan))
    saved = FOLDER / "ratings.npz"
    np.savez(saved, item=j.item, rater=j.rater, label=j.label)
    memory = [(float(peak("krippendorff", saved)), float(peak("ours", saved))) for _ in range(3)]
    bare = {who: peak(who, saved, only="load") for who in ("krippendorff", "ours")}
    return [
        spent_row("agreement.alpha", "krippendorff.alpha, nominal", measured, units=units, calls=CALLS, difference=gap),
        row(
            "agreement.memory",
            "krippendorff.alpha, peak resident memory of a process of its own (kB), imports and ratings included",
            memory,
            units=units,
            without_the_figure=bare,
        ),
    ]


def peak(who: str, ratings: Path, *, only: str = "") -> int:
    """Peak resident memory (kB) of a process that reads the ratings and takes alpha once."""
    command = [sys.executable, "-m", "benchmarks.agreement_memory", who, str(ratings), only]
    told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return int(told.stdout.split()[-1])


def against_ourselves() -> list[dict[str, Any]]:
    """1,000 resamples against 1,000 closed forms, and growth from 100k to 10M judgments."""
    units = sized(100_000)
    j = made(units)
    found = statistics(j)
    rounds, tried = 1000, 5
    bare = [spent(lambda: alpha(j, rounds=0)) for _ in range(tried)]
    drawn = [spent(lambda: found.coefficients(rounds=rounds)) for _ in range(tried)]
    measured = [(Spent(one.wall * rounds, one.processor * rounds), two) for one, two in zip(bare, drawn, strict=True)]
    return [spent_row("agreement.bootstrap", "1,000 closed forms (one timed, times 1,000)", measured, units=units)]


def growing() -> list[dict[str, Any]]:
    """Time of 10M judgments against 100 times that of 100k, both with the interval left out."""
    small, large = made(sized(20_000)), made(sized(2_000_000), pool=5000)
    times = len(large) // len(small)

    def often() -> None:
        for _ in range(times):
            alpha(small, rounds=0)

    measured = both(lambda: alpha(large, rounds=0), often, runs=5)
    facts = {"sizes": [len(small), len(large)], "times": times}
    return [spent_row("agreement.growth", "the smaller as many times as the larger is larger", measured, **facts)]


def peer(model: str, table: Path, iterations: int) -> tuple[Spent, np.ndarray[Any, Any], Any]:
    """crowd-kit's time, posteriors in code order, and MACE's start, from a table of coded answers."""
    out = table.with_suffix(f".{model}.npz")
    script = Path(__file__).with_name("agreement_peer.py")
    command = [str(peer_python("crowdkit")), str(script), model, str(table), str(out)]
    subprocess.run([*command, str(iterations)], check=True)  # noqa: S603
    found = np.load(out)
    return Spent(float(found["seconds"]), float(found["processor"])), found["posterior"], found


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
        skene.append((theirs, spent(lambda: dawid_skene(j, iterations=iterations, tolerance=0))))
        ours = dawid_skene(j, iterations=iterations, tolerance=0).soft.values
        difference["dawid_skene"] = max(difference["dawid_skene"], float(np.abs(posterior - ours).max()))
        theirs, posterior, found = peer("mace", table, iterations)
        start = Start(found["guessing"], found["knowing"], found["habit"])
        mace.append((theirs, spent(partial(run_from, t, start, iterations))))
        ours = run_from(t, start, iterations).posterior
        difference["mace"] = max(difference["mace"], float(np.abs(posterior - ours).max()))
    facts = {"units": units, "iterations": iterations, "tolerance": 1e-6}
    return [
        spent_row("agreement.dawid_skene", "crowd-kit 1.4.2", skene, difference=difference["dawid_skene"], **facts),
        spent_row("agreement.mace", "crowd-kit 1.4.2, same start", mace, difference=difference["mace"], **facts),
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
    "growth": growing,
    "crowdkit": against_crowdkit,
    "database": lambda: database(sized(1_000_000)),
}


if __name__ == "__main__":
    run_parts("agreement", FAMILY, sys.argv[1:])

"""Paired timing: ours and the baseline in turn, in the same run, so that a busy machine slows both.

Every family runs at the sizes its claims state, times `BENCH_SCALE` (default 1). Parts of one can be named:
`python -m benchmarks.release verify memory`; their rows then replace the kept ones.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "build" / "bench"
SCALE = float(os.environ.get("BENCH_SCALE", "1"))


def sized(claimed: int, *, least: int = 2000) -> int:
    """The size a claim states at the scale asked for."""
    return max(int(claimed * SCALE), least)


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak_memory() -> float:
    """Greatest resident memory of this process so far, in MB.

    Not ``ru_maxrss``: a child inherits its parent's across exec, while the high-water mark is of this process alone.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


@dataclass(frozen=True)
class Spent:
    """What one call took: wall and processor seconds. On a shared machine the second is the steadier."""

    wall: float
    processor: float


def spent(work: Callable[[], object]) -> Spent:
    """Wall and processor time of one call, all threads of this process."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - processor)


def both(above: Callable[[], object], below: Callable[[], object], *, runs: int = 5) -> list[tuple[Spent, Spent]]:
    """As `pairs`, with processor time beside wall time."""
    above(), below()
    measured = []
    for run in range(runs):
        first, second = (above, below) if run % 2 else (below, above)
        one, two = spent(first), spent(second)
        measured.append((one, two) if run % 2 else (two, one))
    return measured


def spent_row(claim: str, baseline: str, measured: Sequence[tuple[Spent, Spent]], **facts: Any) -> dict[str, Any]:
    """As `row` for wall time, with the same of processor time under ``processor``."""
    walls = [(above.wall, below.wall) for above, below in measured]
    clocks = row("", "", [(above.processor, below.processor) for above, below in measured])
    processor = {key: clocks[key] for key in ("ratio", "low", "high", "runs")}
    return row(claim, baseline, walls, **facts) | {"processor": processor}


def pairs(above: Callable[[], object], below: Callable[[], object], *, runs: int = 5) -> list[tuple[float, float]]:
    """Seconds of (above, below), one pair a run after one warm-up each, in alternating order."""
    above(), below()
    measured = []
    for run in range(runs):
        first, second = (above, below) if run % 2 else (below, above)
        one, two = seconds(first), seconds(second)
        measured.append((one, two) if run % 2 else (two, one))
    return measured


def row(claim: str, baseline: str, measured: Sequence[tuple[float, float]], **facts: Any) -> dict[str, Any]:
    """One result: the median of above/below with the least and greatest of the runs, and the runs themselves."""
    ratios = [above / below for above, below in measured]
    return {
        "claim": claim,
        "baseline": baseline,
        "ratio": statistics.median(ratios),
        "low": min(ratios),
        "high": max(ratios),
        "runs": [list(pair) for pair in measured],
        **facts,
    }


def run_parts(family: str, parts: Mapping[str, Callable[[], list[dict[str, Any]]]], names: Sequence[str]) -> None:
    """Run the parts named, or all, and write what is found after each: a run cut short keeps what it measured."""
    found: list[dict[str, Any]] = []
    kept = FOLDER / f"{family}.json"
    before = json.loads(kept.read_text("utf-8")) if names and kept.exists() else []
    for name in names or parts:
        new = parts[name]()
        print("\n".join(told(line) for line in new), flush=True)
        found += new
        claims = {line["claim"] for line in found}
        _write(kept, [line for line in before if line["claim"] not in claims] + found)


def told(line: Mapping[str, Any]) -> str:
    """A row in words."""
    return f"{line['claim']}: {line['ratio']:.3g} ({line['low']:.3g} to {line['high']:.3g}) against {line['baseline']}"


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(rows), indent=1) + "\n", encoding="utf-8")

"""`make bench-models`: pre-label jobs against a server of fixed latency, a bare client, and vLLM; their memory.

Every part makes a database of its own and drops it. `vllm` needs the environment of `make test-peers`, which it makes
if it is not there (some gigabytes, once).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import models_bare as bare
from benchmarks import models_job as ours
from benchmarks.paired import peak_memory, row, run_parts, sized
from benchmarks.server import broker, database_url

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE, LATENCY = 64, 0.2
RUNS = 3


@contextmanager
def server(latency: float) -> Iterator[str]:
    """A server of this latency in a process of its own; yields its address."""
    command = [sys.executable, "-m", "benchmarks.models_server", "--latency", str(latency)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)  # noqa: S603
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def latency() -> list[dict[str, Any]]:
    """`models.latency`: items times latency over requests at once, against the wall time of a job of a real worker."""
    items = sized(20_000)
    with ours.database(), server(LATENCY) as url:
        ours.register(url, at_once=AT_ONCE)
        walls = []
        with ours.worker():
            for run in range(RUNS):
                ours.collect(f"latency-{run}", ours.texts(items))
                walls.append((items * LATENCY / AT_ONCE, ours.by_worker(f"latency-{run}")))
    return [row("models.latency", f"Little's law: {AT_ONCE} at once, {LATENCY} s each", walls, items=items)]


def processor() -> list[dict[str, Any]]:
    """`models.processor`: processor seconds at saturation, against those of a bare client with the same requests."""
    items = sized(10_000)
    with ours.database(), server(0.0) as url:
        ours.register(url, at_once=AT_ONCE)
        rater, texts, busy = ours.rater(), list(ours.texts(items)), []
        for run in range(RUNS):
            ours.collect(f"busy-{run}", texts)
            busy.append((ours.job(f"busy-{run}").processor, bare.ask(rater, texts, at_once=AT_ONCE).processor))
    return [row("models.processor", "a bare openai client, processor seconds", busy, items=items)]


def memory() -> list[dict[str, Any]]:
    """`models.memory`: peak of a process that runs a whole job, at twenty times the items."""
    large, small = sized(200_000, least=20_000), sized(10_000, least=1000)
    peaks = [(_peak(large), _peak(small))]
    return [row("models.memory", f"peak MiB at {small} items", peaks, items=large)]


def _peak(items: int) -> float:
    command = [sys.executable, "-m", "benchmarks.models", "--peak", str(items)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)  # noqa: S603
    return float(done.stdout.split()[-1])


def print_peak(items: int) -> None:
    """Run one job over so many items and print the peak memory of this process in MiB."""
    with ours.database(), server(0.0) as url:
        ours.register(url, at_once=AT_ONCE)
        ours.collect("peak", ours.texts(items))
        ours.job("peak")
        print(peak_memory())


def vllm() -> list[dict[str, Any]]:
    """`models.vllm`: items a second against a real vLLM on CPU, over those of the bare client."""
    items, speeds = sized(5000, least=200), []
    with ours.database(), _tiny() as (url, held_out):
        from benchmarks.models_vllm import params

        ours.register(url, at_once=32, model="tiny")
        asked, texts = params(), [f"{held_out[n % len(held_out)]} {n}" for n in range(2 * RUNS * items)]
        rater = ours.rater(**asked)
        bare.ask(rater, held_out[:64], at_once=32)  # the first requests of a server are slow
        for run in range(RUNS):  # every text is asked once, lest the server remember it
            mine, theirs = texts[2 * run * items :][:items], texts[(2 * run + 1) * items :][:items]
            ours.collect(f"vllm-{run}", mine)
            speeds.append((bare.ask(rater, theirs, at_once=32).wall, ours.job(f"vllm-{run}", **asked).wall))
    return [row("models.vllm", "a bare openai client against the same vLLM on CPU (speed)", speeds, items=items)]


@contextmanager
def _tiny() -> Iterator[tuple[str, list[str]]]:
    from benchmarks.models_vllm import tiny  # needs Django set up

    with tiny() as served:
        yield served


PARTS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "latency": latency,
    "processor": processor,
    "memory": memory,
    "vllm": vllm,
}

if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        print_peak(int(sys.argv[2]))
    else:
        with database_url(), broker():  # one server for all parts: Django knows one address in a process
            run_parts("models", PARTS, sys.argv[1:])

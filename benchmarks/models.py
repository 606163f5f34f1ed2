"""`make bench-models`: a pre-label job against a local server of fixed latency, and its processor time and memory.

Needs `DATABASE_URL`; it makes a database of its own there and drops it. `BENCH_ITEMS` (default 6000) is the size of the
timed job; the memory claim is stated for 10,000 against 200,000 items (`BENCH_MEMORY="10000,200000"`, many minutes).
"""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.paired import peak_memory, row, write

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE, LATENCY = 64, 0.2


@contextmanager
def server(latency: float) -> Iterator[str]:
    """The test server in a process of its own; yields its address."""
    command = [sys.executable, "-m", "tests.model_server.server", "--latency", str(latency)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)  # noqa: S603
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


@contextmanager
def database() -> Iterator[None]:
    """Django on a test database of its own."""
    sys.path.insert(0, str(ROOT / "platform"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chorale.settings")
    import django

    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    kept = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(kept, verbosity=0)


def collect(slug: str, count: int) -> None:
    """A corpus of short texts, all in one collection."""
    from chorale.store import collections
    from chorale.store.models import Corpus, Item
    from harmonize.corpora.identity import item_uuid

    corpus = Corpus.objects.create(slug=slug, title=slug, licence="CC0-1.0")
    made = (
        Item(
            uuid=item_uuid(slug, str(n)), corpus=corpus, source_id=str(n), modality="text", text=f"so happy, number {n}"
        )
        for n in range(count)
    )
    Item.objects.bulk_create(made, batch_size=5000)
    collections.create(by=None, slug=slug, title=slug, filter={"corpus": slug})


def job(slug: str) -> tuple[float, float]:
    """Wall and processor seconds of a pre-label job over a collection, from its first step to its last commit."""
    from chorale.jobs import engine
    from chorale.store.models import Shard

    params = {"collection": slug, "scheme": "ekman-6", "perspective": "writer", "endpoint": "bench"}
    started = engine.start("prelabel", by=None, params=params)
    wall, processor = time.perf_counter(), time.process_time()
    while ready := engine.ready_shards(Shard.objects.filter(job=started)):
        engine.work_on(ready[0].pk, seconds=60.0)
    started.refresh_from_db()
    assert started.state == "done", started.error
    assert (started.done, started.failed) == (started.total, 0)
    return time.perf_counter() - wall, time.process_time() - processor


async def bare(url: str, count: int) -> None:
    """The same requests sent and parsed by the `openai` client alone: no keys, no storing, no retries."""
    import openai

    from annotation.model_raters.asking import chat_rater
    from annotation.model_raters.endpoint import Endpoint
    from annotation.model_raters.items import ShownItem
    from annotation.model_raters.questions import choice
    from harmonize import schemes

    rater = chat_rater(Endpoint(url, "words"), schemes.load("ekman-6"), perspective="writer")
    question = choice(rater.brief.scheme, limit=20)
    client = openai.AsyncOpenAI(
        base_url=url, api_key="none", max_retries=0, http_client=openai.DefaultAioHttpClient(timeout=60)
    )
    gate = asyncio.Semaphore(AT_ONCE)
    bodies = [
        rater.brief.prompt.messages(ShownItem(str(n), f"so happy, number {n}"), question, perspective="writer")
        for n in range(count)
    ]

    async def one(messages: Any) -> dict[str, float]:
        async with gate:
            answer = await client.chat.completions.create(
                model="words", messages=messages, max_tokens=1, temperature=0, logprobs=True, top_logprobs=20
            )
        found = answer.choices[0].logprobs
        assert found is not None
        assert found.content is not None
        return {t.token: math.exp(t.logprob) for t in found.content[0].top_logprobs}

    await asyncio.gather(*(one(messages) for messages in bodies))
    await client.close()


def processor_of_bare(url: str, count: int) -> float:
    """Processor seconds of the bare client, the prompts rendered as ours are."""
    before = time.process_time()
    asyncio.run(bare(url, count))
    return time.process_time() - before


def peak(count: int) -> float:
    """Peak memory in MiB of a fresh process that runs a job of so many items."""
    command = [sys.executable, "-m", "benchmarks.models", "--peak", str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)  # noqa: S603
    return float(done.stdout.split()[-1])


def register(url: str) -> None:
    """The endpoint of this run, probed before the clock starts."""
    from chorale.store import endpoints

    endpoints.abilities(endpoints.register(by=None, slug="bench", url=url, model="words", most_at_once=AT_ONCE))


def main() -> None:
    """Run all claims, or with ``--peak N`` only print the peak memory of one job."""
    if not os.environ.get("DATABASE_URL"):
        return print("models: skipped, as DATABASE_URL is not set")
    if sys.argv[1:2] == ["--peak"]:
        with database(), server(0.0) as url:
            register(url)
            collect("peak", int(sys.argv[2]))
            job("peak")
            return print(peak_memory())
    count, runs = int(os.environ.get("BENCH_ITEMS", "6000")), 3
    small, large = (int(n) for n in os.environ.get("BENCH_MEMORY", "2000,20000").split(","))
    with database():
        with server(LATENCY) as url:
            register(url)
            walls = []
            for run in range(runs):
                collect(f"latency-{run}", count)
                walls.append((count * LATENCY / AT_ONCE, job(f"latency-{run}")[0]))
        with server(0.0) as url:
            register(url)
            busy = []
            for run in range(runs):
                collect(f"busy-{run}", count)
                busy.append((job(f"busy-{run}")[1], processor_of_bare(url, count)))
    memory = [(peak(large), peak(small))]
    rows = [
        row("models.latency", f"Little's law: {AT_ONCE} at once, {LATENCY} s each", walls, items=count),
        row("models.processor", "a bare openai client, processor seconds", busy, items=count),
        row("models.memory", f"peak MiB at {small} items", memory, items=large),
    ]
    write("models", rows)


if __name__ == "__main__":
    main()

"""Pre-label jobs of the service on a database of their own, from their first step to their last commit."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from benchmarks.paired import Spent, seconds, spent
from benchmarks.server import database_url, process

ASKED: dict[str, Any] = {"scheme": "ekman-6", "perspective": "writer", "endpoint": "bench"}


@contextmanager
def database() -> Iterator[None]:
    """Django on a test database that is dropped at the end."""
    with database_url():
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chorale.settings")
        # The steps run in this process; a broker that is not there would be tried anew for every shard.
        os.environ.setdefault("CELERY_BROKER_URL", "memory://")
        import django

        django.setup()
        from django.test.utils import setup_databases, teardown_databases

        kept = setup_databases(verbosity=0, interactive=False)
        try:
            yield
        finally:
            teardown_databases(kept, verbosity=0)


def register(url: str, *, at_once: int, model: str = "words") -> None:
    """The endpoint of this run, probed before the clock starts."""
    from chorale.store import endpoints

    endpoints.abilities(endpoints.register(by=None, slug="bench", url=url, model=model, most_at_once=at_once))


def rater(**more: Any) -> Any:
    """The rater that a job of these parameters is, for the bare client."""
    from chorale.store import chat_raters

    return chat_raters.chosen(ASKED | more)[1]


def texts(count: int) -> Iterator[str]:
    """Short texts, the same on both sides."""
    return (f"so happy, number {number}" for number in range(count))


def collect(slug: str, told: Iterable[str]) -> None:
    """A corpus of these texts, all in one collection."""
    from chorale.store import collections
    from chorale.store.models import Corpus, Item
    from harmonize.corpora.identity import item_uuid

    corpus = Corpus.objects.create(slug=slug, title=slug, licence="CC0-1.0")
    made = (
        Item(uuid=item_uuid(slug, str(n)), corpus=corpus, source_id=str(n), modality="text", text=text)
        for n, text in enumerate(told)
    )
    while piece := list(islice(made, 5000)):  # bulk_create itself would hold them all
        Item.objects.bulk_create(piece)
    collections.create(by=None, slug=slug, title=slug, filter={"corpus": slug})


def job(slug: str, **more: Any) -> Spent:
    """Wall and processor time of a job over a collection, in this process, as one lane of a worker would do it."""
    from chorale.jobs import engine
    from chorale.store.models import Shard

    started = _start(slug, **more)

    def work() -> None:
        while ready := engine.ready_shards(Shard.objects.filter(job=started)):
            engine.work_on(ready[0].pk)

    took = spent(work)
    _check(started)
    return took


@contextmanager
def worker() -> Iterator[None]:
    """A real Celery worker of two lanes, both of which have asked before."""
    from chorale.celery import app

    celery = ("celery", "-A", "chorale", "worker", "--concurrency", "2", "--without-mingle")
    app.control.purge()
    with process("worker", *celery) as daemon:
        daemon.wait_ready(lambda: bool(app.control.ping(timeout=0.5)), seconds=180)
        for lane in ("one", "two"):
            collect(f"warm-{lane}", texts(500))
        _followed([_start("warm-one"), _start("warm-two")])
        yield


def by_worker(slug: str) -> float:
    """Wall seconds of a job over a collection, from its start to its end, done by the worker."""
    return seconds(lambda: _followed([_start(slug)]))


def _start(slug: str, **more: Any) -> Any:
    from chorale.jobs import engine

    return engine.start("prelabel", by=None, params={"collection": slug} | ASKED | more)


def _followed(jobs: Sequence[Any]) -> None:
    """Wait until all have ended."""
    for one in jobs:
        while one.state not in ("done", "failed"):
            time.sleep(0.02)
            one.refresh_from_db(fields=["state"])
        _check(one)


def _check(started: Any) -> None:
    from chorale.store.models import Judgment, ModelFailure

    started.refresh_from_db()
    assert started.state == "done", started.error
    told = Judgment.objects.filter(response__job=started).count() + ModelFailure.objects.filter(job=started).count()
    assert told == started.done == started.total, "an item got neither a judgment nor a reason"

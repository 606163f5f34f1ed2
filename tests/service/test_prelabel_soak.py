"""A long pre-label job on a server of fixed latency: paused, killed, resumed, and complete in the end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from chorale.jobs import control, engine
from chorale.store import collections, endpoints
from chorale.store.models import Corpus, Item, Job, Judgment, ModelFailure, ModelRequest, ModelSpending, Shard
from chorale.store.models.jobs import JobState
from harmonize.corpora.identity import item_uuid
from tests.model_server.faults import Faults
from tests.model_server.server import ModelServer
from tests.stack import Worker

ITEMS = int(os.environ.get("SOAK_ITEMS", "100000"))
LATENCY = float(os.environ.get("SOAK_LATENCY", "0.2"))

pytestmark = [pytest.mark.deep, pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]


def until(met: Callable[[], bool], seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def expire(job: Job) -> None:
    """Time passes: leases of the dead run out, and the sweep of beat comes by."""
    Shard.objects.filter(job=job, lease_until__isnull=False).update(lease_until="2000-01-01T00:00Z")
    engine.nudge(job)


def test_a_long_job_is_paused_killed_and_resumed_and_ends_complete(worker: Worker) -> None:
    corpus = Corpus.objects.create(slug="long", title="Long", licence="CC0-1.0")
    rows = (
        Item(uuid=item_uuid("long", str(n)), corpus=corpus, source_id=str(n), modality="text", text=f"so happy, {n}")
        for n in range(ITEMS)
    )
    Item.objects.bulk_create(rows, batch_size=5000)
    collections.create(by=None, slug="long", title="Long", filter={"corpus": "long"})
    faults = Faults(rate=0.02, kinds=("429", "500", "503-html", "truncated", "cut"), seed=8)
    with ModelServer(latency=LATENCY) as server:
        endpoints.register(by=None, slug="words", url=server.url, model="words")
        params = {"collection": "long", "scheme": "ekman-6", "perspective": "writer", "endpoint": "words"}
        job = engine.start("prelabel", by=None, params=params)
        server.answered.clear()  # the probe repeats itself on purpose
        server.faults = faults
        until(lambda: Job.objects.get(pk=job.pk).done >= ITEMS // 10)
        control.pause(by=None, job=job)
        until(lambda: Job.objects.get(pk=job.pk).state == JobState.PAUSED)
        until(lambda: not Shard.objects.filter(job=job, lease_until__isnull=False).exists())
        done = Job.objects.get(pk=job.pk).done
        assert done == Judgment.objects.count()
        rests = sum(server.answered.values())
        time.sleep(3)
        assert sum(server.answered.values()) == rests, "it rests"
        control.resume(by=None, job=Job.objects.get(pk=job.pk))
        until(lambda: Job.objects.get(pk=job.pk).done >= ITEMS // 3)
        worker.kill()
        worker.restart()
        expire(job)
        ended = control.wait(job, timeout=3000)
        twice = sum(times > 1 for times in server.answered.values())
    assert ended.done == ITEMS
    assert Judgment.objects.count() + ModelFailure.objects.count() == ITEMS
    assert ModelRequest.objects.count() == Judgment.objects.count() == ModelSpending.objects.get(job=job).requests
    assert twice <= 64 + 320  # under way at the kill, and the answers of the second that was not yet durable
    assert max(server.answered.values()) <= 2

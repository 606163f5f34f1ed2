"""Everything that can go wrong at once: requests made = judgments stored + failures listed, none twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from chorale.jobs import control, engine
from chorale.store import endpoints
from chorale.store.models import Collection, Job, Judgment, ModelFailure, ModelRequest, ModelSpending, Shard
from tests.model_server.faults import KINDS, Faults
from tests.model_server.server import ModelServer
from tests.service.notes_scene import COUNT, answered, begin, notes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
__all__ = ["notes"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """Its clients give up on a hung socket after half a second."""
    connect = endpoints.connection
    monkeypatch.setattr(endpoints, "connection", lambda row: replace(connect(row), timeout=0.5))
    with ModelServer() as running:
        row = endpoints.register(by=None, slug="words", url=running.url, model="words")
        endpoints.examine(by=None, row=row)
        running.answered.clear()  # the probe repeats itself on purpose
        running.bodies.clear()
        yield running


def accounts(job: Job, server: ModelServer) -> tuple[int, int]:
    """(judgments, failures), after everything that must add up was checked."""
    told, failed = Judgment.objects.count(), ModelFailure.objects.count()
    used = job.result["used"]
    assert told + failed == job.done == job.total == COUNT
    assert failed == job.failed
    assert used["sent"] == used["answered"] + sum(used["retries"].values())
    assert ModelRequest.objects.count() == ModelSpending.objects.get(job=job).requests == used["answered"] == COUNT
    assert max(server.answered.values()) == 1
    return told, failed


def test_every_fault_at_once_adds_up(notes: Collection, server: ModelServer) -> None:
    server.faults = Faults(rate=0.35, kinds=(*KINDS, "wrong-word"), seed=5)
    job = control.run_here(begin())
    _, failed = accounts(job, server)
    given = server.faults.given
    assert set(KINDS) | {"wrong-word"} <= set(given), "each kind came"
    assert failed == given["wrong-word"], (
        "an answer outside the scheme is paid, kept and listed, never forced into a label"
    )
    assert set(ModelFailure.objects.values_list("code", flat=True)) == {"off-scheme"}


def test_a_shard_delivered_to_two_workers_at_once_is_worked_once(notes: Collection, server: ModelServer) -> None:
    server.latency = 0.05
    job = begin()
    shard = Shard.objects.get(job=job, number=0)
    workers = [Thread(target=_work, args=[shard.pk]) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    job = control.run_here(job)  # closes it
    assert accounts(job, server) == (COUNT, 0)
    assert answered(server) == COUNT
    assert Shard.objects.get(pk=shard.pk).fence == 1


def _work(shard: Any) -> None:
    try:
        engine.work_on(shard)
    finally:
        connection.close()

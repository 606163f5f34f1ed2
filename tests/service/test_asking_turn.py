"""A stretch of asking ends on time where other work waits for its worker, and goes on where none does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery import current_app

from annotation.model_raters.transport import Transport
from chorale.jobs import asking, asking_turn, engine
from chorale.store import endpoints
from chorale.store.models import Job, Shard
from tests.model_server.server import ModelServer
from tests.service.notes_scene import COUNT, begin, collect
from tests.stack import Address

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


@pytest.fixture
def job(valkey: Address, monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    """One that takes some seconds at a server that lets two ask at once; no message waits."""
    monkeypatch.setattr(asking, "LOOK", 0.05)
    collect("notes", COUNT)
    with ModelServer(latency=0.15) as server:
        endpoints.register(by=None, slug="words", url=server.url, model="words", most_at_once=2)
        made = begin()
        current_app.control.purge()
        yield made
    current_app.control.purge()


def first(job: Job) -> Shard:
    return job.shards.exclude(number=engine.CLOSING).get()


def test_a_task_goes_on_after_its_time_where_nobody_waits(job: Job) -> None:
    engine.work_on(first(job).pk, seconds=0.0)
    assert first(job).done == COUNT


def test_it_ends_where_somebody_waits(job: Job) -> None:
    current_app.send_task(engine.WORK_ON, args=[0])
    assert engine.work_on(first(job).pk, seconds=0.0), "there is more to do"
    assert 0 < first(job).done < COUNT


def test_it_goes_on_for_so_long_and_no_longer(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "LONGER", 0.2)
    assert engine.work_on(first(job).pk, seconds=0.0)
    assert 0 < first(job).done < COUNT


def test_waiting_for_a_place_forgets_nothing_of_what_the_server_can_do(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[float] = []
    waits = iter([0, 0])

    class Noted(Transport):
        async def __aenter__(self) -> Transport:
            begun.append(self.limiter.limit)
            return await super().__aenter__()

    def turn(*_: object, **__: object) -> asking_turn.Turn:
        return asking_turn.Turn(next(waits, 2), stop=False, room=None, awaited=False)

    monkeypatch.setattr(asking, "Transport", Noted)
    monkeypatch.setattr(asking.asking_turn, "turn", turn)
    engine.work_on(first(job).pk)
    assert begun == [2]

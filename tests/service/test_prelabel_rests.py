"""A pre-label job rests when it is told to or when a budget is spent, and goes on from there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from chorale.jobs import budgets, control, engine
from chorale.store import endpoints
from chorale.store.models import Collection, Event, Job, Judgment, ModelRequest, ModelSpending, Shard
from chorale.store.models.jobs import JobState
from harmonize.problems import ChoraleError
from tests.model_server.server import ModelServer
from tests.service.notes_scene import COUNT, answered, begin, notes, serving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
__all__ = ["notes"]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(price_in=2.0, price_out=8.0) as running:
        yield running


def stopped(job: Job) -> dict[str, Any]:
    """Run it until it rests by itself; why."""
    with pytest.raises(ChoraleError):
        control.run_here(job)
    job.refresh_from_db()
    assert (job.state, job.pause) == (JobState.PAUSED, True)
    assert isinstance(job.error, dict)
    return job.error


def test_a_token_budget_rests_the_job_and_a_raised_one_lets_it_end(notes: Collection, server: ModelServer) -> None:
    job = begin(budget_tokens=1000)
    assert "of 1,000 tokens" in stopped(job)["message"]
    spent = ModelSpending.objects.get(job=job)
    used, each = spent.prompt_tokens + spent.completion_tokens, 1000 / spent.requests
    assert 1000 <= used < 1000 + 10 * each, "the last few were under way"
    assert Judgment.objects.count() == spent.requests == ModelRequest.objects.count() < COUNT
    with pytest.raises(ChoraleError, match="spent"):  # resumed without more, it rests at once
        control.run_here(control.resume(by=None, job=job))
    budgets.change(by=None, job=job, budget={"tokens": 100_000})
    ended = control.run_here(control.resume(by=None, job=Job.objects.get(pk=job.pk)))
    assert (ended.state, ended.error, Judgment.objects.count(), answered(server)) == ("done", None, COUNT, COUNT)
    told = Event.objects.get(action="job.budget").detail
    assert (told["before"], told["after"]) == ({"tokens": 1000}, {"tokens": 100_000})


def test_the_last_items_are_asked_about_where_earlier_ones_were_erased(notes: Collection, server: ModelServer) -> None:
    notes.members.filter(position__lte=2).delete()
    Collection.objects.filter(pk=notes.pk).update(items=COUNT - 2)
    job = control.run_here(begin())
    assert Judgment.objects.count() == job.done == job.total == COUNT - 2


def test_a_money_budget_needs_prices_and_stops_at_its_sum(notes: Collection, server: ModelServer) -> None:
    job = begin(budget_cost=0.002)
    assert stopped(job)["code"] == "budget-spent"
    endpoint = budgets.endpoint_of(job)
    spent = ModelSpending.objects.get(job=job)
    cost = (2 * spent.prompt_tokens + 8 * spent.completion_tokens) / 1e6
    assert budgets.spent(job, endpoint)["cost"] == pytest.approx(cost)
    assert 0.002 <= cost < 0.004
    endpoints.register(by=None, slug="words", url=server.url, model="words", key_variable="NONE")
    with pytest.raises(ChoraleError) as refused:
        begin(budget_cost=1.0)
    assert refused.value.code == "budget-price"
    for wrong in (-1, "many", "inf"):
        with pytest.raises(ChoraleError, match="budget"):
            begin(budget_tokens=wrong)


def test_a_paused_job_keeps_what_it_has_and_pays_nothing_twice(notes: Collection) -> None:
    with ModelServer(latency=0.15) as server:
        endpoints.register(by=None, slug="words", url=server.url, model="words", most_at_once=2)
        job = begin()
        worker = Thread(target=_work, args=[job])
        worker.start()
        until(lambda: ModelRequest.objects.count() >= 6)
        paused = time.monotonic()
        control.pause(by=None, job=job)
        until(lambda: Job.objects.get(pk=job.pk).state == JobState.PAUSED)
        assert time.monotonic() - paused < 10
        asked, begun = answered(server), Job.objects.get(pk=job.pk).started_at
        assert 0 < asked < COUNT
        assert Judgment.objects.count() == asked, "all that was paid for stands"
        with pytest.raises(ChoraleError, match="Nothing to pause"):
            control.pause(by=None, job=job)
        time.sleep(0.5)
        assert answered(server) == asked, "it rests"
        control.resume(by=None, job=job)
        worker.join(timeout=60)
        job.refresh_from_db()
    assert (job.state, job.done, answered(server)) == (JobState.DONE, COUNT, COUNT)
    assert job.rested >= 0.5
    assert job.started_at == begun, "the time it rested is taken off once"
    assert list(Event.objects.values_list("action", flat=True)).count("job.pause") == 1


def test_a_waiting_job_rests_at_once_and_may_be_cancelled(notes: Collection, server: ModelServer) -> None:
    job = control.pause(by=None, job=begin())
    assert job.state == JobState.PAUSED
    assert engine.ready_shards(Shard.objects.filter(job=job)) == []
    assert control.cancel(by=None, job=job).state == JobState.CANCELLED


def until(met: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def _work(job: Job) -> None:
    try:
        control.run_here(job)
    finally:
        connection.close()

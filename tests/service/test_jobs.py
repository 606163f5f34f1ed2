"""The job engine: progress, cancel, resume, failure, and a late worker that may not commit."""

from __future__ import annotations

import datetime as dt

import pytest
from celery import current_app
from django.utils import timezone

from chorale.jobs import control, engine, known, tasks
from chorale.store.models import Collection, Event, Job, Shard, User
from chorale.store.models.jobs import JobState
from harmonize.problems import ChoraleError
from tests.stack import Address

pytestmark = pytest.mark.django_db(transaction=True)

PIECES = 5


def _plan(job: Job) -> engine.Plan:
    shards = [engine.ShardPlan({"name": name}) for name in job.params["names"]]
    return engine.Plan(shards, total=PIECES * len(shards))


def _step(work: engine.ShardWork) -> bool:
    """Write one Collection a piece: a row whose double would break a unique key."""
    piece = (work.cursor or 0) + 1
    if work.params.get("fail_at") == piece:
        raise RuntimeError("the disk is full")
    if work.params.get("refuse_at") == piece:
        raise ChoraleError("too-cold", "It is too cold.", "Wait for spring.")
    with work.commit(cursor=piece, done=1, message=f"piece {piece}"):
        Collection.objects.create(slug=f"{work.range['name']}-{piece}", title="a piece")
    return piece == PIECES


def _finish(work: engine.ShardWork) -> engine.Json:
    return {"pieces": Collection.objects.count()}


@pytest.fixture(autouse=True)
def _kind() -> None:
    engine.register(engine.JobKind("test-pieces", "Pieces", _plan, _step, _finish))


def begin(**params: object) -> Job:
    return engine.start("test-pieces", by=None, params={"names": ["a", "b"], **params})


def test_a_job_runs_to_its_end_and_says_what_it_did() -> None:
    job = control.run_here(begin())
    assert (job.state, job.done, job.total, job.result) == (JobState.DONE, 10, 10, {"pieces": 10})
    assert list(Event.objects.values_list("action", flat=True)) == ["job.done"], "nobody asked, but it did something"


def test_a_worker_killed_between_commits_leaves_its_shard_to_the_next_without_a_row_twice() -> None:
    job = begin(names=["a"])
    shard = Shard.objects.get(job=job, number=0)
    dead = engine._lease(shard.pk)  # a worker takes the shard, commits two pieces and is killed
    assert dead is not None
    work = engine.ShardWork(job=job, shard=dead, deadline=0)
    _step(work)
    _step(work)
    assert engine.ready_shards(Shard.objects.filter(job=job)) == []  # its lease still runs
    Shard.objects.filter(pk=shard.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    job = control.run_here(job)
    assert job.state == JobState.DONE
    assert Collection.objects.count() == PIECES


def test_a_worker_thought_dead_that_comes_back_cannot_commit() -> None:
    job = begin(names=["a"])
    shard = Shard.objects.get(job=job, number=0)
    late = engine._lease(shard.pk)
    assert late is not None
    Shard.objects.filter(pk=shard.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    assert engine._lease(shard.pk) is not None  # another worker takes over
    with pytest.raises(engine.LostLease):
        _step(engine.ShardWork(job=job, shard=late, deadline=0))
    assert Collection.objects.count() == 0
    assert Job.objects.get(pk=job.pk).done == 0


def test_cancel_keeps_what_is_committed_and_resume_goes_on_from_there() -> None:
    job = begin(names=["a"])
    shard = engine._lease(Shard.objects.get(job=job, number=0).pk)
    assert shard is not None
    work = engine.ShardWork(job=job, shard=shard, deadline=0)
    _step(work)
    control.cancel(by=None, job=job)
    with pytest.raises(engine.Cancelled):
        _step(work)
    assert Collection.objects.count() == 2, "the piece at whose commit it is heard stays"
    engine._end(shard, JobState.CANCELLED)
    assert Job.objects.get(pk=job.pk).state == JobState.CANCELLED
    control.resume(by=None, job=job)
    assert control.run_here(job).result == {"pieces": PIECES}


def test_misuse_ends_the_job_with_its_message() -> None:
    job = begin(refuse_at=2)
    with pytest.raises(ChoraleError, match="too cold") as caught:
        control.run_here(job)
    assert caught.value.fix == "Wait for spring."
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.error == {"code": "too-cold", "message": "It is too cold.", "fix": "Wait for spring."}


def test_an_error_is_tried_again_with_pauses_before_it_ends_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    job = begin(names=["a"], fail_at=3)
    shard = Shard.objects.get(job=job, number=0)
    for failures in range(1, engine.MAX_FAILURES + 1):
        assert engine.work_on(shard.pk) is False
        shard.refresh_from_db()
        assert shard.failures == failures
        Shard.objects.filter(pk=shard.pk, state=JobState.RUNNING).update(lease_until=None)
        assert Event.objects.filter(action="job.failed").exists() == (failures == engine.MAX_FAILURES)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "the disk is full" in job.error["message"]
    assert Collection.objects.count() == 2
    told = Event.objects.get(action="job.failed")
    assert (told.subject, told.detail["code"]) == (str(job.pk), "step-failed")


def test_the_end_of_a_job_is_told_to_the_audit_trail_once() -> None:
    ada = User.objects.create(username="ada")
    asked = engine.start("test-pieces", by=ada, params={"names": ["a", "b"], "refuse_at": 1})
    for shard in Shard.objects.filter(job=asked, number__gte=0):
        engine.work_on(shard.pk)
    event = Event.objects.get(action="job.failed")
    assert (event.by, event.detail["code"], event.detail["why"]) == (ada, "too-cold", "It is too cold.")
    routine = begin(refuse_at=1)
    engine.work_on(Shard.objects.get(job=routine, number=0).pk)
    assert Job.objects.get(pk=routine.pk).state == JobState.FAILED
    assert Event.objects.filter(action="job.failed").count() == 1, "nobody asked, and it did nothing"


def test_a_worker_thought_dead_that_fails_late_does_not_end_the_job() -> None:
    job = begin(names=["a"])
    shard = Shard.objects.get(job=job, number=0)
    late = engine._lease(shard.pk)
    assert late is not None
    Shard.objects.filter(pk=shard.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    done = control.run_here(job)
    assert done.state == JobState.DONE
    engine._failed(engine.ShardWork(job=job, shard=late, deadline=0), ChoraleError("too-cold", "It is too cold."))
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.DONE, done.error)
    assert Shard.objects.get(pk=shard.pk).failures == 0


def test_only_a_stopped_job_resumes_and_only_a_live_one_is_cancelled() -> None:
    job = begin()
    with pytest.raises(ChoraleError, match="queued"):
        control.resume(by=None, job=job)
    control.run_here(job)
    with pytest.raises(ChoraleError, match="already done"):
        control.cancel(by=None, job=job)


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ChoraleError, match="no kind of job 'nonsense'"):
        engine.start("nonsense", by=None, params={})


def test_the_sweep_takes_up_what_nobody_holds_and_adds_nothing_to_a_full_queue(valkey: Address) -> None:
    current_app.control.purge()  # what earlier tests left
    job = begin(names=["a"])  # its message waits: no worker runs here
    assert tasks.waiting_messages() == 1
    assert tasks.requeue_expired() == 0
    current_app.control.purge()
    assert tasks.requeue_expired() == 1
    assert tasks.waiting_messages() == 1
    current_app.control.purge()
    Shard.objects.filter(job=job).update(lease_until=timezone.now() + dt.timedelta(seconds=60))
    assert tasks.requeue_expired() == 0


def test_a_file_of_kinds_registers_the_kind_that_it_is_named_after() -> None:
    for name in known.names():
        assert engine.kind_of(name).name == name

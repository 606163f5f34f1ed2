"""The job engine: long work as short steps that survive any kill.

A kind of job says how its work is cut into shards (`plan`), does one bounded piece of a shard (`step`) and closes
(`finish`). A step writes its rows and moves its cursor in one transaction, `ShardWork.commit`, which holds only while
the worker still owns the shard: the shard's ``fence`` grows with each lease, so a worker that was thought dead and
comes back cannot commit anything. Celery only carries "look at shard 7"; losing or repeating that message is harmless.

Kinds stand in `chorale.jobs.kinds`, one file each, imported when first asked for. A command starts a job with `start`
and follows it with `control.wait` (workers do the work) or `control.run_here` (this process does).
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from celery import current_app
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from kombu.exceptions import OperationalError

from chorale.jobs import known
from chorale.store import audit
from chorale.store.models import Job, Shard, User
from chorale.store.models.jobs import JobState
from harmonize.problems import ChoraleError

log = logging.getLogger(__name__)

STEP_SECONDS = 20.0  # a task works at most this long, then hands on (the broker redelivers after 120 s)
LEASE = dt.timedelta(seconds=60)
WORK_ON = "chorale.jobs.tasks.work_on"  # by name, as the tasks import this module
KEEP_SECONDS = 1800.0
MAX_FAILURES = 5
CLOSING = -1  # number of the shard that runs `finish`

Json = dict[str, Any]


class LostLease(Exception):
    """Another worker holds the shard now; what this one did is rolled back."""


class Cancelled(Exception):
    """The person asked to stop; raised at the next commit."""


class Held(Exception):
    """The job is to rest: a person asked for it, or a step says why it cannot go on alone (``error``)."""

    def __init__(self, error: ChoraleError | None = None) -> None:
        super().__init__(str(error or "paused"))
        self.error = error


@dataclass(frozen=True)
class ShardPlan:
    """One shard to be: what it covers, in the kind's own terms."""

    range: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """How a job is cut: its shards and the number of things they hold (None when not known ahead)."""

    shards: Sequence[ShardPlan]
    total: int | None = None


@dataclass
class ShardWork:
    """What a step gets: its job, its shard's range, and the cursor the last commit left."""

    job: Job
    shard: Shard
    deadline: float

    @property
    def params(self) -> Json:
        """The job's parameters."""
        return self.job.params

    @property
    def range(self) -> Json:
        """What this shard covers."""
        return self.shard.range

    @property
    def cursor(self) -> Any:
        """Where the last committed piece ended; None at the start."""
        return self.shard.cursor

    @property
    def time_left(self) -> bool:
        """Whether another piece fits into this task."""
        return time.monotonic() < self.deadline

    @contextmanager
    def commit(self, *, cursor: Any, done: int = 0, failed: int = 0, message: str = "") -> Iterator[None]:
        """A transaction in which rows and cursor move together, or neither does.

        Raises `LostLease` if another worker took the shard over, `Cancelled` or `Held` if the job is to stop or rest.
        """
        with transaction.atomic():
            yield
            held = Shard.objects.filter(pk=self.shard.pk, fence=self.shard.fence, state=JobState.RUNNING).update(
                cursor=cursor, done=F("done") + done, failures=0, lease_until=timezone.now() + LEASE
            )
            if not held:
                raise LostLease
            changes: Json = {"done": F("done") + done, "failed": F("failed") + failed, "updated_at": timezone.now()}
            if message:
                changes["message"] = message[:300]
            Job.objects.filter(pk=self.job.pk).update(**changes)
            cancel, pause = Job.objects.filter(pk=self.job.pk).values_list("cancel", "pause").get()
        self.shard.cursor = cursor
        if cancel or pause:  # what was done stays
            raise Cancelled if cancel else Held


Step = Callable[[ShardWork], bool]


@dataclass(frozen=True)
class JobKind:
    """A kind of long work. ``step`` returns True when its shard is finished; ``finish`` returns the job's result.

    ``seconds``: how long one task works on a shard at most.
    """

    name: str
    title: str
    plan: Callable[[Job], Plan]
    step: Step
    finish: Callable[[ShardWork], Json] | None = None
    seconds: float = STEP_SECONDS


_kinds: dict[str, JobKind] = {}


def register(kind: JobKind) -> JobKind:
    """Make a kind known under its name."""
    _kinds[kind.name] = kind
    return kind


def kind_of(name: str) -> JobKind:
    """The kind of that name; ChoraleError `unknown-job-kind` otherwise."""
    if name not in _kinds:
        known.load(name)
    if name not in _kinds:
        there = ", ".join(known.names())
        raise ChoraleError("unknown-job-kind", f"There is no kind of job '{name}'.", f"Known: {there}.")
    return _kinds[name]


@transaction.atomic
def start(kind: str, *, by: User | None, params: Json, title: str = "") -> Job:
    """Insert a queued Job with its shards and nudge the workers once it is committed.

    Without ``by`` it is routine: the audit trail hears of it only if it did something.
    """
    how = kind_of(kind)
    job = Job.objects.create(kind=kind, title=title or how.title, params=params, started_by=by)
    plan = how.plan(job)
    job.total = plan.total
    job.save(update_fields=["total"])
    shards = [Shard(job=job, number=number, range=shard.range) for number, shard in enumerate(plan.shards)]
    Shard.objects.bulk_create([*shards, Shard(job=job, number=CLOSING)])
    if by:
        audit.record(by, "job.start", job, kind=kind, params=params)
    transaction.on_commit(lambda: nudge(job))
    return job


def nudge(job: Job) -> None:
    """Tell the workers which shards may be taken now. A lost message is mended by `requeue_expired`."""
    for shard in ready_shards(Shard.objects.filter(job=job)):
        try:
            current_app.send_task(WORK_ON, args=[shard.pk])
        except OperationalError:
            log.warning("broker unreachable; shard %s waits for the next sweep", shard.pk)


def ready_shards(shards: Any) -> list[Shard]:
    """Shards nobody holds that may run: the closing one only when all others are done."""
    now = timezone.now()
    free = shards.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=now), state__in=[JobState.QUEUED, JobState.RUNNING]
    ).exclude(job__state__in=[JobState.CANCELLED, JobState.FAILED, JobState.DONE, JobState.PAUSED])
    return [s for s in free.select_related("job") if s.number != CLOSING or _others_done(s.job_id)]


def _others_done(job_id: int) -> bool:
    return not Shard.objects.filter(job_id=job_id).exclude(number=CLOSING).exclude(state=JobState.DONE).exists()


def _lease(shard_id: int) -> Shard | None:
    """Take the shard if nobody holds it: a longer lease, a higher fence."""
    now = timezone.now()
    taken = Shard.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=now),
        pk=shard_id,
        state__in=[JobState.QUEUED, JobState.RUNNING],
    ).update(lease_until=now + LEASE, fence=F("fence") + 1, state=JobState.RUNNING)
    return Shard.objects.select_related("job").get(pk=shard_id) if taken else None


def work_on(shard_id: int, *, seconds: float | None = None) -> bool:
    """Work on a shard for at most ``seconds`` (None: as its kind does); True if it wants to be called again."""
    shard = _lease(shard_id)
    if shard is None:
        return False
    job = shard.job
    if job.ended or job.cancel:
        _end(shard, JobState.CANCELLED)
        return False
    if job.pause:
        _rest(shard)
        return False
    if shard.number == CLOSING and not _others_done(job.pk):
        _release(shard)
        return False
    begun = Coalesce(F("started_at"), timezone.now())  # a resumed job began when it first did
    Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(state=JobState.RUNNING, started_at=begun)
    work = ShardWork(job=job, shard=shard, deadline=time.monotonic() + (STEP_SECONDS if seconds is None else seconds))
    try:
        with _kept(shard):
            return _advance(work, as_kind=seconds is None)
    except LostLease:
        log.info("shard %s of job %s was taken over", shard.pk, job.pk)
        return False
    except Cancelled:
        _end(shard, JobState.CANCELLED)
        return False
    except Held as held:
        _rest(shard, held.error)
        return False
    except Exception as error:
        return _failed(work, error)


@contextmanager
def _kept(shard: Shard) -> Iterator[None]:
    """Renew the lease while this process lives, for the few pieces that outlast it (a fit, a release file).

    At most KEEP_SECONDS, so that a hung process loses its shard in the end.
    """
    stop = threading.Event()

    def renew() -> None:
        end = time.monotonic() + KEEP_SECONDS
        while not stop.wait(LEASE.total_seconds() / 3) and time.monotonic() < end:
            _owned(shard).filter(lease_until__isnull=False).update(lease_until=timezone.now() + LEASE)
        connection.close()

    keeper = threading.Thread(target=renew, daemon=True, name=f"lease-{shard.pk}")
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _advance(work: ShardWork, *, as_kind: bool) -> bool:
    kind = kind_of(work.job.kind)
    if as_kind:
        work.deadline += kind.seconds - STEP_SECONDS
    if work.shard.number == CLOSING:
        _close(work, kind)
        return False
    finished = kind.step(work)
    while not finished and work.time_left:
        finished = kind.step(work)
    if not finished:
        _release(work.shard)
        return True
    with transaction.atomic():
        if not _owned(work.shard).update(state=JobState.DONE, lease_until=None):
            raise LostLease
    nudge(work.job)
    return False


def _close(work: ShardWork, kind: JobKind) -> None:
    """Run `finish` and end the job in one transaction, so that a killed close leaves nothing half done."""
    with transaction.atomic():
        result = kind.finish(work) if kind.finish else {}
        if not _owned(work.shard).update(state=JobState.DONE, lease_until=None):
            raise LostLease
        Job.objects.filter(pk=work.job.pk).update(
            state=JobState.DONE, result=result, finished_at=timezone.now(), updated_at=timezone.now()
        )
        if work.job.started_by or Job.objects.filter(pk=work.job.pk, done__gt=0).exists():
            audit.record(work.job.started_by, "job.done", work.job, kind=work.job.kind)


def _owned(shard: Shard) -> Any:
    return Shard.objects.filter(pk=shard.pk, fence=shard.fence)


def _release(shard: Shard) -> None:
    _owned(shard).update(lease_until=None)


def _end(shard: Shard, state: JobState) -> None:
    """A shard stops for good; the job follows once no other shard is held."""
    _owned(shard).update(state=state, lease_until=None)
    Job.objects.filter(pk=shard.job_id).exclude(state__in=[JobState.DONE, JobState.FAILED]).update(
        state=state, finished_at=timezone.now(), updated_at=timezone.now()
    )


def _rest(shard: Shard, error: ChoraleError | None = None) -> None:
    """A shard waits for a person; the job rests once no other shard is held. With ``error`` the others rest too."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=shard.job_id)
        _owned(shard).exclude(state=JobState.DONE).update(state=JobState.QUEUED, lease_until=None)
        if error and not job.error:
            job.error = {"code": error.code, "message": error.message, "fix": error.fix}
            audit.record(None, "job.rest", job, code=error.code, why=error.message)
        job.pause = True
        if not job.ended and not held(job):
            job.state, job.finished_at = JobState.PAUSED, timezone.now()
        job.save(update_fields=["error", "pause", "state", "finished_at", "updated_at"])


def held(job: Job) -> bool:
    """Whether some worker is at a shard of this job now."""
    return Shard.objects.filter(job=job, state=JobState.RUNNING, lease_until__gt=timezone.now()).exists()


def _failed(work: ShardWork, error: Exception) -> bool:
    """A step raised: misuse ends the job at once, anything else is tried again a few times with growing pauses."""
    final = isinstance(error, ChoraleError) or work.shard.failures + 1 >= MAX_FAILURES
    log.exception("job %s, shard %s: step failed", work.job.pk, work.shard.pk)
    now = timezone.now()
    told = error if isinstance(error, ChoraleError) else ChoraleError("step-failed", f"{type(error).__name__}: {error}")
    changes: Json = {"error": {"code": told.code, "message": told.message, "fix": told.fix}, "updated_at": now}
    tried: Json = {"failures": F("failures") + 1, "lease_until": now + dt.timedelta(seconds=2.0**work.shard.failures)}
    if final:
        tried |= {"state": JobState.FAILED, "lease_until": None}
        changes |= {"state": JobState.FAILED, "finished_at": now}
    with transaction.atomic():
        if not _owned(work.shard).filter(state=JobState.RUNNING).update(**tried):
            return False  # another worker holds the shard, and says how it ends
        job = Job.objects.filter(pk=work.job.pk)
        ended = [JobState.DONE, JobState.CANCELLED, JobState.FAILED]
        if (
            job.exclude(state__in=ended).update(**changes)
            and final
            and (work.job.started_by or job.filter(done__gt=0).exists())
        ):
            audit.record(work.job.started_by, "job.failed", work.job, code=told.code, why=told.message[:500])
    return False  # the sweep calls again after the pause

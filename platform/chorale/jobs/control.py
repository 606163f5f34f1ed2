"""What a person may do to a job: pause, cancel, resume, wait for it."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from chorale.jobs import engine
from chorale.store import audit
from chorale.store.models import Job, Shard, User
from chorale.store.models.jobs import JobState
from harmonize.problems import ChoraleError


@transaction.atomic
def cancel(*, by: User | None, job: Job) -> Job:
    """Ask a job to stop. What is committed stays; it can be resumed."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.ended:
        raise ChoraleError("job-ended", f"Job {job.pk} is already {job.state}.", "Nothing to cancel.")
    job.cancel = True
    job.save(update_fields=["cancel", "updated_at"])
    if not engine.held(job):
        Job.objects.filter(pk=job.pk).update(state=JobState.CANCELLED, finished_at=timezone.now())
    audit.record(by, "job.cancel", job)
    return Job.objects.get(pk=job.pk)


@transaction.atomic
def pause(*, by: User | None, job: Job) -> Job:
    """Let a job rest after its next commit; it means to go on, so that whoever waits for it waits."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.ended or job.pause or job.cancel:
        told = "is stopping" if job.stopping else f"is already {job.state}"
        raise ChoraleError("job-ended", f"Job {job.pk} {told}.", "Nothing to pause.")
    job.pause = True
    if not engine.held(job):
        job.state, job.finished_at = JobState.PAUSED, timezone.now()
    job.save(update_fields=["pause", "state", "finished_at", "updated_at"])
    audit.record(by, "job.pause", job)
    return job


@transaction.atomic
def resume(*, by: User | None, job: Job) -> Job:
    """Go on with a paused, cancelled or failed job from its last committed cursors."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.state not in (JobState.PAUSED, JobState.CANCELLED, JobState.FAILED):
        raise ChoraleError("job-not-stopped", f"Job {job.pk} is {job.state}.", "Only a stopped job can be resumed.")
    Shard.objects.filter(job=job).exclude(state=JobState.DONE).update(
        state=JobState.QUEUED, lease_until=None, failures=0
    )
    if job.finished_at:
        job.rested += (timezone.now() - job.finished_at).total_seconds()
    job.state, job.cancel, job.pause, job.error, job.finished_at = JobState.QUEUED, False, False, None, None
    job.save(update_fields=["state", "cancel", "pause", "error", "finished_at", "rested", "updated_at"])
    audit.record(by, "job.resume", job)
    transaction.on_commit(lambda: engine.nudge(job))
    return job


def run_here(job: Job, *, follow: Callable[[Job], None] | None = None) -> Job:
    """Do the work of a job in this process until it ends (commands with ``--here``, tests, notebooks)."""
    while not _settled(job := Job.objects.get(pk=job.pk)):
        ready = engine.ready_shards(Shard.objects.filter(job=job))
        for shard in ready:
            engine.work_on(shard.pk, seconds=2.0)
            if follow:
                follow(Job.objects.get(pk=job.pk))
        if not ready:
            time.sleep(0.2)
    return _succeeded(job)


def wait(job: Job, *, timeout: float = 600.0, follow: Callable[[Job], None] | None = None) -> Job:
    """Wait for workers to end a job; ChoraleError if it fails, is cancelled, or nobody works on it in time."""
    end = time.monotonic() + timeout
    while not _settled(job := Job.objects.get(pk=job.pk)):
        if follow:
            follow(job)
        if time.monotonic() > end:
            raise ChoraleError(
                "job-timeout", f"Job {job.pk} ({job.kind}) did not end in {timeout:.0f} s.", "Is a worker up?"
            )
        time.sleep(0.2)
    return _succeeded(job)


def _settled(job: Job) -> bool:
    """Ended, or resting with a reason that waiting does not mend; a pause alone is waited for."""
    return job.ended or (job.state == JobState.PAUSED and job.error is not None)


def _succeeded(job: Job) -> Job:
    if job.state == JobState.DONE:
        return job
    error = job.error or {"code": "job-cancelled", "message": f"Job {job.pk} was cancelled.", "fix": "Resume it."}
    raise ChoraleError(error["code"], error["message"], error.get("fix", ""))

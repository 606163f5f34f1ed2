"""What a person may do to a job: cancel, resume, wait for it."""

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
    held = Shard.objects.filter(job=job, state=JobState.RUNNING, lease_until__gt=timezone.now()).exists()
    if not held:
        Job.objects.filter(pk=job.pk).update(state=JobState.CANCELLED, finished_at=timezone.now())
    audit.record(by, "job.cancel", job)
    return Job.objects.get(pk=job.pk)


@transaction.atomic
def resume(*, by: User | None, job: Job) -> Job:
    """Go on with a cancelled or failed job from its last committed cursors."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.state not in (JobState.CANCELLED, JobState.FAILED):
        raise ChoraleError("job-not-stopped", f"Job {job.pk} is {job.state}.", "Only a stopped job can be resumed.")
    Shard.objects.filter(job=job).exclude(state=JobState.DONE).update(
        state=JobState.QUEUED, lease_until=None, failures=0
    )
    job.state, job.cancel, job.error, job.finished_at = JobState.QUEUED, False, None, None
    job.save(update_fields=["state", "cancel", "error", "finished_at", "updated_at"])
    audit.record(by, "job.resume", job)
    transaction.on_commit(lambda: engine.nudge(job))
    return job


def run_here(job: Job, *, follow: Callable[[Job], None] | None = None) -> Job:
    """Do the work of a job in this process until it ends (commands with ``--here``, tests, notebooks)."""
    while not (job := Job.objects.get(pk=job.pk)).ended:
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
    while not (job := Job.objects.get(pk=job.pk)).ended:
        if follow:
            follow(job)
        if time.monotonic() > end:
            raise ChoraleError(
                "job-timeout", f"Job {job.pk} ({job.kind}) did not end in {timeout:.0f} s.", "Is a worker up?"
            )
        time.sleep(0.2)
    return _succeeded(job)


def _succeeded(job: Job) -> Job:
    if job.state == JobState.DONE:
        return job
    error = job.error or {"code": "job-cancelled", "message": f"Job {job.pk} was cancelled.", "fix": "Resume it."}
    raise ChoraleError(error["code"], error["message"], error.get("fix", ""))

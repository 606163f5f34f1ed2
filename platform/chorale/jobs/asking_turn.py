"""What has changed beside a stretch of asking: places at the server, a wish to stop, the budget, who else waits."""

from __future__ import annotations

from dataclasses import dataclass

from kombu.exceptions import OperationalError

from chorale.jobs import budgets, engine
from chorale.jobs.broker import waiting_messages
from chorale.store import endpoint_places
from chorale.store.models import Endpoint, EndpointUse, Job, Shard
from chorale.store.models.jobs import JobState


@dataclass(frozen=True)
class Turn:
    """``places`` at the endpoint for this worker; ``stop``: the job is to; ``room``: requests that this worker may
    still pay for, None without a budget; ``awaited``: other work waits for this worker, known once it is late."""

    places: int
    stop: bool
    room: float | None
    awaited: bool


def turn(work: engine.ShardWork, endpoint: Endpoint, *, busy: int, late: bool) -> Turn:
    """How things stand now. ``busy``: requests under way; ``late``: the task has had its time."""
    job = Job.objects.only("pk", "cancel", "pause", "budget", "state").get(pk=work.job.pk)
    places = endpoint_places.take(endpoint, work.shard, busy=busy)
    return Turn(places, job.cancel or job.pause or job.ended, _room(job, endpoint), late and _others_wait(job))


def _room(job: Job, endpoint: Endpoint) -> float | None:
    if not job.budget:
        return None
    room = budgets.affordable(job.budget, budgets.spent(job, endpoint))
    beside = EndpointUse.objects.filter(shard__job=job, granted__gt=0).count()
    return 0.0 if not room else max(1.0, room // max(beside, 1))


def _others_wait(job: Job) -> bool:
    """Whether more messages wait than those of this job, whose shards are no better off one after the other."""
    own = Shard.objects.filter(job=job, lease_until=None, state__in=[JobState.QUEUED, JobState.RUNNING])
    try:
        return waiting_messages() > own.exclude(number=engine.CLOSING).count()
    except OperationalError:
        return True

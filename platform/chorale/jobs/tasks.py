"""The Celery tasks: each looks at one shard, or sweeps for shards that nobody holds."""

from __future__ import annotations

from celery import shared_task
from django.db import close_old_connections

from chorale.jobs import engine
from chorale.store import studio_sync
from chorale.store.models import Campaign, Job, Shard, StudioProject
from chorale.store.models.jobs import JobState


@shared_task(name="chorale.jobs.tasks.work_on")
def work_on(shard_id: int) -> None:
    """One short step on a shard; hands on to the next task if there is more to do."""
    close_old_connections()
    if engine.work_on(shard_id):
        work_on.delay(shard_id)


@shared_task(name="chorale.jobs.tasks.requeue_expired")
def requeue_expired() -> int:
    """Re-queue every shard whose lease ran out: killed workers and lost messages end here. Returns how many."""
    close_old_connections()
    live = Shard.objects.filter(job__state__in=[JobState.QUEUED, JobState.RUNNING])
    ready = engine.ready_shards(live)
    for shard in ready:
        work_on.delay(shard.pk)
    return len(ready)


@shared_task(name="chorale.jobs.tasks.sync_open_campaigns")
def sync_open_campaigns(full: bool = False) -> int:
    """Start a sync of every running campaign that has none: a delta, or everything (nightly). Returns how many."""
    close_old_connections()
    started = 0
    for campaign in Campaign.objects.filter(state__in=["open", "paused"]):
        running = Job.objects.filter(
            kind="sync_campaign", params__campaign=campaign.slug, state__in=[JobState.QUEUED, JobState.RUNNING]
        )
        if not running.exists():
            engine.start("sync_campaign", by=None, params={"campaign": campaign.slug, "full": full})
            started += 1
    return started


@shared_task(name="chorale.jobs.tasks.pull_items")
def pull_items(project_id: int, tasks: list[int]) -> int:
    """Pull single items that a webhook named. A failure is harmless: the next sync brings them."""
    close_old_connections()
    project = StudioProject.objects.select_related("campaign").get(pk=project_id)
    return sum(studio_sync.pull_task(project, number).added for number in tasks)

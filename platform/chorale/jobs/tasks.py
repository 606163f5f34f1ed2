"""The Celery tasks: each looks at one shard, or sweeps for shards that nobody holds."""

from __future__ import annotations

import datetime as dt
import gc

from celery import shared_task
from celery.signals import worker_init
from django.db import close_old_connections
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from chorale.jobs import engine, known
from chorale.jobs.broker import waiting_messages
from chorale.jobs.kinds import take_out_answers
from chorale.store import recruitment, studio_sync
from chorale.store.models import Campaign, Event, Job, Shard, StudioProject
from chorale.store.models.jobs import JobState

AFTERWARDS = dt.timedelta(minutes=5)  # how long a closed campaign is still read: longer than any answer is on its way


@worker_init.connect
def _know_every_kind(**_: object) -> None:
    """Before the worker forks, so that its processes share the libraries that the kinds bring."""
    import annotation.model_raters.openai_client  # noqa: F401  # a second, which web pages are spared

    known.load_all()
    gc.collect()
    gc.freeze()  # what is loaded now stays: looking through it again and again would hold up what is asked of a server


@shared_task(name=engine.WORK_ON)
def work_on(shard_id: int) -> None:
    """One short step on a shard; hands on to the next task if there is more to do."""
    close_old_connections()
    if engine.work_on(shard_id):
        work_on.delay(shard_id)


@shared_task(name="chorale.jobs.tasks.requeue_expired")
def requeue_expired() -> int:
    """Re-queue every shard that nobody holds: killed workers and lost messages end here. Returns how many.

    While messages wait in the broker nothing was lost, the workers are only behind: more would pile up.
    """
    close_old_connections()
    if waiting_messages():
        return 0
    live = Shard.objects.filter(job__state__in=[JobState.QUEUED, JobState.RUNNING])
    ready = engine.ready_shards(live)
    for shard in ready:
        work_on.delay(shard.pk)
    return len(ready)


@shared_task(name="chorale.jobs.tasks.sync_open_campaigns")
def sync_open_campaigns(full: bool = False) -> int:
    """Start a sync of every running campaign that has none: a delta, or everything (nightly). Returns how many. One
    that was closed is read until a while after, so that what was on its way then is not left behind.

    Places of participants whose time is over go back first, and what is to leave Label Studio and still stands there
    goes. Routine syncs that brought nothing are forgotten, or a quiet campaign would fill the list of jobs; of those
    that found no Label Studio the last one tells enough. A delta under way does not put off the nightly sync.
    """
    close_old_connections()
    recruitment.expire()
    take_out_answers.resume()
    started = 0
    for campaign in _to_read():
        syncs = Job.objects.filter(kind="sync_campaign", params__campaign=campaign.slug)
        syncs.filter(started_by=None, state__in=[JobState.DONE, JobState.FAILED], done=0).delete()
        running = syncs.filter(state__in=[JobState.QUEUED, JobState.RUNNING])
        if not (running.filter(params__full=True) if full else running).exists():
            engine.start("sync_campaign", by=None, params={"campaign": campaign.slug, "full": full})
            started += 1
    return started


def _to_read() -> QuerySet[Campaign]:
    ends = Event.objects.filter(action="campaign.closed", subject_type="campaign", subject=OuterRef("slug"))
    rows = Campaign.objects.filter(parent=None).annotate(ended=Subquery(ends.order_by("-at").values("at")[:1]))
    unread = Q(synced_at=None) | Q(synced_at__lt=F("ended") + AFTERWARDS)
    return rows.filter(
        Q(state__in=["open", "paused"]) | Q(unread, state="closed", projects__ls_id__isnull=False)
    ).distinct()


@shared_task(name="chorale.jobs.tasks.pull_items")
def pull_items(project_id: int, tasks: list[int]) -> int:
    """Pull single items that a webhook named. A failure is harmless: the next sync brings them."""
    close_old_connections()
    project = StudioProject.objects.select_related("campaign").get(pk=project_id)
    return sum(studio_sync.pull_task(project, number).added for number in tasks)

"""Pull a campaign's answers: one shard a project, a page of changed tasks at a time, paged by id.

A delta reads what changed since the last one, with an overlap; ``full`` reads everything and finds what is gone.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from django.db.models import Max
from django.utils import timezone

from annotation.studio.client import EXPORTED, PAGE, Page
from chorale.jobs import engine
from chorale.jobs.kinds.open_campaign import campaign_of
from chorale.store import rounds, seats, studio_push, studio_sync, top_up
from chorale.store.models import Campaign, Job, StudioProject
from chorale.store.models.jobs import JobState

COUNT = "balance_campaign"


def plan(job: Job) -> engine.Plan:
    """Params: campaign; optional full, page (tasks a request)."""
    there = rounds.projects(campaign_of(job)).filter(ls_id__isnull=False).order_by("campaign", "number")
    return engine.Plan([engine.ShardPlan(_range(job, project)) for project in there])


def _range(job: Job, project: StudioProject) -> engine.Json:
    since = None if full(job) or project.cursor is None else project.cursor.isoformat()
    bulk = since is None and (job.started_by_id is not None or project.cursor is None)
    return {"project": project.pk, "since": since, "bulk": bulk}


def full(job: Job) -> bool:
    """Whether everything is read, not only what changed."""
    return bool(job.params.get("full"))


def step(work: engine.ShardWork) -> bool:
    """Take pages while there is time; the next one is read from Label Studio while one is worked on here."""
    project = StudioProject.objects.select_related("campaign").get(pk=work.range["project"])
    for page in _pages(work, project):
        _take(work, project, page, full=work.range["since"] is None)
        if page.last:
            return True
    return False


def _pages(work: engine.ShardWork, project: StudioProject) -> Iterator[Page]:
    """What changed, or everything: at night by Label Studio's list, which tells of foreign tasks too, and where much is
    wanted at once, on a first sync or when somebody asks, by its export, which is faster."""
    api, number, after = studio_push.connect(), project.ls_id or 0, (work.cursor or {}).get("after", 0)
    size = int(work.params.get("page", PAGE))
    if work.range.get("bulk"):
        ours = project.tasks.filter(ls_id__gt=after).order_by("ls_id").values_list("ls_id", flat=True)
        if ours:
            yield from api.exported(number, list(ours), size=min(size, EXPORTED), go_on=lambda: work.time_left)
            return
    since = work.range["since"] and dt.datetime.fromisoformat(work.range["since"])
    newest = project.tasks.aggregate(last=Max("ls_id"))["last"] or 0  # one sent from here meanwhile is not missing
    for page in api.pages(number, after=after, since=since, size=size, go_on=lambda: work.time_left):
        yield replace(page, upto=newest) if page.last else page


def _take(work: engine.ShardWork, project: StudioProject, page: Page, *, full: bool) -> None:
    """One page and the cursor behind it. The last page moves the project's own cursor to Label Studio's clock at the
    first one, less the overlap."""
    at = work.cursor or {"after": 0}
    cursor = {
        "after": page.upto or at["after"],
        "began": at.get("began") or page.read_at.isoformat(),
        "taken": at.get("taken", {}),
    }
    with work.commit(cursor=cursor, done=len(page.tasks), message=f"{len(page.tasks)} items changed"):
        taken = studio_sync.take_page(project, page, after=at["after"], full=full)
        cursor["taken"] = dict(Counter(cursor["taken"]) + Counter(taken.to_dict()))
        if page.last:
            began = dt.datetime.fromisoformat(cursor["began"]) - studio_sync.OVERLAP
            changes = {"cursor": began} | ({"reconciled_at": timezone.now()} if full else {})
            StudioProject.objects.filter(pk=project.pk).update(**changes)


def finish(work: engine.ShardWork) -> engine.Json:
    """What changed in all, and the campaign's counters anew."""
    campaign = campaign_of(work.job)
    total: Counter[str] = Counter()
    for shard in work.job.shards.filter(number__gte=0):
        total.update((shard.cursor or {}).get("taken", {}))
    for one in rounds.family(campaign):
        studio_sync.recount(one)
    seats.free_lost(rounds.family(campaign))
    raised = top_up.add_raters(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(synced_at=timezone.now())
    campaign.refresh_from_db()
    if full(work.job) and work.job.started_by is None:  # the night's, which ends with both sides counted
        Job.objects.filter(kind=COUNT, params__campaign=campaign.slug, started_by=None, state=JobState.DONE).delete()
        engine.start(COUNT, by=None, params={"campaign": campaign.slug})
    counters = {name: getattr(campaign, name) for name in ("items", "responses", "complete_items", "problems")}
    return {"campaign": campaign.slug, "changed": dict(total), "topped_up": raised, **counters}


engine.register(engine.JobKind("sync_campaign", "Bring answers back from Label Studio", plan, step, finish))

"""Carry a campaign into Label Studio: one shard a project, a batch of items at a time."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import audit, rounds, studio_push
from chorale.store.copied import copy_new
from chorale.store.models import Campaign, Job, StudioProject
from harmonize.problems import ChoraleError


def campaign_of(job: Job) -> Campaign:
    """The campaign that a job is about."""
    campaign = Campaign.objects.select_related("collection", "form").filter(slug=job.params["campaign"]).first()
    if campaign is None:
        raise ChoraleError("unknown-campaign", f"There is no campaign '{job.params['campaign']}'.")
    return campaign


def plan(job: Job) -> engine.Plan:
    """Params: campaign."""
    campaign = campaign_of(job)
    shards = [engine.ShardPlan({"project": p.pk}) for p in rounds.projects(campaign).order_by("campaign", "number")]
    return engine.Plan(shards, total=sum(one.collection.items for one in rounds.family(campaign)))


def step(work: engine.ShardWork) -> bool:
    """Make the project, then send batches while there is time."""
    api = studio_push.connect()
    project = StudioProject.objects.select_related("campaign__collection", "campaign__form").get(
        pk=work.range["project"]
    )
    if project.ls_id is None:
        number = studio_push.make_project(api, project)
        with work.commit(cursor={"pushed": 0}, message="project made"):
            StudioProject.objects.filter(pk=project.pk, ls_id__isnull=True).update(ls_id=number)
        return False
    for rows in studio_push.batches(api, project, go_on=lambda: work.time_left):
        pushed = (work.cursor or {}).get("pushed", 0) + len(rows)
        with work.commit(cursor={"pushed": pushed}, done=len(rows), message=f"{pushed} items sent"):
            copy_new(rows)
    return work.time_left  # else the batches were broken off, perhaps at their very end: the next step finds out


def finish(work: engine.ShardWork) -> engine.Json:
    """Open the campaign."""
    campaign = campaign_of(work.job)
    audit.record(work.job.started_by, "campaign.open", campaign)
    for one in campaign.children.order_by("pk"):
        studio_push.opened(one)
    return studio_push.opened(campaign)


engine.register(engine.JobKind("open_campaign", "Open a campaign in Label Studio", plan, step, finish))

"""Delete in Label Studio the answers of a rater who took them out of a campaign; here they are retired already."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.jobs.kinds.open_campaign import campaign_of
from chorale.store import consents, rounds, studio_push, studio_sync
from chorale.store.models import Job, Rater, Response

AT_ONCE = 50


def plan(job: Job) -> engine.Plan:
    """Params: campaign, rater (pseudonym)."""
    return engine.Plan([engine.ShardPlan()], total=len(_waiting(job)))


def step(work: engine.ShardWork) -> bool:
    """Some answers; each is forgotten here once it is gone there."""
    batch = _waiting(work.job)[:AT_ONCE]
    api = studio_push.connect() if batch else None
    for response in batch:
        assert api is not None
        api.delete(f"/api/annotations/{response.external_id}/")
    with work.commit(cursor=None, done=len(batch), message=f"{len(batch)} answers deleted"):
        Response.objects.filter(pk__in=[response.pk for response in batch]).update(external_id=None)
    return len(batch) < AT_ONCE


def finish(work: engine.ShardWork) -> engine.Json:
    """The campaign's counters anew."""
    campaign = campaign_of(work.job)
    for one in rounds.family(campaign):
        studio_sync.recount(one)
    return {"campaign": campaign.slug, "left": len(_waiting(work.job))}


def _waiting(job: Job) -> list[Response]:
    rater = Rater.objects.filter(pseudonym=job.params["rater"]).first()
    return consents.still_there(rater, campaign_of(job)) if rater else []


engine.register(engine.JobKind("take_out_answers", "Take a rater's answers out of Label Studio", plan, step, finish))

"""Delete in Label Studio the answers of a rater who took them out of a campaign; here they are retired already."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from chorale.jobs import engine
from chorale.jobs.kinds.open_campaign import campaign_of
from chorale.store import consents, rounds, studio_push, studio_sync
from chorale.store.models import Assignment, Job, Rater, Response
from chorale.store.models.jobs import JobState

KIND = "take_out_answers"
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


def resume() -> int:
    """Start the job again for everybody of whom something still stands in Label Studio: it was away for longer than a
    job tries, or an answer was on its way when its rater left. Returns for how many."""
    theirs = Q(campaign=OuterRef("campaign")) | Q(campaign__parent=OuterRef("campaign"))
    left = Response.objects.filter(theirs, rater=OuterRef("rater"), retired_at__isnull=False, external_id__isnull=False)
    waiting = Assignment.objects.filter(Exists(left), taken_out=True).select_related("campaign", "rater")
    started = 0
    for place in waiting.order_by("pk"):
        params = {"campaign": place.campaign.slug, "rater": place.rater.pseudonym}
        jobs = Job.objects.filter(kind=KIND, params__contains=params)
        jobs.filter(started_by=None, state=JobState.FAILED, done=0).delete()
        if not jobs.filter(state__in=[JobState.QUEUED, JobState.RUNNING, JobState.PAUSED]).exists():
            engine.start(KIND, by=None, params=params)
            started += 1
    return started


engine.register(engine.JobKind(KIND, "Take a rater's answers out of Label Studio", plan, step, finish))

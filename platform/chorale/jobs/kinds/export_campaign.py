"""Export a campaign's judgments: one shard, since the two files are written in one go and kept whole or not at all."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import campaign_exports, rounds
from chorale.store.models import Campaign, Job, Judgment
from harmonize.problems import ChoraleError


def plan(job: Job) -> engine.Plan:
    """Params: campaign (slug)."""
    campaign = Campaign.objects.filter(slug=job.params.get("campaign", "")).first()
    if campaign is None:
        raise ChoraleError("unknown-campaign", f"There is no campaign '{job.params.get('campaign', '')}'.")
    given = Judgment.objects.filter(
        response__campaign__in=rounds.family(campaign), retired_at=None, response__retired_at=None
    )
    return engine.Plan([engine.ShardPlan()], total=given.filter(rater__kind="person").count() or None)


def step(work: engine.ShardWork) -> bool:
    """Write and keep; what a killed attempt kept is written over by the next, what a stopped one kept goes."""
    Job.objects.filter(pk=work.job.pk).update(done=0)

    def progress(judgments: int) -> None:
        with work.commit(cursor=None, done=judgments, message="judgments written"):
            pass

    told = campaign_exports.keep(work.job, progress)
    try:
        with work.commit(cursor=told, message=f"{told['judgments']} judgments written"):
            campaign = Campaign.objects.get(slug=told["campaign"])
            campaign_exports.record(work.job.started_by, campaign, {"judgments": told["judgments"]})
    except engine.Cancelled:  # by an erasure, it may be: nothing of what was read before may stay
        campaign_exports.discard(work.job)
        raise
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """The files; those of earlier exports go."""
    campaign_exports.forget_older(work.job)
    return dict(work.job.shards.exclude(number=engine.CLOSING).get().cursor)


engine.register(engine.JobKind(campaign_exports.KIND, "Export judgments", plan, step, finish))

"""Agreement before and after a crosswalk: one shard for each perspective judged in the scope."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import across, registry, scopes
from chorale.store.models import Crosswalk, Job
from harmonize.problems import ChoraleError


def plan(job: Job) -> engine.Plan:
    """Params: scope_type, scope, crosswalk (ref), rounds, merges, seed."""
    scope = scopes.find(job.params["scope_type"], job.params["scope"])
    crosswalk = registry.crosswalk(job.params["crosswalk"])
    found = across.perspectives(scope, crosswalk)
    if not found:
        what = f"{crosswalk} maps {crosswalk.source}, under which nobody judged {scope.slug}."
        raise ChoraleError("crosswalk-idle", what, "Choose what was judged in that scheme.")
    return engine.Plan([engine.ShardPlan({"perspective": p}) for p in found], total=len(found))


def step(work: engine.ShardWork) -> bool:
    """Measure one perspective; the figures stay in the shard's cursor for the closing report."""
    params = work.params
    scope = scopes.find(params["scope_type"], params["scope"])
    crosswalk = Crosswalk.objects.select_related("source", "target").get(ref=params["crosswalk"])
    perspective = work.range["perspective"]
    drawn = {"rounds": params.get("rounds", 1000), "merges": params.get("merges", 200), "seed": params.get("seed", 0)}
    figures: engine.Json = {}
    with work.commit(cursor=figures, done=1, message=perspective):
        figures |= across.measure(scope, crosswalk, perspective, **drawn)
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """The figures of each perspective."""
    shards = work.job.shards.exclude(number=engine.CLOSING).order_by("number")
    return {"crosswalk": work.params["crosswalk"], "figures": list(shards.values_list("cursor", flat=True))}


engine.register(engine.JobKind(across.KIND, "Agreement across a crosswalk", plan, step, finish))

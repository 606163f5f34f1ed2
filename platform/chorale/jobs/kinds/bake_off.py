"""Compare model raters with people on a collection: one step, whose table is the job's result."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import bakeoffs, registry
from chorale.store.models import Collection, Job, Rater
from harmonize.problems import ChoraleError


def plan(job: Job) -> engine.Plan:
    """Params: collection, scheme, perspective; optional raters (pseudonyms), declared, rounds, seed."""
    scheme = registry.scheme(job.params["scheme"])
    found = bakeoffs.contenders(_collection(job), scheme, job.params["perspective"], job.params.get("raters") or [])
    return engine.Plan([engine.ShardPlan({"raters": [rater.pk for rater in found]})], total=len(found))


def step(work: engine.ShardWork) -> bool:
    """Compute the table; it stays in the shard's cursor."""
    params, raters = work.params, list(Rater.objects.filter(pk__in=work.range["raters"]).order_by("pseudonym"))
    table = bakeoffs.compare(
        _collection(work.job),
        registry.scheme(params["scheme"]),
        params["perspective"],
        raters,
        declared=params.get("declared") or "crowd",
        rounds=int(params.get("rounds") or 1000),
        seed=int(params.get("seed") or 0),
    )
    with work.commit(cursor=table.to_dict(), done=len(raters)):
        pass
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """The table."""
    shard = work.job.shards.exclude(number=engine.CLOSING).get()
    return {"table": shard.cursor}


def _collection(job: Job) -> Collection:
    collection = Collection.objects.filter(slug=job.params["collection"]).first()
    if collection is None:
        raise ChoraleError("unknown-collection", f"No collection '{job.params['collection']}'.", "Create it first.")
    return collection


engine.register(engine.JobKind("bake_off", "Compare models with people", plan, step, finish))

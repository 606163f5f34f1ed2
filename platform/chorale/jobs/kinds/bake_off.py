"""Compare model raters with people on a collection; those that have not spoken yet are asked first, in the same job."""

from __future__ import annotations

import copy
from dataclasses import replace

from chorale.jobs import ask_model, budgets, closing, engine
from chorale.jobs.kinds import prelabel
from chorale.store import bakeoffs, registry
from chorale.store.models import Collection, Job, Rater
from harmonize.problems import ChoraleError

MOST = 24  # raters asked in one bake-off


def plan(job: Job) -> engine.Plan:
    """Params: collection, scheme, perspective; optional raters (pseudonyms), declared, rounds, seed.

    ``ask``: raters to ask first, each the parameters of `prelabel` that make it (engine, endpoint, prompt,
    elicitation ...); budget_requests and budget_tokens hold for all of them together.
    """
    asks = job.params.get("ask") or []
    if len(asks) > MOST:
        raise ChoraleError("bakeoff-many", f"{len(asks)} raters are too many for one job.", f"At most {MOST}.")
    if job.params.get("budget_cost"):
        raise ChoraleError("bakeoff-cost", "Endpoints may have prices in several currencies.", "Limit tokens instead.")
    names, scheme = job.params.get("raters") or [], registry.scheme(job.params["scheme"])
    if names or not asks:
        bakeoffs.contenders(_collection(job), scheme, job.params["perspective"], names)
    shards, total = [], 0
    for number, ask in enumerate(asks):
        made = prelabel.plan(_one(job, ask))
        shards += [engine.ShardPlan(shard.range | {"ask": number}) for shard in made.shards]
        total += made.total or 0
    job.budget = {kind: job.params[f"budget_{kind}"] for kind in budgets.KINDS if job.params.get(f"budget_{kind}")}
    job.save(update_fields=["budget"])
    return engine.Plan(shards, total=total)


def step(work: engine.ShardWork) -> bool:
    """Ask the next items of one rater."""
    return prelabel.step(replace(work, job=_one(work.job, work.params["ask"][work.range["ask"]])))


def finish(work: engine.ShardWork) -> engine.Json:
    """The table over the raters that were named and those that were asked; over all where neither is said."""
    params, collection, scheme = work.params, _collection(work.job), registry.scheme(work.params["scheme"])
    asked = _asked(work.job)
    names = [*(params.get("raters") or []), *asked]
    raters = bakeoffs.contenders(collection, scheme, params["perspective"], sorted(set(names)))
    table = bakeoffs.compare(
        collection,
        scheme,
        params["perspective"],
        raters,
        declared=params.get("declared") or "crowd",
        rounds=int(params.get("rounds") or 1000),
        seed=int(params.get("seed") or 0),
        progress=lambda parts: closing.told(work.job, "compared with people", parts),
    )
    return {"table": table.to_dict()}


def _one(job: Job, ask: engine.Json) -> Job:
    """The job as that of one of its raters."""
    single = copy.copy(job)
    about = {name: job.params[name] for name in ("collection", "scheme", "perspective")}
    limits = {name: job.params[name] for name in ("budget_requests", "budget_tokens") if job.params.get(name)}
    single.params = ask | about | limits
    return single


def _asked(job: Job) -> list[str]:
    """Pseudonyms of the raters that this job asked."""
    facts = [shard.range | (shard.cursor or {}) for shard in job.shards.exclude(number=engine.CLOSING)]
    keys = {fact.get("speaker") or fact.get("rater") for fact in facts} - {None}
    return list(Rater.objects.filter(pk__in=keys).values_list("pseudonym", flat=True))


def _collection(job: Job) -> Collection:
    collection = Collection.objects.filter(slug=job.params["collection"]).first()
    if collection is None:
        raise ChoraleError("unknown-collection", f"No collection '{job.params['collection']}'.", "Create it first.")
    return collection


engine.register(engine.JobKind("bake_off", "Compare models with people", plan, step, finish, ask_model.SECONDS))

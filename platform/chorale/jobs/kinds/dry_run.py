"""Try a pre-labelling on a few items: what they came to, and what the whole collection would take."""

from __future__ import annotations

import time

from chorale.jobs import budgets, engine
from chorale.store import chat_raters, endpoint_places, estimates
from chorale.store.models import Endpoint, Job

ITEMS = 20


def plan(job: Job) -> engine.Plan:
    """Params: those of `prelabel` with a language model, and ``items``; refused if the endpoint cannot do it."""
    endpoint, rater = chat_raters.check(job.params)
    budgets.asked(job.params, endpoint)
    chat_raters.row_of(rater, by=job.started_by)
    items = estimates.spread(job.params, int(job.params.get("items") or ITEMS))
    return engine.Plan([engine.ShardPlan({"items": items, "endpoint": endpoint.slug})], total=len(items))


def step(work: engine.ShardWork) -> bool:
    """Ask about a few; answers are kept, so that neither a repeat nor the whole run pays for them again."""
    items, before = work.range["items"], work.cursor or {}
    start = before.get("items", 0)
    chosen = items[start : start + estimates.PIECE]
    if not chosen:
        return True
    places = endpoint_places.take(Endpoint.objects.get(slug=work.range["endpoint"]), work.shard)
    if not places:
        time.sleep(0.5)  # another job holds all places and gives some back soon
        return False
    try:
        told = estimates.asked(work.params, chosen, work.cursor, job=work.job, at_once=places)
    finally:
        endpoint_places.give_back(work.shard)
    told["items"] = start + len(chosen)
    failed = len(told["failures"]) - len(before.get("failures", []))
    with work.commit(cursor=told, done=len(chosen), failed=failed, message=f"{told['valid']} valid answers"):
        pass
    return start + len(chosen) >= len(items)


def finish(work: engine.ShardWork) -> engine.Json:
    """What was seen, and the estimate."""
    seen = work.job.shards.exclude(number=engine.CLOSING).get().cursor
    return {"trial": estimates.report(work.params, seen)} if seen else {}


engine.register(engine.JobKind("dry_run", "Try a pre-labelling", plan, step, finish))

"""Settle a scope: one shard for each (scheme, perspective) that was judged in it."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import scopes, settling
from chorale.store.models import Aggregate, Job, Scheme


def plan(job: Job) -> engine.Plan:
    """Params: scope_type, scope."""
    scope = scopes.find(job.params["scope_type"], job.params["scope"])
    people = scopes.layers_judged(scope)
    source = scopes.layers_judged(scope, ("source",))
    pairs = [("people", s.pk, p) for s, p in people] + [("source", s.pk, p) for s, p in source]
    shards = [engine.ShardPlan({"who": who, "scheme": scheme, "perspective": p}) for who, scheme, p in pairs]
    return engine.Plan(shards, total=len(shards))


def step(work: engine.ShardWork) -> bool:
    """Settle the shard's scheme and perspective."""
    scope = scopes.find(work.params["scope_type"], work.params["scope"])
    scheme = Scheme.objects.get(pk=work.range["scheme"])
    with work.commit(cursor="settled", done=1, message=f"{scheme.ref}, {work.range['perspective']}"):
        if work.range["who"] == "people":
            settling.settle(scope, scheme, work.range["perspective"], job=work.job)
        else:
            settling.settle_published(scope, scheme, work.range["perspective"], job=work.job)
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """How many soft labels this job wrote."""
    return {"aggregates": Aggregate.objects.filter(job=work.job).count()}


engine.register(engine.JobKind("settle", "Settle votes into soft labels", plan, step, finish))

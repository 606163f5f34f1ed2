"""Settle a scope: one shard for each (scheme, perspective) that was judged in it, block of items by block."""

from __future__ import annotations

from dataclasses import asdict

from annotation.aggregation import ways_of
from chorale.jobs import engine
from chorale.store import scopes, settled_layers, settling
from chorale.store.bridge import Block
from chorale.store.models import Aggregate, Job, Scheme
from harmonize.records import Kind


def plan(job: Job) -> engine.Plan:
    """Params: scope_type, scope, and ``ways``: names, "all", or none for those made unasked."""
    scope = scopes.find(job.params["scope_type"], job.params["scope"])
    ways_of(Kind.SET, job.params.get("ways"))  # an unknown name is refused before anything starts
    people = scopes.layers_judged(scope)
    source = scopes.layers_judged(scope, ("source",))
    pairs = [("people", s.pk, p) for s, p in people] + [("source", s.pk, p) for s, p in source]
    shards = [engine.ShardPlan({"who": who, "scheme": scheme, "perspective": p}) for who, scheme, p in pairs]
    return engine.Plan(shards, total=len(shards))


def step(work: engine.ShardWork) -> bool:
    """The next block of the shard's scheme and perspective; after the last, the ways that need all votes at once."""
    scope = scopes.find(work.params["scope_type"], work.params["scope"])
    scheme, perspective = Scheme.objects.get(pk=work.range["scheme"]), work.range["perspective"]
    about = f"{scheme.ref}, {perspective}"
    if work.range["who"] == "source":
        with work.commit(cursor="settled", done=1, message=about):
            settling.settle_published(scope, scheme, perspective, job=work.job)
        return True
    layer = settled_layers.layer(scope, scheme, perspective, ways=work.params.get("ways"), job=work.job)
    told = settling.Told(**(work.cursor or {}))
    if told.left is None:  # looked up once: the query reads every judgment of the layer
        told.left = [asdict(block) for block in settled_layers.blocks(layer)]
    if told.left:
        block, cursor = Block(**told.left.pop(0)), told.plain()
        with work.commit(cursor=cursor, message=f"{about}: {len(told.left) + 1} blocks of items to go"):
            settling.settle_block(layer, block, told)
            cursor |= told.plain()
        return False
    return _whole(work, layer, told, about)


def _whole(work: engine.ShardWork, layer: settled_layers.Layer, told: settling.Told, about: str) -> bool:
    """One commit a way: a cancel is heard between them, and a killed worker repeats one way at most."""
    pieces = settling.settle_whole(layer, told)
    name = next(pieces, "")
    while name:
        cursor: engine.Json = {}
        with work.commit(cursor=cursor, message=f"{about}: {name}"):
            following = next(pieces, "")
            cursor |= told.plain()
        name = following
    with work.commit(cursor=told.plain(), done=1, message=about):
        return True


def finish(work: engine.ShardWork) -> engine.Json:
    """How many soft labels this job wrote."""
    return {"aggregates": Aggregate.objects.filter(job=work.job).count()}


engine.register(engine.JobKind("settle", "Settle votes into soft labels", plan, step, finish))

"""Derive columns by a versioned rule: one shard, one step; the file and its figures are the job's result."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import deriving
from chorale.store.models import Job


def plan(job: Job) -> engine.Plan:
    """Params: scope_type, scope, rule, layer, other (for the gap), norms (for inferred values)."""
    return engine.Plan([engine.ShardPlan()], total=1)


def step(work: engine.ShardWork) -> bool:
    """All of it: reading and one pass over arrays."""
    found = deriving.derive(work.job)
    with work.commit(cursor=found, done=1, message=f"{found['defined']} of {found['items']} items"):
        pass
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """The file and what it holds."""
    return dict(work.job.shards.exclude(number=engine.CLOSING).get().cursor)


engine.register(engine.JobKind(deriving.KIND, "Derive columns", plan, step, finish))

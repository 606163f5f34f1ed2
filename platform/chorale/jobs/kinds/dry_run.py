"""Try a pre-labelling on a few items: what they came to, and what the whole collection would take."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import chat_raters, estimates
from chorale.store.models import Job

ITEMS = 20


def plan(job: Job) -> engine.Plan:
    """Params: those of `prelabel` with a language model; refused here if the endpoint cannot do what is needed."""
    chat_raters.check(job.params)
    return engine.Plan([engine.ShardPlan()], total=ITEMS)


def step(work: engine.ShardWork) -> bool:
    """Ask; answers are kept, so that neither a repeat nor the whole run pays for them again."""
    told = estimates.dry_run(by=work.job.started_by, params=work.params, items=ITEMS)
    with work.commit(cursor=told, done=told["items"], failed=len(told["failures"]), message="tried"):
        pass
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """What was seen, and the estimate."""
    return {"trial": work.job.shards.exclude(number=engine.CLOSING).get().cursor}


engine.register(engine.JobKind("dry_run", "Try a pre-labelling", plan, step, finish))

"""Ask an endpoint some twenty small questions and keep what it can truly do."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import endpoints
from chorale.store.models import Job


def plan(job: Job) -> engine.Plan:
    """Params: endpoint (slug)."""
    endpoints.find(job.params["endpoint"])
    return engine.Plan([engine.ShardPlan()], total=1)


def step(work: engine.ShardWork) -> bool:
    """Probe; a server that answers nothing fails the job with what was seen."""
    found = endpoints.examine(by=work.job.started_by, row=endpoints.find(work.params["endpoint"]))
    with work.commit(cursor=found.to_dict(), done=1, message=work.params["endpoint"]):
        pass
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """What works, in words."""
    found = work.job.shards.exclude(number=engine.CLOSING).get().cursor
    return {"works": ", ".join(name for name, seen in found.items() if seen["works"])}


engine.register(engine.JobKind("probe_endpoint", "Probe an endpoint", plan, step, finish))

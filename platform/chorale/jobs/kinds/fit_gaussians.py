"""Fit Gaussians on items that carry categories and dimensions: one shard, one step for each part of the evidence."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import vad_fits
from chorale.store.models import Job

PARTS = {"fit": vad_fits.fit, "forward": vad_fits.forward, "backward": vad_fits.backward}


def plan(job: Job) -> engine.Plan:
    """Params: scope_type, scope, categories and values (layers), reject, seed. Too few items: refused here."""
    vad_fits.gather(job.params)
    return engine.Plan([engine.ShardPlan()], total=len(PARTS))


def step(work: engine.ShardWork) -> bool:
    """One part; what it found stays in the cursor, so that a killed worker repeats that part alone."""
    found: engine.Json = dict(work.cursor or {})
    name = next(part for part in PARTS if part not in found)
    found[name] = PARTS[name](work.params)
    with work.commit(cursor=found, done=1, message=vad_fits.PHASES[len(found) - 1]):
        pass
    return len(found) == len(PARTS)


def finish(work: engine.ShardWork) -> engine.Json:
    """The Gaussians and their figures."""
    found = work.job.shards.exclude(number=engine.CLOSING).get().cursor
    return {**found["fit"], "forward": found["forward"], "backward": found["backward"]}


engine.register(engine.JobKind(vad_fits.KIND, "Fit Gaussians", plan, step, finish))

"""Learn a crosswalk from doubly labelled items: one shard, one step a kind of evidence, the last proposes the map."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import learning
from chorale.store.models import Job


def plan(job: Job) -> engine.Plan:
    """Params: scope_type, scope, source and target (layers), against (ref or ""), seed. Too few items: refused here."""
    learning.pairs(job.params)
    return engine.Plan([engine.ShardPlan()], total=len(learning.PHASES))


def step(work: engine.ShardWork) -> bool:
    """One phase; what it found stays in the cursor, so that a killed worker repeats that phase alone."""
    found: engine.Json = dict(work.cursor or {})
    if "held_out" not in found:
        found["held_out"] = learning.fit(work.params)
    elif "floor" not in found:
        found["floor"] = learning.floor(work.params)
    else:
        with work.commit(cursor=found, done=1, message=learning.PHASES[2]):
            found["crosswalk"] = learning.propose(work.job, {k: found[k] for k in ("held_out", "floor")}).ref
        return True
    with work.commit(cursor=found, done=1, message=learning.PHASES[len(found) - 1]):
        pass
    return False


def finish(work: engine.ShardWork) -> engine.Json:
    """Which crosswalk was proposed, and its headline figures."""
    found = work.job.shards.exclude(number=engine.CLOSING).get().cursor
    fit = found["held_out"]
    told = {"crosswalk": found["crosswalk"], "items": fit["n"], "held_out_brier": fit["learned"]["brier"]}
    return told | {"base_rates_brier": fit["base"]["brier"], "floor_moved": found["floor"].get("moved")}


engine.register(engine.JobKind("learn_crosswalk", "Learn a crosswalk", plan, step, finish))

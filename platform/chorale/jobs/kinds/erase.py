"""Erase an item or a rater from everything that holds it, place after place; killed and begun again it goes on."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import erasure as store
from chorale.store import erasure_reach, studio_push
from chorale.store.models import Erasure, Job

KIND = "erase"
PARTS = (
    "releases",
    "Label Studio",
    "model logs",
    "raw uploads",
    "kept figures",
    "releases built meanwhile",
    "the database",
)


def plan(job: Job) -> engine.Plan:
    """Params: erasure (key)."""
    return engine.Plan([engine.ShardPlan()], total=len(PARTS))


def step(work: engine.ShardWork) -> bool:
    """One place after another; the rows that say what to look for go last."""
    erasure = Erasure.objects.get(pk=work.params["erasure"])
    row = erasure_reach.row_of(erasure)
    if row is None:
        return True  # an earlier attempt came to the end
    Job.objects.filter(pk=work.job.pk).update(done=0)
    acts = (
        lambda: store.erase_releases(erasure, row),
        lambda: store.erase_studio(erasure, row, studio_push.connect),
        lambda: store.erase_model_logs(erasure, row),
        lambda: store.erase_raw(erasure, row),
        lambda: store.erase_figures(erasure, row),
        lambda: store.erase_releases(erasure, row),
        lambda: store.erase_rows(erasure, row),
    )
    for name, act in zip(PARTS, acts, strict=True):
        act()
        with work.commit(cursor=None, done=1, message=f"out of {name}"):
            pass
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """What was reached, and the versions that must follow."""
    erasure = Erasure.objects.get(pk=work.params["erasure"])
    return {"kind": erasure.kind, "key": erasure.key, "reached": erasure.reached}


engine.register(engine.JobKind(KIND, "Erase", plan, step, finish))

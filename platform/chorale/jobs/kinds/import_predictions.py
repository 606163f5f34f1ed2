"""Import what a model said elsewhere: rows of a file become judgments of a rater."""

from __future__ import annotations

import numpy as np

from chorale.jobs import engine
from chorale.store import audit, file_predictions
from chorale.store.models import Job, Rater

PIECE = 2000
SHOWN = 50  # problems that the result names; all are counted


def plan(job: Job) -> engine.Plan:
    """Params: file (key of a kept file), scheme, perspective, name, version, trained_on (a collection or "nothing")."""
    told = _told(job)
    given = {name: job.params.get(name) or "" for name in ("scheme", "perspective", "name", "version", "trained_on")}
    rater = file_predictions.rater_of(by=job.started_by, **given)
    return engine.Plan([engine.ShardPlan({"rater": rater.pk})], total=told.rows)


def step(work: engine.ShardWork) -> bool:
    """The next rows."""
    told = _told(work.job)
    cursor = work.cursor or {"row": 0, "new": 0, "bad": 0, "problems": []}
    start = cursor["row"]
    rows = np.arange(start, min(start + PIECE, len(told.judgments)))
    first = told.problems if start == 0 else ()
    after = {"row": int(start + len(rows)), "new": cursor["new"], "bad": cursor["bad"], "problems": cursor["problems"]}
    with work.commit(cursor=after, done=len(rows) + len(first)):
        rater = Rater.objects.get(pk=work.range["rater"])
        new, unknown = file_predictions.write(told.judgments.select(rows), rater=rater, job=work.job)
        bad = [*first, *unknown]
        after["new"] += new
        after["bad"] += len(bad)
        after["problems"] = [*after["problems"], *map(str, bad)][:SHOWN]
        Job.objects.filter(pk=work.job.pk).update(failed=after["bad"])
    return after["row"] >= len(told.judgments)


def finish(work: engine.ShardWork) -> engine.Json:
    """Who spoke, how many judgments are new, and what was wrong with the rows left out."""
    shard = work.job.shards.exclude(number=engine.CLOSING).get()
    rater, told = Rater.objects.get(pk=shard.range["rater"]), shard.cursor or {}
    audit.record(
        work.job.started_by, "predictions.import", rater, file=work.params["file"], judgments=told.get("new", 0),
        problems=told.get("bad", 0),
    )  # fmt: skip
    return {
        "rater": rater.pseudonym, "judgments": told.get("new", 0), "left_out": told.get("bad", 0),
        "problems": told.get("problems", []),
    }  # fmt: skip


def _told(job: Job) -> file_predictions.Told:
    name = f"{job.params.get('name')}@{job.params.get('version')}"
    return file_predictions.read(str(job.params.get("file") or ""), job.params["scheme"], name)


engine.register(engine.JobKind("import_predictions", "Import a model's predictions", plan, step, finish))

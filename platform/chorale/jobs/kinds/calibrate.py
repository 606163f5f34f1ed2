"""Fit a calibration map of a model rater on people's votes, and report it on the half it was not fitted on."""

from __future__ import annotations

from annotation.model_raters.calibration import METHODS
from chorale.jobs import engine
from chorale.store import calibrations
from chorale.store.models import Collection, Job, Rater
from harmonize.problems import ChoraleError


def plan(job: Job) -> engine.Plan:
    """Params: rater (pseudonym), collection, method ("temperature", "isotonic"); optional seed, rounds."""
    rater, _ = _chosen(job)
    calibrations.scheme_of(rater)
    if job.params.get("method") not in METHODS:
        raise ChoraleError("calibration-method", f"No method '{job.params.get('method')}'.", " or ".join(METHODS))
    return engine.Plan([engine.ShardPlan()], total=1)


def step(work: engine.ShardWork) -> bool:
    """Fit, report, keep the map as a version."""
    if work.cursor:
        return True
    rater, collection = _chosen(work.job)
    given = {name: int(work.params.get(name) or default) for name, default in (("seed", 0), ("rounds", 1000))}
    report = calibrations.fit(rater, collection, method=work.params["method"], **given)
    cursor: engine.Json = {}
    with work.commit(cursor=cursor, done=1):
        row = calibrations.keep(report, rater=rater, collection=collection, job=work.job)
        cursor |= {"calibration": row.pk, "ref": row.ref, "speaker": row.calibrated.pseudonym}
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """Which map was made."""
    return work.job.shards.exclude(number=engine.CLOSING).get().cursor or {}


def _chosen(job: Job) -> tuple[Rater, Collection]:
    rater = Rater.objects.filter(pseudonym=job.params.get("rater") or "").first()
    if rater is None:
        raise ChoraleError("unknown-rater", f"No rater '{job.params.get('rater')}'.", "Name one by its pseudonym.")
    collection = Collection.objects.filter(slug=job.params.get("collection") or "").first()
    if collection is None:
        raise ChoraleError("unknown-collection", f"No collection '{job.params.get('collection')}'.", "Create it first.")
    return rater, collection


engine.register(engine.JobKind("calibrate", "Calibrate a model rater", plan, step, finish))

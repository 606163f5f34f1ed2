"""Measure a scope: one shard for each (scheme, perspective) that people judged in it, block of items by block."""

from __future__ import annotations

from dataclasses import asdict

from chorale.jobs import engine
from chorale.store import measured_blocks, measuring, scopes
from chorale.store.bridge import Block
from chorale.store.models import AgreementReport, Job, Scheme


def plan(job: Job) -> engine.Plan:
    """Params: scope_type, scope, rounds, seed, ``filters`` (rules, see `measured_filters`), least_seconds."""
    scope = scopes.find(job.params["scope_type"], job.params["scope"])
    pairs = scopes.layers_judged(scope)
    shards = [engine.ShardPlan({"scheme": scheme.pk, "perspective": p}) for scheme, p in pairs]
    return engine.Plan(shards, total=len(shards))


def step(work: engine.ShardWork) -> bool:
    """Take the sums of the next block that changed since they were last taken; after the last, the report."""
    scope = scopes.find(work.params["scope_type"], work.params["scope"])
    scheme, perspective = Scheme.objects.get(pk=work.range["scheme"]), work.range["perspective"]
    layer = measured_blocks.Layer(scope, scheme, perspective)
    about = f"{scheme.ref}, {perspective}"
    # Looked up once: the query reads every judgment of the layer.
    left = measured_blocks.stale(layer) if work.cursor is None else [Block(**told) for told in work.cursor["left"]]
    if left:
        cursor = {"left": [asdict(block) for block in left[1:]]}
        with work.commit(cursor=cursor, message=f"{about}: {len(left)} blocks of items to go"):
            measured_blocks.take(layer, left[0])
        return False
    options = {key: work.params[key] for key in ("rounds", "seed", "filters", "least_seconds") if key in work.params}
    with work.commit(cursor={"left": []}, done=1, message=about):
        measuring.report(layer, job=work.job, **options)
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """The headline of each report."""
    reports = AgreementReport.objects.filter(job=work.job).select_related("scheme").order_by("scheme", "perspective")
    return {"reports": [_headline(report) for report in reports]}


def _headline(report: AgreementReport) -> engine.Json:
    people = report.body["people"]
    keep = ("value", "low", "high", "se", "units", "reason")
    shown = {"overall": people["overall"]} if people["overall"] else people["parts"]
    return {
        "scheme": report.scheme.ref,
        "perspective": report.perspective,
        "alpha": {name: {key: figure[key] for key in keep} for name, figure in shown.items()},
        "models": {
            model["rater"]: model.get("refused") or model["model_person"]["value"] for model in report.body["models"]
        },
    }


engine.register(engine.JobKind("measure", "Measure agreement", plan, step, finish))

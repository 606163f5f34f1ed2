"""Measure a scope: one shard for each (scheme, perspective) that people judged in it."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import measuring, scopes
from chorale.store.models import AgreementReport, Job, Scheme


def plan(job: Job) -> engine.Plan:
    """Params: scope_type, scope, rounds, seed."""
    scope = scopes.find(job.params["scope_type"], job.params["scope"])
    pairs = scopes.layers_judged(scope)
    shards = [engine.ShardPlan({"scheme": scheme.pk, "perspective": p}) for scheme, p in pairs]
    return engine.Plan(shards, total=len(shards))


def step(work: engine.ShardWork) -> bool:
    """Measure the shard's scheme and perspective."""
    scope = scopes.find(work.params["scope_type"], work.params["scope"])
    scheme = Scheme.objects.get(pk=work.range["scheme"])
    rounds, seed = work.params.get("rounds", 1000), work.params.get("seed", 0)
    with work.commit(cursor="measured", done=1, message=f"{scheme.ref}, {work.range['perspective']}"):
        measuring.measure(scope, scheme, work.range["perspective"], rounds=rounds, seed=seed, job=work.job)
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

"""Harmonize a scope: one shard for each crosswalk, or table of norms, and perspective that it applies to."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import harmonizing, registry, scopes
from chorale.store.models import Crosswalk, Job, Scheme
from harmonize.problems import ChoraleError


def plan(job: Job) -> engine.Plan:
    """Params: scope_type, scope, crosswalks (refs), norms ({scheme ref: norms id}). An idle map is refused."""
    scope = scopes.find(job.params["scope_type"], job.params["scope"])
    shards = []
    for ref in job.params["crosswalks"]:
        crosswalk = registry.crosswalk(ref)
        pairs = harmonizing.perspectives(scope, crosswalk)
        if not pairs:
            raise ChoraleError(
                "crosswalk-idle",
                f"{crosswalk} maps {crosswalk.source}, which nobody used in {scope.slug}.",
                "Leave it out.",
            )
        shards += [engine.ShardPlan({"crosswalk": crosswalk.pk, "who": w, "perspective": p}) for w, p in pairs]
    for scheme, norms in job.params.get("norms", {}).items():
        row = registry.scheme(scheme)
        found = [p for judged, p in scopes.layers_judged(scope) if judged.pk == row.pk]
        shards += [engine.ShardPlan({"scheme": row.pk, "norms": norms, "perspective": p}) for p in found]
    return engine.Plan(shards, total=len(shards))


def step(work: engine.ShardWork) -> bool:
    """Apply the shard's map; its outcome stays in the shard's cursor for the closing report."""
    scope = scopes.find(work.params["scope_type"], work.params["scope"])
    perspective = work.range["perspective"]
    outcome: engine.Json = {"perspective": perspective}
    if "norms" in work.range:
        scheme = Scheme.objects.get(pk=work.range["scheme"])
        outcome |= {"scheme": scheme.ref}
        with work.commit(cursor=outcome, done=1, message=work.range["norms"]):
            outcome |= harmonizing.points(scope, scheme, perspective, work.range["norms"], job=work.job)
        return True
    crosswalk = Crosswalk.objects.select_related("source", "target").get(pk=work.range["crosswalk"])
    outcome |= {"crosswalk": crosswalk.ref}
    with work.commit(cursor=outcome, done=1, message=crosswalk.ref):
        outcome |= harmonizing.harmonize(scope, crosswalk, perspective, who=work.range["who"], job=work.job)
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """What each map placed and lost."""
    cursors = work.job.shards.exclude(number=engine.CLOSING).order_by("number").values_list("cursor", flat=True)
    return {"maps": list(cursors)}


engine.register(engine.JobKind("harmonize", "Harmonize by crosswalks", plan, step, finish))

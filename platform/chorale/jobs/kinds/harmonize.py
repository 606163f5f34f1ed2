"""Harmonize a scope: one shard for each crosswalk, or table of norms, and perspective that it applies to."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import harmonizing, registry, scopes
from chorale.store.models import Crosswalk, Job, Scheme
from harmonize.problems import ChoraleError


def plan(job: Job) -> engine.Plan:
    """Params: scope_type, scope, crosswalks (refs), points ([{norms, scheme, via}]). An idle map is refused."""
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
    for wanted in job.params.get("points", []):
        row = registry.scheme(wanted["scheme"])
        via = registry.crosswalk(wanted["via"]).pk if wanted.get("via") else None
        found = [p for judged, p in scopes.layers_judged(scope) if judged.pk == row.pk]
        if not found:
            raise ChoraleError("norms-idle", f"Nobody used {row} in {scope.slug}.", "Choose a scheme that was used.")
        told = {"scheme": row.pk, "norms": wanted["norms"], "via": via}
        shards += [engine.ShardPlan({**told, "perspective": p}) for p in found]
    return engine.Plan(shards, total=len(shards))


def step(work: engine.ShardWork) -> bool:
    """Apply the shard's map; its outcome stays in the shard's cursor for the closing report."""
    scope = scopes.find(work.params["scope_type"], work.params["scope"])
    perspective = work.range["perspective"]
    outcome: engine.Json = {"perspective": perspective}
    if "norms" in work.range:
        scheme = Scheme.objects.get(pk=work.range["scheme"])
        via = Crosswalk.objects.filter(pk=work.range["via"]).first()
        outcome |= {"scheme": scheme.ref, "via": via.ref if via else None}
        with work.commit(cursor=outcome, done=1, message=work.range["norms"]):
            outcome |= harmonizing.points(scope, scheme, perspective, work.range["norms"], via=via, job=work.job)
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

"""Agreement before and after a crosswalk in a scope, kept as the result of its job and read back from there."""

from __future__ import annotations

from typing import Any

import numpy as np

from annotation.agreement.mapped import across_crosswalk
from chorale.store import bridge
from chorale.store.models import Crosswalk, Job
from chorale.store.models.jobs import JobState
from chorale.store.scopes import Scope, layers_judged
from harmonize.problems import ChoraleError

KIND = "across_crosswalk"
Json = dict[str, Any]


def perspectives(scope: Scope, crosswalk: Crosswalk) -> list[str]:
    """The perspectives from which people judged under the crosswalk's source scheme in a scope."""
    return [p for scheme, p in layers_judged(scope) if scheme.pk == crosswalk.source_id]


def measure(scope: Scope, crosswalk: Crosswalk, perspective: str, *, rounds: int, merges: int, seed: int) -> Json:
    """Blind answers of people, natively and mapped, on the same units; what cannot be compared says why.

    The null of random merges is kept as its count, median and 95 % range, beside the share p at least as high.
    """
    people = bridge.judgments(crosswalk.source, perspective=perspective, who="people", **scope.filters())
    told: Json = {"perspective": perspective}
    try:
        found = across_crosswalk(people, crosswalk.core, rounds=rounds, merges=merges, seed=seed)
    except ChoraleError as error:
        return {**told, "refused": str(error)}
    null = np.asarray(found.null)
    spread = np.quantile(null, [0.025, 0.5, 0.975]).tolist() if len(null) else [None, None, None]
    body = found.to_dict()
    body["null"] = {"merges": len(null), "low": spread[0], "median": spread[1], "high": spread[2]}
    return {**told, **body}


def reports(crosswalk: Crosswalk) -> list[Json]:
    """The last measurement of each scope, one row a perspective: the scope, when, and the figures."""
    done = Job.objects.filter(kind=KIND, state=JobState.DONE, params__crosswalk=crosswalk.ref).order_by("pk")
    latest = {(job.params["scope_type"], job.params["scope"]): job for job in done}
    return [
        {"scope_type": kind, "scope": scope, "at": job.finished_at, **figures}
        for (kind, scope), job in sorted(latest.items())
        for figures in job.result.get("figures", ())
    ]

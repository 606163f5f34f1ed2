"""How a model rater is doing in a job: validity, speed, tokens, cost, labels so far; and what a trial came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils import timezone

from chorale.jobs import ask_model, budgets, engine, retries
from chorale.store import registry
from chorale.store.models import Job, Rater
from chorale.store.models.jobs import JobState
from chorale.web import softlabels
from harmonize.records import Kind
from harmonize.schemes import Scheme


@dataclass(frozen=True)
class Limit:
    """A budget beside what was spent of it."""

    kind: str
    limit: float
    spent: float


@dataclass(frozen=True)
class Spoken:
    """A model rater in a job so far.

    ``valid``: share of items asked that got a judgment; ``pace`` items and ``tokens_pace`` tokens a second, all workers
    together, of the latest stretch while it runs; ``told``: what was paid and used, None for raters without a server.
    """

    rater: Rater
    valid: float | None
    pace: float | None
    tokens_pace: float | None
    used: dict[str, Any] | None
    paid: dict[str, Any]
    limits: list[Limit]
    failed: int
    retries: str
    labels: Any
    said: dict[str, Any] | None
    scores: list[tuple[str, Any]]


def speaker(job: Job) -> Rater | None:
    """Whose judgments a pre-labelling job writes, once it is known."""
    shard = job.shards.exclude(number=engine.CLOSING).order_by("number").first()
    facts = shard.range | (shard.cursor or {}) if shard else {}
    return Rater.objects.filter(pk=facts.get("speaker") or facts.get("rater") or 0).first()


def spoken(job: Job) -> Spoken | None:
    """The figures of a running or ended job; None for jobs in which no model speaks."""
    if job.kind != "prelabel" or (rater := speaker(job)) is None:
        return None
    endpoint, said = budgets.endpoint_of(job), ask_model.said(job)
    used = ask_model.spent(job) if endpoint else None
    paid = budgets.spent(job, endpoint)
    return Spoken(
        rater=rater,
        valid=(job.done - job.failed) / job.done if job.done else None,
        pace=_pace(job, "pace"),
        tokens_pace=_pace(job, "tokens_pace"),
        used=used,
        paid=paid,
        limits=[Limit(kind, limit, paid[kind] or 0) for kind, limit in job.budget.items()],
        failed=retries.failures(job).count() if endpoint else 0,
        retries=", ".join(f"{times} {reason}" for reason, times in used["retries"].items()) if used else "",
        labels=_labels(job, said),
        said=said,
        scores=scores(rater),
    )


def _pace(job: Job, name: str) -> float | None:
    """The sum over the shards at work now; None where none is."""
    if job.state != JobState.RUNNING:
        return None
    held = job.shards.filter(state=JobState.RUNNING, lease_until__gt=timezone.now()).exclude(cursor=None)
    return sum((cursor or {}).get(name, 0.0) for cursor in held.values_list("cursor", flat=True)) or None


def _labels(job: Job, said: dict[str, Any] | None) -> Any:
    """The mean soft label of everything said in this job."""
    if said is None:
        return None
    return drawn(registry.scheme(job.params["scheme"]).core, said["means"], n=said["numbers"])


def drawn(scheme: Scheme, means: Any, *, n: int) -> Any:
    """A mean belief as a soft label."""
    values = [None if v is None or np.isnan(v) else float(v) for v in means]
    meaning = "dimension" if scheme.kind == Kind.DIMENSION else "posterior"
    return softlabels.view(scheme, values, semantics=meaning, n=n)


def scores(rater: Rater) -> list[tuple[str, Any]]:
    """Cross-validated figures of a classifier trained here: (name, figure) with the label before a dimension's."""
    found = rater.model.get("scores") or {}
    if "refused" in found:
        return [("not computed", {"refused": found["refused"]})]
    rows: list[tuple[str, Any]] = []
    for name, figure in found.items():
        if "value" in figure:
            rows.append((name, figure))
        else:
            rows += [(f"{name}, {label}", one) for label, one in figure.items()]
    return rows


def trial(job: Job) -> dict[str, Any] | None:
    """What a dry run came to, with its mean soft label; None where there is none."""
    if job.kind != "dry_run" or not (told := job.result.get("trial")):
        return None
    scheme = registry.scheme(job.params["scheme"]).core
    means = [told["mean_label"].get(name) for name in scheme.names]
    labels = drawn(scheme, means, n=told["valid"]) if told["valid"] else None
    return told | {"labels": labels, "share": told["valid"] / told["items"] if told["items"] else None}

"""How a language model is doing in a job: validity, tokens, cost, labels so far; and what a trial came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import QuerySet

from chorale.jobs import ask_model, engine
from chorale.store import registry
from chorale.store.models import Endpoint, Job, Judgment, ModelFailure, Rater
from chorale.web import softlabels
from harmonize.records import Kind
from harmonize.schemes import Scheme

LATEST = 500  # judgments whose mean is drawn while a job runs
MOST_RETRIED = 10_000


@dataclass(frozen=True)
class Spoken:
    """A model in a job so far. ``valid``: share of items asked that got a judgment; ``tokens_rate`` a second."""

    rater: Rater
    used: dict[str, Any]
    valid: float | None
    tokens: int
    tokens_rate: float | None
    cost: float | None
    budget: int | None
    failed: int
    retries: str
    labels: Any
    drawn: int


def rater_of(job: Job) -> Rater | None:
    """The language model that speaks in a pre-labelling job, once it is known."""
    shard = job.shards.exclude(number=engine.CLOSING).order_by("number").first()
    key = shard.range.get("rater") if shard and shard.range.get("engine") == "chat" else None
    return Rater.objects.filter(pk=key).first() if key else None


def failures(job: Job) -> QuerySet[ModelFailure]:
    """What is known to have failed in this job and was not mended since."""
    return ModelFailure.objects.filter(job=job)


def spoken(job: Job, seconds: float | None) -> Spoken | None:
    """The figures of a running or ended job; None for jobs in which no language model speaks."""
    if job.kind != "prelabel" or (rater := rater_of(job)) is None:
        return None
    used = ask_model.spent(job)
    tokens = used["prompt_tokens"] + used["completion_tokens"]
    endpoint = Endpoint.objects.filter(url=rater.model["url"], model=rater.model["name"]).first()
    labels, drawn = _labels(rater, job)
    return Spoken(
        rater=rater,
        used=used,
        valid=(job.done - job.failed) / job.done if job.done else None,
        tokens=tokens,
        tokens_rate=tokens / seconds if seconds else None,
        cost=_cost(endpoint, used),
        budget=job.params.get("budget_requests"),
        failed=failures(job).count(),
        retries=", ".join(f"{times} {reason}" for reason, times in used["retries"].items()),
        labels=labels,
        drawn=drawn,
    )


def _cost(endpoint: Endpoint | None, used: dict[str, Any]) -> float | None:
    if endpoint is None or endpoint.price_in is None or endpoint.price_out is None:
        return None
    return (used["prompt_tokens"] * endpoint.price_in + used["completion_tokens"] * endpoint.price_out) / 1e6


def _labels(rater: Rater, job: Job) -> tuple[Any, int]:
    """The mean soft label of the latest judgments."""
    scheme = registry.scheme(job.params["scheme"]).core
    latest = Judgment.objects.filter(rater=rater, retired_at__isnull=True).order_by("-pk")
    column = "values" if scheme.kind == Kind.DIMENSION else "probabilities"
    rows = [row for row in latest.values_list(column, flat=True)[:LATEST] if row]
    if not rows:
        return None, 0
    table = np.asarray([[np.nan if v is None else v for v in row] for row in rows], np.float64)
    return drawn(scheme, np.nanmean(table, axis=0), n=len(rows)), len(rows)


def drawn(scheme: Scheme, means: Any, *, n: int) -> Any:
    """A mean belief as a soft label."""
    values = [None if v is None or np.isnan(v) else float(v) for v in means]
    meaning = "dimension" if scheme.kind == Kind.DIMENSION else "posterior"
    return softlabels.view(scheme, values, semantics=meaning, n=n)


def trial(job: Job) -> dict[str, Any] | None:
    """What a dry run came to, with its mean soft label; None where there is none."""
    if job.kind != "dry_run" or not (told := job.result.get("trial")):
        return None
    scheme = registry.scheme(job.params["scheme"]).core
    means = [told["mean_label"].get(name) for name in scheme.names]
    labels = drawn(scheme, means, n=told["valid"]) if told["valid"] else None
    return told | {"labels": labels, "share": told["valid"] / told["items"] if told["items"] else None}

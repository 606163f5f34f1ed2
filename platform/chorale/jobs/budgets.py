"""What a pre-label job may spend: requests, tokens, money. It rests when that is spent, and goes on when raised."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from chorale.jobs import engine
from chorale.store import audit
from chorale.store.models import Endpoint, Job, ModelSpending, User
from harmonize.problems import ChoraleError

KINDS = ("requests", "tokens", "cost")


def asked(params: engine.Json, endpoint: Endpoint) -> engine.Json:
    """The budget that a job's parameters set (``budget_requests``, ``budget_tokens``, ``budget_cost``)."""
    return checked({kind: params.get(f"budget_{kind}") for kind in KINDS}, endpoint)


def checked(budget: engine.Json, endpoint: Endpoint) -> engine.Json:
    """The limits that are set, as numbers above 0. Raises ChoraleError `budget-number` or `budget-price`."""
    limits: engine.Json = {}
    for kind in KINDS:
        if (limit := budget.get(kind)) in (None, "", 0):
            continue
        try:
            limits[kind] = float(limit) if kind == "cost" else int(limit)
        except (TypeError, ValueError) as error:
            raise ChoraleError("budget-number", f"A budget of '{limit}' {kind} is no number.") from error
        if not 0 < limits[kind] < float("inf"):
            raise ChoraleError("budget-number", f"A budget of {limit} {kind} lets nothing be asked.", "Above 0.")
    if "cost" in limits and price(endpoint, 1, 1) is None:
        raise ChoraleError(
            "budget-price", f"The endpoint '{endpoint.slug}' has no prices, so money cannot be counted.",
            "State its prices, or give a budget in tokens or requests.",
        )  # fmt: skip
    return limits


def price(endpoint: Endpoint | None, prompt_tokens: float, completion_tokens: float) -> float | None:
    """What so many tokens cost at the endpoint's prices a million; None where it has none."""
    if endpoint is None or endpoint.price_in is None or endpoint.price_out is None:
        return None
    return (prompt_tokens * endpoint.price_in + completion_tokens * endpoint.price_out) / 1e6


def spent(job: Job, endpoint: Endpoint | None) -> engine.Json:
    """What the job has paid for so far by kind; cost None without prices."""
    row = ModelSpending.objects.filter(job=job).first() or ModelSpending()
    return {
        "requests": row.requests,
        "tokens": row.prompt_tokens + row.completion_tokens,
        "cost": price(endpoint, row.prompt_tokens, row.completion_tokens),
    }


def affordable(budget: engine.Json, used: engine.Json) -> float | None:
    """About how many more requests the budget allows, the mean of those paid so far taken for each; None: no limit.

    Before the first answer a token or money budget allows one request, as nobody knows yet what one takes.
    """
    rooms = []
    for kind, limit in budget.items():
        left, already = limit - (used[kind] or 0), used["requests"]
        each = 1.0 if kind == "requests" else (used[kind] or 0) / already if already else left
        rooms.append(0.0 if left <= 0 else max(1.0, left / each) if each else left)
    return min(rooms) if rooms else None


def over(budget: engine.Json, used: engine.Json) -> ChoraleError | None:
    """Why the job must rest, or None while every limit has room."""
    for kind, limit in budget.items():
        if (used[kind] or 0) >= limit:
            told = f"{used[kind]:,.4g}" if kind == "cost" else f"{used[kind]:,}"
            return ChoraleError(
                "budget-spent", f"The budget of this job is spent: {told} of {limit:,} {kind}.", "Raise it and resume."
            )
    return None


@transaction.atomic
def change(*, by: User | None, job: Job, budget: engine.Json) -> Job:
    """Set another budget, while the job works or rests; a limit left out is lifted. Resume it afterwards."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    endpoint = endpoint_of(job)
    if endpoint is None:
        raise ChoraleError("budget-chat", "Only a job that asks a language model has a budget.")
    before, job.budget = job.budget, checked(budget, endpoint)
    job.save(update_fields=["budget", "updated_at"])
    audit.record(by, "job.budget", job, before=before, after=job.budget)
    return job


def endpoint_of(job: Job) -> Endpoint | None:
    """The endpoint that a job asks, the first of several; None if it asks none."""
    shard: Any = job.shards.filter(range__has_key="endpoint").order_by("number").first()
    return Endpoint.objects.filter(slug=shard.range["endpoint"]).first() if shard else None

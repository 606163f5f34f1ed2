"""Bake-offs in the database: which raters judged a collection, compared with people; the choice is an Event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from django.db import connection, transaction

from annotation.model_raters.bakeoff import BakeOff, Contender, PerItem, bake_off
from chorale.store import audit, bridge, replays
from chorale.store.models import (
    Collection,
    Endpoint,
    Event,
    Job,
    Judgment,
    ModelFailure,
    Rater,
    Scheme,
    User,
)
from harmonize.problems import ChoraleError


def contenders(collection: Collection, scheme: Scheme, perspective: str, names: list[str]) -> list[Rater]:
    """The model raters that judged the collection under the scheme, all or those named, ordered by name."""
    members = collection.members.values("item")
    spoke = Judgment.objects.filter(item__in=members, scheme=scheme, perspective=perspective, retired_at__isnull=True)
    found = Rater.objects.filter(kind="model", pk__in=spoke.values("rater")).order_by("pseudonym")
    if names:
        found = found.filter(pseudonym__in=names)
        if missing := set(names) - set(found.values_list("pseudonym", flat=True)):
            raise ChoraleError(
                "unknown-rater", f"Not judged by {', '.join(sorted(missing))}.", "Pre-label with it first."
            )
    if not found:
        raise ChoraleError("unknown-rater", "No model has judged this collection.", "Pre-label it first.")
    return list(found)


def compare(
    collection: Collection,
    scheme: Scheme,
    perspective: str,
    raters: list[Rater],
    *,
    declared: str = "crowd",
    rounds: int = 1000,
    seed: int = 0,
    progress: Callable[[Sequence[Contender]], Iterable[Contender]] = iter,
) -> BakeOff:
    """Blind votes of people against the usable judgments of these raters (outside training, or out of fold)."""
    people = bridge.judgments(scheme, perspective=perspective, who="people", collection=collection)
    entered = [_contender(rater, collection, scheme, perspective) for rater in raters]
    return bake_off(people, entered, raters=declared, rounds=rounds, seed=seed, progress=progress)


def _contender(rater: Rater, collection: Collection, scheme: Scheme, perspective: str) -> Contender:
    """Rows kept are all predicted without having seen the item, so nothing remains to be left out."""
    told = bridge.judgments(
        scheme, perspective=perspective, who="model", collection=collection, rater=rater, out_of_fold=True
    )
    try:
        source = replays.asked_as(rater)
    except ChoraleError:  # its prompt or scheme reads differently now: what it took is not known
        source = rater
    failed = ModelFailure.objects.filter(rater=source, item__in=collection.members.values("item")).count()
    return Contender(rater.pseudonym, told, asked=len(told) + failed, **_spent(source))


# What was asked before its endpoint had prices is counted at those it has now.
_PER_ITEM = """
WITH request AS (
  SELECT item, seconds, coalesce(cost, (prompt_tokens * %s::float8 + completion_tokens * %s::float8) / 1e6) AS cost
  FROM model_request WHERE rater_id = %s),
whole AS (
  SELECT sum(seconds) AS waited, CASE WHEN count(cost) = count(*) THEN sum(cost) END AS cost FROM request GROUP BY item)
SELECT count(*), avg(waited), stddev_samp(waited), count(cost), avg(cost), stddev_samp(cost) FROM whole
"""


def _spent(rater: Rater) -> dict[str, PerItem | None]:
    """Seconds of waiting and cost an item, as kept with the requests; None for raters without requests or prices."""
    endpoint = Endpoint.objects.filter(url=rater.model.get("url"), model=rater.model.get("name")).order_by("pk").first()
    prices = (endpoint.price_in, endpoint.price_out) if endpoint else (None, None)
    with connection.cursor() as cursor:
        cursor.execute(_PER_ITEM, [*prices, rater.pk])
        n, waited, waited_sd, priced, cost, cost_sd = cursor.fetchone()
    return {
        "seconds": PerItem.of(waited, waited_sd, n) if n else None,
        "cost": PerItem.of(cost, cost_sd, n) if n and priced == n else None,
    }


@transaction.atomic
def choose(*, by: User | None, job: Job, rater: Rater, reason: str) -> Event:
    """Say which contender of a finished bake-off is taken, and why; the choice is an Event."""
    names = [row["name"] for row in job.result.get("table", {}).get("rows", [])]
    if job.kind != "bake_off" or rater.pseudonym not in names:
        raise ChoraleError(
            "not-a-contender", f"{rater.pseudonym} is not in this bake-off.", f"One of {', '.join(names)}."
        )
    if not reason.strip():
        raise ChoraleError("reason-missing", "A choice needs its reason.", "Say why this rater is taken.")
    return audit.record(by, "bake_off.choose", rater, job=str(job.uuid), reason=reason, over=names)

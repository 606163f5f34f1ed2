"""Who may have how many requests under way at an endpoint: all workers together never more than it allows."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from chorale.store.models import Endpoint, EndpointUse, Shard

KEPT = dt.timedelta(seconds=15)  # after which the places of a killed worker are free again


@transaction.atomic
def take(endpoint: Endpoint, shard: Shard, *, busy: int = 0) -> int:
    """The places this shard's worker may fill from now on; called again, they follow who else asks.

    Equal parts of ``endpoint.most_at_once``, but never places that another worker still holds: one that comes later
    gets what the others have given back, maybe 0 at first. ``busy`` are requests under way now: those above what is
    returned stay this worker's until they are answered. So all workers together never exceed what the endpoint allows.
    """
    most = Endpoint.objects.select_for_update().get(pk=endpoint.pk).most_at_once
    now = timezone.now()
    uses = EndpointUse.objects.filter(endpoint=endpoint)
    uses.filter(until__lt=now).delete()
    others = dict(uses.exclude(shard=shard).values_list("shard", "granted"))
    rank = sum(pk < shard.pk for pk in others)
    fair = most // (len(others) + 1) + (rank < most % (len(others) + 1))
    allowed = max(0, min(fair, most - sum(others.values())))
    facts = {"endpoint": endpoint, "granted": max(allowed, busy), "until": now + KEPT}
    EndpointUse.objects.update_or_create(shard=shard, defaults=facts)
    return allowed


def give_back(shard: Shard) -> None:
    """Free all places of a shard's worker."""
    EndpointUse.objects.filter(shard=shard).delete()

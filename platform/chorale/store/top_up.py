"""Adaptive top-up: items at which people split get more raters, outside the agreement figures (SCIENCE rule 13)."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

from django.db import transaction
from django.db.models import F

from chorale.store import audit, seats
from chorale.store.models import Campaign, Judgment, StudioTask
from harmonize.records import Kind, Status

COUNTED = (Status.ANSWERED, Status.NONE_APPLIES)
OVERLAP = dt.timedelta(minutes=5)  # longer than a transaction that writes answers


def is_split(votes: list[list[int]]) -> bool:
    """Whether people split under one categorical layer: some label was marked, and none by more than half of them.

    >>> is_split([[0], [1], [2]]), is_split([[0], [0, 1], [2]]), is_split([[], [], [3]])
    (True, False, False)
    """
    if not any(votes):
        return False
    empty = sum(not marks for marks in votes)
    most = max(Counter(label for marks in votes for label in set(marks)).values())
    return 2 * max(most, empty) <= len(votes)


@transaction.atomic
def add_raters(campaign: Campaign) -> int:
    """Raise the cap of each item that has its planned overlap and is split in some categorical layer, once. Returns
    how many items were raised. Answers beyond the overlap are marked and enter no agreement figure.

    To be called at the end of a sync: looks at the items that were judged since the last one.
    """
    if campaign.top_up <= 0 or campaign.state != "open":
        return 0
    rows = Judgment.objects.filter(
        response__campaign=campaign, response__retired_at__isnull=True, retired_at__isnull=True, status__in=COUNTED
    ).exclude(scheme__kind=Kind.DIMENSION)
    if campaign.synced_at:  # the others were looked at then
        since = campaign.synced_at - OVERLAP
        touched = Judgment.objects.filter(response__campaign=campaign, created_at__gt=since)
        rows = rows.filter(item__in=touched.values("item"))
    votes: dict[tuple[int, int], list[list[int]]] = defaultdict(list)
    for item, layer, labels in rows.values_list("item_id", "layer", "labels"):
        votes[item, layer].append(labels or [])
    split = {item for (item, _), said in votes.items() if len(said) >= campaign.overlap and is_split(said)}
    tasks = StudioTask.objects.filter(project__campaign=campaign, item__in=split, cap__isnull=True)
    seats.room_again(tasks)
    raised = tasks.update(cap=campaign.overlap + campaign.top_up)
    if raised:
        audit.record(None, "campaign.top_up", campaign, items=raised, raters=campaign.top_up)
    return raised


def topped_up(campaign: Campaign) -> int:
    """How many items were given more raters."""
    return StudioTask.objects.filter(project__campaign=campaign, cap__gt=F("project__campaign__overlap")).count()

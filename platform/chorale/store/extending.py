"""Extending a running campaign: more raters an item, more items a rater, more days. Never less than was planned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import F

from chorale.store import audit, rounds, seats, studio_sync
from chorale.store.models import Campaign, StudioTask, User
from chorale.store.models.campaigns import Round
from harmonize.problems import ChoraleError


@transaction.atomic
def extend(*, by: User | None, campaign: Campaign, overlap: int | None = None, **changes: Any) -> Campaign:
    """Raise the overlap and change what the plan says of quota, days, pay, feedback and the like.

    ChoraleError `campaign-closed`; `campaign-overlap` for less than there is, as answers would stand over the cap;
    `campaign-fixed` for what is drawn when the campaign is planned.
    """
    row = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if row.state == "closed":
        raise ChoraleError("campaign-closed", "A closed campaign stays closed.", "Open another one.")
    if fixed := sorted(set(changes) & {"repeat_share", "gold_share", "order"}):
        raise ChoraleError("campaign-fixed", f"{fixed[0]} was drawn when it was planned.", "Open another campaign.")
    if overlap is not None and not row.overlap <= overlap <= 100:
        what = f"The overlap is {row.overlap}; it can rise to 100 and never fall."
        raise ChoraleError("campaign-overlap", what, "Choose a larger one.")
    before = row.overlap, row.plan
    row.overlap = overlap or row.overlap
    row.plan = replace(rounds.plan_of(row), **changes).to_dict()
    if (row.overlap, row.plan) == before:
        return row
    row.save(update_fields=["overlap", "plan"])
    topped_up = StudioTask.objects.filter(project__campaign=row, cap__gt=0)  # theirs are still as many beyond the plan
    topped_up.update(cap=F("cap") + row.overlap - before[0])
    seats.room_again(StudioTask.objects.filter(project__campaign=row))
    row.children.filter(round=Round.REPEAT).update(overlap=row.overlap + row.top_up)
    studio_sync.recount(row)
    audit.record(by, "campaign.extend", row, overlap=row.overlap, plan=row.plan)
    return row

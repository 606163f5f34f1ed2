"""Reports of items: a rater says what is wrong with one, an admin keeps it or takes it out, the rater reads which."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from chorale.store import audit, rounds, seats
from chorale.store.models import Campaign, Item, ItemReport, Seat, StudioTask, User
from chorale.store.models.seats import SeatState
from chorale.store.people import rater_of
from harmonize.problems import ChoraleError

REASONS = {
    "upsetting": "It upset me, or will upset others",
    "person": "It shows or names a private person",
    "illegal": "It may be against the law",
    "broken": "It does not load or cannot be read",
    "other": "Something else",
}


@transaction.atomic
def report(*, by: User, campaign: Campaign, item: Item, reason: str, words: str = "") -> ItemReport:
    """A rater reports an item that was given to them. ChoraleError `report-item`, `report-reason`."""
    rater = rater_of(by)
    if not seats.own(rater, campaign).filter(task__item=item).exists():
        raise ChoraleError("report-item", "This item was not given to you.", "Report one of yours.")
    if reason not in REASONS:
        raise ChoraleError("report-reason", "No reason was chosen.", "Choose what is wrong with it.")
    row, _ = ItemReport.objects.update_or_create(
        campaign=campaign,
        item=item,
        rater=rater,
        state="open",
        defaults={"reason": reason, "words": words.strip()[:2000]},
    )
    audit.record(by, "item.report", row, campaign=campaign.slug, item=str(item.uuid), reason=reason)
    return row


@transaction.atomic
def answer(*, by: User, row: ItemReport, remove: bool, words: str = "") -> ItemReport:
    """Keep the item, or take it out of the campaign: nobody is given it any more; answers that were given stay."""
    row = ItemReport.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=row.pk)
    if row.state != "open":
        raise ChoraleError("report-answered", "This report was answered before.", "Nothing to do.")
    row.state, row.answer, row.answered_by = "removed" if remove else "kept", words.strip()[:2000], by
    row.answered_at = timezone.now()
    row.save()
    if remove:
        tasks = StudioTask.objects.filter(project__in=rounds.projects(row.campaign), item=row.item_id)
        told = {"state": row.state, "answer": row.answer, "answered_by": by, "answered_at": row.answered_at}
        row.campaign.item_reports.filter(item=row.item_id, state="open").update(**told)  # what others reported of it
        Seat.objects.filter(task__in=tasks, state=SeatState.HELD).delete()
        tasks.update(cap=0)
    audit.record(by, f"item.report-{row.state}", row, item=str(row.item.uuid), words=row.answer)
    return row

"""Who may answer which item: one answer a rater and item, and never more raters at an item than planned.

Every way into Label Studio goes through here: `make` (by `offers`) before an item is shown, `take` before an answer is
sent, `fill` after it arrived. The rows are locked by task, so ten submits for one seat end with one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chorale.store import suggestions
from chorale.store.models import Campaign, Rater, Seat, StudioTask
from chorale.store.models.seats import SeatState
from harmonize.problems import ChoraleError

HOLD = dt.timedelta(hours=2)  # how long an item that was shown waits for its rater
SENDING = dt.timedelta(seconds=90)  # longer than any request to Label Studio may take
CUT_OFF = dt.timedelta(seconds=5)  # longer than Label Studio works on an answer whose connection has ended


class Refused(ChoraleError):
    """No seat: already answered, full, being sent, or not offered to this rater."""


def taken(seats: QuerySet[Seat]) -> QuerySet[Seat]:
    """The seats that count against the overlap now."""
    held = Q(state=SeatState.HELD, held_until__gt=timezone.now())
    return seats.filter(Q(state__in=[SeatState.FILLED, SeatState.SENDING]) | held)


def is_taken(seat: Seat) -> bool:
    """Whether a seat at hand does."""
    held = seat.state == SeatState.HELD and seat.held_until > timezone.now()
    return held or seat.state in (SeatState.FILLED, SeatState.SENDING)


def own(rater: Rater, campaign: Campaign) -> QuerySet[Seat]:
    """The rater's seats in a campaign and in the rounds in its course."""
    mine = Q(task__project__campaign=campaign) | Q(task__project__campaign__parent=campaign)
    return Seat.objects.filter(mine, rater=rater)


def make(rater: Rater, campaign: Campaign, task: StudioTask) -> Seat:
    """A new seat, its arm drawn; not saved."""
    arm, suggestion = suggestions.draw(campaign, task.item, rater)
    extra = is_extra(task.seats.all(), campaign)
    until = timezone.now() + HOLD
    return Seat(task=task, rater=rater, arm=arm, suggestion=suggestion, top_up=extra, held_until=until)


def is_extra(others: QuerySet[Seat], campaign: Campaign) -> bool:
    """Whether one more is beyond the planned overlap: the planned places are taken. One of them that was left is filled
    again by whoever comes next, or agreement would miss an answer at just the items where people split."""
    return taken(others.filter(top_up=False)).count() >= campaign.overlap


def cap(task: StudioTask, campaign: Campaign) -> int:
    """How many raters an item may have; none where it was taken out."""
    return campaign.overlap if task.cap is None else task.cap


def hold(seat: Seat) -> bool:
    """Keep an item for its rater a while longer, if its overlap still allows."""
    with transaction.atomic():
        task = StudioTask.objects.select_for_update().get(pk=seat.task_id)
        if taken(task.seats.exclude(pk=seat.pk)).count() >= cap(task, seat.task.project.campaign):
            return False
        Seat.objects.filter(pk=seat.pk).update(held_until=timezone.now() + HOLD)
        return True


@transaction.atomic
def take(rater: Rater, campaign: Campaign, task: StudioTask, *, offered: bool = True) -> tuple[Seat, bool]:
    """Claim the seat for an answer that is about to be sent. The flag says that an earlier send was cut off: look into
    Label Studio before sending again. Raises `Refused` with seat-unknown, seat-filled, seat-sending, or seat-full;
    ``offered`` False (recorded answers) makes the seat where it is missing."""
    locked = StudioTask.objects.select_for_update(of=("self",)).select_related("project__campaign").get(pk=task.pk)
    asking = locked.project.campaign
    if campaign.pk not in (asking.pk, asking.parent_id):
        raise Refused("seat-unknown", "This item is not of your campaign.")
    seat = Seat.objects.filter(task=task, rater=rater).first()
    now = timezone.now()
    if seat is None:
        if offered:
            raise Refused("seat-unknown", "This item was not given to you.")
        seat = make(rater, asking, task)
    if seat.state in (SeatState.FILLED, SeatState.SKIPPED):
        raise Refused("seat-filled", "You have answered this item.", "Change your answer instead.")
    cut_off = seat.state == SeatState.SENDING
    if cut_off and seat.sent_at and now - seat.sent_at < SENDING:
        raise Refused("seat-sending", "Your answer is on its way.", "Wait a moment.")
    _find_room(seat, locked, asking)
    seat.state, seat.sent_at, seat.task = SeatState.SENDING, now, task
    seat.save()
    _note_full(locked, asking)
    return seat, cut_off


@transaction.atomic
def take_again(seat: Seat) -> bool:
    """Claim the place of a skipped item that its rater answers after all; False where it is theirs already. Raises
    `Refused` with seat-full."""
    locked = StudioTask.objects.select_for_update(of=("self",)).select_related("project__campaign").get(pk=seat.task_id)
    row = Seat.objects.get(pk=seat.pk)
    if row.state != SeatState.SKIPPED:
        return False
    _find_room(row, locked, locked.project.campaign)
    row.state, row.sent_at = SeatState.FILLED, timezone.now()
    row.save(update_fields=["state", "sent_at", "top_up"])
    _note_full(locked, locked.project.campaign)
    return True


def _find_room(seat: Seat, locked: StudioTask, campaign: Campaign) -> None:
    """Raise `Refused` where the others take all places; else say of the seat whether it is beyond the plan now."""
    others = Seat.objects.filter(task=locked).exclude(rater=seat.rater_id)
    if taken(others).count() >= cap(locked, campaign):
        raise Refused("seat-full", "Others have answered this item meanwhile.", "Go on with the next one.")
    seat.top_up = is_extra(others, campaign)


def _note_full(locked: StudioTask, campaign: Campaign) -> None:
    """Spare others the look at an item whose places are taken for good; one that is held may come free by itself."""
    settled = locked.seats.filter(state__in=[SeatState.FILLED, SeatState.SENDING]).count()
    if settled >= cap(locked, campaign):
        StudioTask.objects.filter(pk=locked.pk).update(taken_up=True)


def room_again(tasks: QuerySet[StudioTask]) -> None:
    """A place at these items came free or was added: whoever looks for room is to look at them again (`offers`)."""
    tasks.filter(taken_up=True).update(taken_up=False)


def fill(seat: Seat, external_id: int, *, skipped: bool = False) -> None:
    """The answer stands in Label Studio."""
    state = SeatState.SKIPPED if skipped else SeatState.FILLED
    Seat.objects.filter(pk=seat.pk).update(state=state, external_id=external_id)
    if skipped:
        room_again(StudioTask.objects.filter(pk=seat.task_id))


def look_soon(seat: Seat) -> None:
    """The connection ended on the way: the next attempt looks into Label Studio, and need not wait long for that."""
    Seat.objects.filter(pk=seat.pk, state=SeatState.SENDING).update(sent_at=timezone.now() - SENDING + CUT_OFF)


def give_back(seat: Seat) -> None:
    """The answer did not get in: the item waits for its rater again."""
    Seat.objects.filter(pk=seat.pk, state=SeatState.SENDING).update(
        state=SeatState.HELD, sent_at=None, held_until=timezone.now() + HOLD
    )
    room_again(StudioTask.objects.filter(pk=seat.task_id))


def free_lost(campaigns: Sequence[Campaign]) -> None:
    """Give back the places of answers that were on their way when the proxy died, and never arrived. To be called after
    a sync, which fills the places of those that did."""
    lost = Seat.objects.filter(task__project__campaign__in=campaigns, state=SeatState.SENDING)
    now = timezone.now()
    lost.filter(sent_at__lt=now - HOLD).update(state=SeatState.HELD, sent_at=None, held_until=now)

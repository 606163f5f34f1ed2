"""Who may answer which item: one answer a rater and item, and never more raters at an item than planned.

Every way into Label Studio goes through here: `offer` before an item is shown, `take` before an answer is sent, `fill`
after it arrived. The rows are locked by task, so ten submits for one seat end with one.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chorale.store import suggestions
from chorale.store.models import Assignment, Campaign, Rater, Seat, StudioTask
from chorale.store.models.seats import SeatState
from harmonize.problems import ChoraleError

HOLD = dt.timedelta(hours=2)  # how long an item that was shown waits for its rater
SENDING = dt.timedelta(seconds=90)  # longer than any request to Label Studio may take

_FREE = """
FROM studio_task t JOIN studio_project p ON p.id = t.project_id
WHERE p.campaign_id = %s
  AND NOT EXISTS (SELECT 1 FROM seat s WHERE s.task_id = t.id AND s.rater_id = %s)
  AND (SELECT count(*) FROM seat s WHERE s.task_id = t.id AND (s.state IN ('filled', 'sending')
       OR (s.state = 'held' AND s.held_until > now()))) < coalesce(t.cap, %s)
"""
_NEXT = f"SELECT t.id {_FREE} ORDER BY p.number, t.id LIMIT 1 FOR UPDATE OF t"
_COUNT = f"SELECT count(*) {_FREE}"


class Refused(ChoraleError):
    """No seat: already answered, full, being sent, or not offered to this rater."""


def taken(seats: QuerySet[Seat]) -> QuerySet[Seat]:
    """The seats that count against the overlap now."""
    held = Q(state=SeatState.HELD, held_until__gt=timezone.now())
    return seats.filter(Q(state__in=[SeatState.FILLED, SeatState.SENDING]) | held)


@transaction.atomic
def offer(rater: Rater, campaign: Campaign) -> Seat | None:
    """The item the rater should answer next: the one they were shown and have not answered, else a new one; None when
    nothing is left for them, or the campaign is not open to them."""
    if campaign.state != "open" or not _has_quota(rater, campaign):
        return None
    own = Seat.objects.filter(rater=rater, task__project__campaign=campaign)
    waiting = own.filter(state__in=[SeatState.HELD, SeatState.SENDING]).select_related("task__project", "task__item")
    for seat in waiting.order_by("created_at", "pk"):
        if hold(seat, campaign):
            return seat
    wanted = [campaign.pk, rater.pk, campaign.overlap]
    with connection.cursor() as cursor:
        cursor.execute(f"{_NEXT} SKIP LOCKED", wanted)
        found = cursor.fetchone()
        if found is None:  # perhaps the last one is locked by a sync this very moment: wait for it
            cursor.execute(_NEXT, wanted)
            found = cursor.fetchone()
    if found is None:
        return None
    task = StudioTask.objects.select_related("project", "item").get(pk=found[0])
    seat = make(rater, campaign, task)
    seat.save()
    return seat


def left(rater: Rater, campaign: Campaign) -> int:
    """How many items the rater may still answer: those they were shown, and those where others left room."""
    own = Seat.objects.filter(rater=rater, task__project__campaign=campaign)
    waiting = own.filter(state__in=[SeatState.HELD, SeatState.SENDING]).count()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [campaign.pk, rater.pk, campaign.overlap])
        free = int(cursor.fetchone()[0])
    place = Assignment.objects.filter(rater=rater, campaign=campaign, state="active").first()
    if place is None:
        return 0
    if place.quota is None:
        return waiting + free
    return max(0, min(waiting + free, place.quota - own.filter(state=SeatState.FILLED).count()))


def make(rater: Rater, campaign: Campaign, task: StudioTask) -> Seat:
    """A new seat, its arm drawn; not saved."""
    arm, suggestion = suggestions.draw(campaign, task.item, rater)
    extra = taken(task.seats.all()).count() >= campaign.overlap
    until = timezone.now() + HOLD
    return Seat(task=task, rater=rater, arm=arm, suggestion=suggestion, top_up=extra, held_until=until)


def cap(task: StudioTask, campaign: Campaign) -> int:
    """How many raters an item may have."""
    return task.cap or campaign.overlap


def hold(seat: Seat, campaign: Campaign) -> bool:
    """Keep an item for its rater a while longer, if its overlap still allows."""
    with transaction.atomic():
        task = StudioTask.objects.select_for_update().get(pk=seat.task_id)
        if taken(task.seats.exclude(pk=seat.pk)).count() >= cap(task, campaign):
            return False
        Seat.objects.filter(pk=seat.pk).update(held_until=timezone.now() + HOLD)
        return True


@transaction.atomic
def take(rater: Rater, campaign: Campaign, task: StudioTask, *, offered: bool = True) -> tuple[Seat, bool]:
    """Claim the seat for an answer that is about to be sent. The flag says that an earlier send was cut off: look into
    Label Studio before sending again. Raises `Refused` with seat-unknown, seat-filled, seat-sending, or seat-full;
    ``offered`` False (recorded answers) makes the seat where it is missing."""
    locked = StudioTask.objects.select_for_update().get(pk=task.pk)
    seat = Seat.objects.filter(task=task, rater=rater).first()
    now = timezone.now()
    if seat is None:
        if offered:
            raise Refused("seat-unknown", "This item was not given to you.")
        seat = make(rater, campaign, task)
    if seat.state in (SeatState.FILLED, SeatState.SKIPPED):
        raise Refused("seat-filled", "You have answered this item.", "Change your answer instead.")
    cut_off = seat.state == SeatState.SENDING
    if cut_off and seat.sent_at and now - seat.sent_at < SENDING:
        raise Refused("seat-sending", "Your answer is on its way.", "Wait a moment.")
    if taken(Seat.objects.filter(task=task).exclude(rater=rater)).count() >= cap(locked, campaign):
        raise Refused("seat-full", "Others have answered this item meanwhile.", "Go on with the next one.")
    seat.state, seat.sent_at, seat.task = SeatState.SENDING, now, task
    seat.save()
    return seat, cut_off


def fill(seat: Seat, external_id: int, *, skipped: bool = False) -> None:
    """The answer stands in Label Studio."""
    state = SeatState.SKIPPED if skipped else SeatState.FILLED
    Seat.objects.filter(pk=seat.pk).update(state=state, external_id=external_id)


def give_back(seat: Seat) -> None:
    """The answer did not get in: the item waits for its rater again."""
    Seat.objects.filter(pk=seat.pk, state=SeatState.SENDING).update(
        state=SeatState.HELD, sent_at=None, held_until=timezone.now() + HOLD
    )


def _has_quota(rater: Rater, campaign: Campaign) -> bool:
    place = Assignment.objects.filter(rater=rater, campaign=campaign, state="active").first()
    if place is None:
        return False
    if place.quota is None:
        return True
    done = Seat.objects.filter(rater=rater, task__project__campaign=campaign, state=SeatState.FILLED).count()
    return done < place.quota

"""Qualification: a tutorial of check items before the first item, with a pass mark and a number of tries.

Each try has items of its own: whoever was told the answers of the first try does not meet its items again.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from chorale.store import audit, check_items, rounds
from chorale.store.models import Campaign, Qualification, Rater, Response, Seat, StudioTask
from chorale.store.models.campaigns import Round
from chorale.store.models.seats import SeatState

DONE = "The tutorial is done. Go back to Chorale to see how it went."
COMING = "Your last answers are on their way. Go back to Chorale: in a moment you see there how it went."


@dataclass(frozen=True)
class Try:
    """The try that a rater is at: its round and tasks, or no round and why nothing is asked now ("": qualified)."""

    round: Campaign | None = None
    tasks: tuple[int, ...] = ()
    attempt: int = 0
    why: str = ""


def next_try(rater: Rater, campaign: Campaign) -> Try:
    """Where a rater stands with the tutorial of a campaign; a try that has just been finished is graded."""
    tutorial = rounds.child(campaign, Round.TUTORIAL)
    if tutorial is None:
        return Try()
    tried = list(Qualification.objects.filter(campaign=campaign, rater=rater).order_by("attempt"))
    if any(one.passed for one in tried):
        return Try()
    plan, attempt = rounds.plan_of(campaign), len(tried) + 1
    if attempt > plan.tries:
        return Try(why="The tutorial was not passed, and all its tries are used. Thank you for your time.")
    tasks = _tasks(tutorial, attempt, plan.try_items)
    if len(tasks) < plan.try_items:
        return Try(why="There are no more items for another try of the tutorial. Please tell the organisers.")
    seats = Seat.objects.filter(rater=rater, task__in=tasks, state__in=[SeatState.FILLED, SeatState.SKIPPED])
    if seats.count() < len(tasks):
        return Try(tutorial, tasks, attempt)
    if not _arrived(rater, tutorial, tasks):
        return Try(why=COMING, attempt=attempt)
    grade(rater, campaign, tutorial, tasks, attempt)
    return Try(why=DONE, attempt=attempt)


@transaction.atomic
def grade(rater: Rater, campaign: Campaign, tutorial: Campaign, tasks: tuple[int, ...], attempt: int) -> Qualification:
    """Compare a finished try with what is known. One without a single known answer is passed by finishing it."""
    items = StudioTask.objects.filter(pk__in=tasks).values_list("item", flat=True)
    right, checked = check_items.score(check_items.of_rater(rater, tutorial, items))
    passed = not checked or right / checked >= rounds.plan_of(campaign).pass_mark
    told = {"right": right, "checked": checked, "passed": passed}
    row, made = Qualification.objects.get_or_create(campaign=campaign, rater=rater, attempt=attempt, defaults=told)
    if made:
        audit.record(rater.user, "rater.qualify", campaign, rater=rater.pseudonym, attempt=attempt, **told)
    return row


def _tasks(tutorial: Campaign, attempt: int, size: int) -> tuple[int, ...]:
    """The tasks of a try: the next ones in the order of the collection."""
    first = (attempt - 1) * size
    own = StudioTask.objects.filter(project__campaign=tutorial, item__collectionitem__collection=tutorial.collection)
    return tuple(own.order_by("item__collectionitem__position").values_list("pk", flat=True)[first : first + size])


def _arrived(rater: Rater, tutorial: Campaign, tasks: tuple[int, ...]) -> bool:
    """Whether every answer of the try has come back from Label Studio."""
    items = StudioTask.objects.filter(pk__in=tasks).values("item")
    here = Response.objects.filter(campaign=tutorial, rater=rater, item__in=items, retired_at__isnull=True)
    return here.count() >= len(tasks)

"""What a rater is asked next: the tutorial until it is passed, then items, with check and repeated items among them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from chorale.store import qualification, rounds, seats
from chorale.store.campaign_plan import Plan
from chorale.store.models import Assignment, Campaign, Rater, RaterLanguage, Seat, StudioTask
from chorale.store.models.campaigns import Round
from chorale.store.models.seats import SeatState

# The first item of a project with room for a rater: a walk along an index that ends at the first.
_ROOM = """
SELECT t.id FROM studio_task t
WHERE t.project_id = %(project)s
  AND NOT EXISTS (SELECT 1 FROM seat s WHERE s.task_id = t.id AND s.rater_id = %(rater)s)
  AND (SELECT count(*) FROM seat s WHERE s.task_id = t.id AND (s.state IN ('filled', 'sending')
       OR (s.state = 'held' AND s.held_until > now()))) < coalesce(t.cap, %(overlap)s)
"""
_OPEN = " AND NOT t.taken_up"
_AMONG = " AND t.id = ANY(%(among)s)"
_FROM = " AND t.id >= %(start)s"
# An item may come again once its rater has answered so many others since.
_AGAIN = """
  AND EXISTS (
    SELECT 1 FROM seat b JOIN studio_task bt ON bt.id = b.task_id JOIN studio_project bp ON bp.id = bt.project_id
    WHERE b.rater_id = %(rater)s AND b.state = 'filled' AND bt.item_id = t.item_id AND bp.campaign_id = %(main)s
      AND (SELECT count(*) FROM seat l WHERE l.rater_id = b.rater_id AND l.state = 'filled' AND l.id > b.id) >= %(gap)s)
"""
_FIRST, _UNLOCKED = " ORDER BY t.id LIMIT 1 FOR UPDATE OF t", " SKIP LOCKED"
# All items of a round with room for a rater, seats gathered by item beforehand.
_FREE = """
SELECT count(*) FROM studio_task t JOIN studio_project p ON p.id = t.project_id JOIN campaign c ON c.id = p.campaign_id
LEFT JOIN (
  SELECT s.task_id, bool_or(s.rater_id = %(rater)s) AS own, count(*) FILTER (WHERE s.state IN ('filled', 'sending')
         OR (s.state = 'held' AND s.held_until > now())) AS taken
  FROM seat s JOIN studio_task st ON st.id = s.task_id JOIN studio_project sp ON sp.id = st.project_id
  WHERE sp.campaign_id = %(round)s GROUP BY s.task_id) n ON n.task_id = t.id
WHERE p.campaign_id = %(round)s AND NOT coalesce(n.own, false) AND coalesce(n.taken, 0) < coalesce(t.cap, c.overlap)
"""


@dataclass(frozen=True)
class Standing:
    """Whether a rater gets items of a campaign, and where not, why: a sentence that they read."""

    round: Campaign | None
    why: str = ""
    among: tuple[int, ...] | None = None


def offer(rater: Rater, campaign: Campaign) -> Seat | None:
    """The item the rater should answer next: the one they were shown and have not answered, else a new one; None when
    nothing is left for them or they get none now (`standing` says why)."""
    with transaction.atomic():
        where = standing(rater, campaign)
        if where.round is None:
            return None
        own = seats.own(rater, campaign).filter(state__in=[SeatState.HELD, SeatState.SENDING])
        own = own.filter(task__in=where.among) if where.among is not None else own
        for seat in own.select_related("task__project__campaign", "task__item").order_by("created_at", "pk"):
            if seats.hold(seat):
                return seat
        found = None
        if where.among is not None:
            found = _free(rater, where.round, among=where.among)
        else:
            for turn in _in_turn(rater, campaign):
                if found := _free(rater, turn, plan=rounds.plan_of(campaign)):
                    break
        return _seat(rater, found) if found else None


def standing(rater: Rater, campaign: Campaign) -> Standing:
    """Where a rater stands: which round comes next, or why none does."""
    plan = rounds.plan_of(campaign)
    if campaign.state != "open":
        return Standing(None, f"The campaign is {campaign.state}.")
    if plan.last_day and timezone.localdate() > plan.last_day:
        return Standing(None, f"The campaign ended on {plan.ends_on}.")
    place = Assignment.objects.filter(rater=rater, campaign=campaign, state="active").first()
    if place is None:
        return Standing(None, "You have no part in this campaign.")
    if plan.speaks and not reads(rater, campaign.language):
        return Standing(None, f"This campaign asks for people who read {campaign.language} well.")
    if why := _enough(rater, campaign, plan, place):
        return Standing(None, why)
    trying = qualification.next_try(rater, campaign)
    if trying.why:
        return Standing(None, trying.why)
    return Standing(trying.round or campaign, among=trying.tasks if trying.round else None)


def standing_now(rater: Rater, campaign: Campaign) -> Standing:
    """The same on Chorale's own pages: a try of the tutorial that this very look has graded leads on at once."""
    found = standing(rater, campaign)
    return standing(rater, campaign) if found.why == qualification.DONE else found


def reads(rater: Rater, language: str) -> bool:
    """Whether the rater says to read a language (its first part: "pt" for "pt-BR") well."""
    said = RaterLanguage.objects.filter(rater=rater).values_list("language", flat=True)
    return language.split("-")[0].lower() in {tag.split("-")[0].lower() for tag in said}


def left(rater: Rater, campaign: Campaign) -> int:
    """How many items the rater may still answer: those they were shown, and those where others left room."""
    place = Assignment.objects.filter(rater=rater, campaign=campaign, state="active").first()
    if place is None:
        return 0
    own = Seat.objects.filter(rater=rater, task__project__campaign=campaign)
    waiting = own.filter(state__in=[SeatState.HELD, SeatState.SENDING]).count()
    with connection.cursor() as cursor:
        cursor.execute(_FREE, {"round": campaign.pk, "rater": rater.pk})
        free = waiting + int(cursor.fetchone()[0])
    quota = _quota(place, rounds.plan_of(campaign))
    return free if quota is None else max(0, min(free, quota - answered(rater, campaign)))


def left_today(rater: Rater, campaign: Campaign, rest: int | None = None) -> int:
    """How many of them today. ``rest``: what `left` has told already."""
    plan, rest = rounds.plan_of(campaign), left(rater, campaign) if rest is None else rest
    return rest if plan.per_day is None else max(0, min(rest, plan.per_day - answered(rater, campaign, today=True)))


def answered(rater: Rater, campaign: Campaign, *, today: bool = False) -> int:
    """How many items of the round the rater has answered."""
    own = Seat.objects.filter(rater=rater, task__project__campaign=campaign, state=SeatState.FILLED)
    if today:
        own = own.filter(sent_at__gte=timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0))
    return own.count()


def _quota(place: Assignment, plan: Plan) -> int | None:
    return plan.quota if place.quota is None else place.quota


def _enough(rater: Rater, campaign: Campaign, plan: Plan, place: Assignment) -> str:
    quota = _quota(place, plan)
    if quota is not None and answered(rater, campaign) >= quota:
        return "You have answered all the items that were meant for you. Thank you!"
    if plan.per_day is not None and answered(rater, campaign, today=True) >= plan.per_day:
        return "That is enough for today. Thank you, and see you tomorrow!"
    return ""


def _in_turn(rater: Rater, campaign: Campaign) -> list[Campaign]:
    """The rounds to look into, in this order: check items at their share, repeated ones as soon as they may come."""
    plan, main = rounds.plan_of(campaign), campaign
    turn = [main]
    if plan.repeat_share and (again := rounds.child(main, Round.REPEAT)):
        turn.insert(0, again)
    if plan.gold_share and (gold := rounds.child(main, Round.GOLD)):
        seen = Seat.objects.filter(rater=rater, task__project__campaign__in=[main, gold]).count()
        if chance(main, rater, f"gold {seen}") < plan.gold_share:
            turn.insert(0, gold)
    return turn


def chance(campaign: Campaign, rater: Rater, what: str) -> float:
    """A number in 0..1 that always is the same for these three."""
    key = f"{campaign.slug}:{campaign.seed}:{rater.pseudonym}:{what}"
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64


def _free(
    rater: Rater, turn: Campaign, *, plan: Plan | None = None, among: tuple[int, ...] | None = None
) -> int | None:
    """The key of a task with room for the rater, locked; the first, or one from a random place on.

    First where no hint speaks against it; then everywhere, as a hint may be old; at last where somebody, a sync
    perhaps, holds a lock this moment.
    """
    wanted = {"rater": rater.pk, "overlap": turn.overlap, "main": turn.parent_id, "among": list(among or ())}
    every = _ROOM + (_AMONG if among is not None else "") + (_AGAIN if turn.round == Round.REPEAT else "")
    looks = [every]
    if plan is not None and plan.order == "random" and among is None:
        wanted["start"] = _start(rater, turn)
        looks = [every + _FROM, every]
    looks = [look + _OPEN for look in looks] + looks
    projects = list(turn.projects.order_by("number").values_list("pk", flat=True))
    wanted["gap"] = plan.repeat_gap if plan else 0
    with connection.cursor() as cursor:
        for look in [*(look + _FIRST + _UNLOCKED for look in looks), every + _FIRST]:
            for project in projects:
                cursor.execute(look, wanted | {"project": project})
                if found := cursor.fetchone():
                    return int(found[0])
    return None


def _start(rater: Rater, turn: Campaign) -> int:
    """A random place among the tasks of a round, another at each answer of each rater."""
    tasks = StudioTask.objects.filter(project__campaign=turn).order_by("pk").values_list("pk", flat=True)
    first, last = tasks.first(), tasks.last()
    if first is None or last is None:
        return 0
    seen = Seat.objects.filter(rater=rater, task__project__campaign=turn).count()
    return first + int(chance(turn, rater, f"order {seen}") * (last - first + 1))


def _seat(rater: Rater, key: int) -> Seat:
    task = StudioTask.objects.select_related("project__campaign", "item").get(pk=key)
    seat = seats.make(rater, task.project.campaign, task)
    seat.save()
    seat.fresh = True
    return seat

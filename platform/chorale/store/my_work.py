"""A rater's own page of a campaign: time and pay, agreement in words, check items, answers that can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from annotation.studio.client import Studio
from chorale.store import audit, check_items, rounds, seats, studio_sync
from chorale.store.campaign_plan import Plan
from chorale.store.check_items import Checked
from chorale.store.models import AgreementReport, Campaign, Judgment, Rater, Response, Seat, StudioTask, User
from chorale.store.models.campaigns import Round
from chorale.store.models.seats import SeatState
from chorale.store.people import rater_of
from chorale.store.rater_reports import listed
from harmonize.problems import ChoraleError
from harmonize.records import Status

LEAST = 20  # shared items before agreement is put in words
NEAR = 0.1  # of a correlation: about the same

# `annotation.raters.work_time` said in SQL, so that a page need not read every answer; "answered": not skipped.
_SPENT = """
WITH own AS (
  SELECT r.rater_id, NOT EXISTS (SELECT 1 FROM judgment j WHERE j.response_id = r.id AND j.retired_at IS NULL
      AND j.status = %(skipped)s) AS answered,
    least(%(pause)s, r.lead_time, extract(epoch FROM r.submitted_at - lag(r.submitted_at) OVER (
      PARTITION BY r.rater_id ORDER BY r.submitted_at, r.id))::float8) AS seconds,
    r.lead_time IS NULL AND (r.submitted_at IS NULL OR lag(r.submitted_at) OVER (
      PARTITION BY r.rater_id ORDER BY r.submitted_at, r.id) IS NULL) AS unknown
  FROM response r WHERE r.campaign_id = ANY(%(campaigns)s) AND r.retired_at IS NULL AND r.rater_id IS NOT NULL
    AND (%(rater)s::bigint IS NULL OR r.rater_id = %(rater)s)
)
SELECT rater_id, count(*) FILTER (WHERE answered), coalesce(sum(seconds) FILTER (WHERE NOT unknown), 0)
  + count(*) FILTER (WHERE unknown)
  * coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE NOT unknown), 0)
FROM own GROUP BY rater_id
"""


@dataclass(frozen=True)
class Spent:
    """Answers given, skipped items not among them, seconds of work without breaks (over skipped items too), and what
    they are paid (None: the plan says nothing of pay)."""

    answers: int
    seconds: float
    pay: float | None

    @property
    def minutes(self) -> int:
        """Whole minutes."""
        return round(self.seconds / 60)


def spent(campaign: Campaign, rater: Rater | None = None) -> dict[int, Spent]:
    """What each rater gave to a campaign, check and repeated items among it, by the rater's key."""
    plan = rounds.plan_of(campaign)
    asked = {
        "campaigns": [one.pk for one in rounds.family(campaign)], "rater": rater.pk if rater else None,
        "pause": plan.pause, "skipped": int(Status.SKIPPED),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SPENT, asked)
        return {key: Spent(n, seconds, pay(plan, n, seconds)) for key, n, seconds in cursor.fetchall()}


def pay(plan: Plan, answers: int, seconds: float) -> float | None:
    """What so many answers and so much time are paid; None where the plan says nothing of pay."""
    if not plan.pay_per:
        return None
    return plan.pay * (answers if plan.pay_per == "item" else seconds / 3600)


def agreement_in_words(rater: Rater, campaign: Campaign) -> list[tuple[str, str]]:
    """(question, sentence) from the latest agreement report; nobody else's answers or figures are in it."""
    if not rounds.plan_of(campaign).tells_agreement:
        return []
    told = []
    for layer in campaign.form.layers.select_related("scheme").order_by("position"):
        report = AgreementReport.objects.filter(
            scope_type="campaign", scope=campaign.slug, scheme=layer.scheme, perspective=layer.perspective
        ).first()
        rows = listed((report.body.get("panel") or {}).get("raters")) if report else []
        told.append((layer.question, sentence(str(rater.pk), rows)))
    return told


def sentence(rater: str, rows: list[dict[str, Any]]) -> str:
    """How far one rater agrees with the others, in words: beside the median rater, never with a number to aim at."""
    mine = next((row for row in rows if str(row["rater"]) == rater), None)
    figures = {str(row["rater"]): _figure(row) for row in rows if int(row.get("items") or 0) >= LEAST}
    known = [value for value in figures.values() if value is not None]
    if mine is None or figures.get(rater) is None or len(known) < 3:
        return "It is too early to say: too few items were answered by several people."
    own, middle = _figure(mine), median(known)
    assert own is not None
    low, high = mine.get("low"), mine.get("high")
    low, high = (own - NEAR, own + NEAR) if low is None or high is None else (float(low), float(high))
    if low > middle:
        return "You see it as the others do more often than most."
    if high < middle:
        return "You see it differently from the others more often than most. That need not be wrong."
    return "You agree with the others about as often as they agree with each other."


def checks(rater: Rater, campaign: Campaign) -> dict[str, list[Checked]]:
    """How check items were answered: of finished tries of the tutorial, and of gold items where the plan says so."""
    found = {}
    tried = campaign.qualifications.filter(rater=rater).count()
    if tried and (tutorial := rounds.child(campaign, Round.TUTORIAL)):
        found["tutorial"] = check_items.of_rater(rater, tutorial)
    if rounds.plan_of(campaign).gold_feedback and (gold := rounds.child(campaign, Round.GOLD)):
        found["gold"] = check_items.of_rater(rater, gold)
    return found


def answers(rater: Rater, campaign: Campaign, limit: int = 30) -> list[Response]:
    """A rater's latest standing answers of the campaign itself, with their judgments."""
    own = Response.objects.filter(campaign=campaign, rater=rater, retired_at__isnull=True).select_related("item")
    return list(own.order_by("-submitted_at", "-pk")[:limit])


def take_back(*, by: User, response: Response, again: bool, connect: Callable[[], Studio]) -> None:
    """Take one's own answer back: deleted in Label Studio, retired here. ``again``: the item comes next, to be answered
    anew; else it goes to somebody else. ChoraleError `answer-not-yours`, `answer-closed`, `studio-away`."""
    rater, campaign = rater_of(by), response.campaign
    if response.rater_id != rater.pk or response.retired_at is not None or campaign is None:
        raise ChoraleError("answer-not-yours", "There is no such answer of yours.", "Look at your answers again.")
    if campaign.state not in ("open", "paused"):
        raise ChoraleError("answer-closed", f"The campaign is {campaign.state}.", "Ask the organisers.")
    if response.external_id:
        try:
            connect().delete(f"/api/annotations/{response.external_id}/")
        except ConnectionError as error:
            what = "The labelling server does not answer just now: your answer stands as it was."
            raise ChoraleError("studio-away", what, "Try again in some minutes.") from error
    with transaction.atomic():
        now = timezone.now()
        tasks = StudioTask.objects.filter(project__campaign=campaign, item=response.item_id).select_for_update()
        task = tasks.order_by("pk").first()
        Response.objects.filter(pk=response.pk).update(retired_at=now)
        Judgment.objects.filter(response=response, retired_at__isnull=True).update(retired_at=now)
        if task is not None:
            _leave_seat(rater, campaign, task, again=again)
        audit.record(by, "answer.take_back", campaign, item=str(response.item.uuid), again=again)
        studio_sync.recount(campaign)


def _leave_seat(rater: Rater, campaign: Campaign, task: StudioTask, *, again: bool) -> None:
    """The place of an answer that was taken back: kept for its rater, who answers ``again``, or free. A sync that ran
    between the deletion there and now has removed it."""
    state, until = (SeatState.HELD, timezone.now() + seats.HOLD) if again else (SeatState.SKIPPED, timezone.now())
    place = {"state": state, "external_id": None, "sent_at": None, "held_until": until}
    seats.room_again(StudioTask.objects.filter(pk=task.pk))
    if not Seat.objects.filter(task=task, rater=rater).update(**place):
        seat = seats.make(rater, campaign, task)
        seat.state, seat.held_until = state, until
        seat.save()


def _figure(row: dict[str, Any]) -> float | None:
    """A rater's share of agreement, or the mean of their correlations with the others by dimension."""
    if "value" in row:
        return None if row["value"] is None else float(row["value"])
    numbers = [
        float(v) for k, v in row.items() if k not in ("rater", "items", "judgments") and isinstance(v, int | float)
    ]
    return sum(numbers) / len(numbers) if numbers else None

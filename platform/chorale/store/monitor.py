"""The monitor of a campaign: progress by language, what it cost, how narrow its interval is, what to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from annotation.agreement.forecast import Forecast, forecast
from chorale.store import check_items, my_work, rounds
from chorale.store.models import AgreementReport, Campaign, Rater
from chorale.store.models.campaigns import Round
from chorale.store.rater_reports import listed
from harmonize.problems import ChoraleError

LEAST_CHECKS = 5  # check items before a rater's share is told
_BY_LANGUAGE = """
SELECT coalesce(nullif(i.language, ''), c.language) AS language, count(*) AS items,
  count(*) FILTER (WHERE n.raters >= %(overlap)s) AS complete, coalesce(sum(n.raters), 0)::int AS answers,
  coalesce(sum(greatest(coalesce(t.cap, %(overlap)s) - n.raters, 0)), 0)::int AS left
FROM studio_task t JOIN studio_project p ON p.id = t.project_id JOIN item i ON i.id = t.item_id
  JOIN corpus c ON c.id = i.corpus_id
  LEFT JOIN LATERAL (SELECT count(*) AS raters FROM seat s WHERE s.task_id = t.id AND s.state = 'filled') n ON TRUE
WHERE p.campaign_id = %(campaign)s GROUP BY 1 ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True)
class Language:
    """One language of a campaign's items. ``left``: answers that are still wanted, those beyond the plan included."""

    language: str
    items: int
    complete: int
    answers: int
    left: int


@dataclass(frozen=True)
class Narrowing:
    """A figure of agreement with its interval, and how much more work makes that as narrow as the plan wants."""

    report: AgreementReport
    name: str
    value: float
    low: float
    high: float
    forecast: Forecast | None


@dataclass(frozen=True)
class Cost:
    """What was paid so far (gold and repeated items too), an answer, and when every item is complete."""

    so_far: float
    each: float | None
    at_end: float | None
    currency: str


@dataclass(frozen=True)
class Look:
    """Something about a rater that a person should look at."""

    rater: Rater
    what: str


def by_language(campaign: Campaign) -> list[Language]:
    """Items, complete items, answers, and what is left, language by language, the largest first."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_LANGUAGE, {"campaign": campaign.pk, "overlap": campaign.overlap})
        return [Language(*row) for row in cursor.fetchall()]


def narrowing(campaign: Campaign) -> list[Narrowing]:
    """Every alpha of the campaign's latest reports with its forecast, the widest interval first."""
    wanted, found = rounds.plan_of(campaign).half_width, []
    for report in AgreementReport.objects.filter(scope_type="campaign", scope=campaign.slug).select_related("scheme"):
        people = report.body.get("people") or {}
        figures = {"all": people["overall"]} if people.get("overall") else people.get("parts") or {}
        for name, one in figures.items():
            if one and one.get("value") is not None and one.get("low") is not None:
                left = max(0, campaign.items - int(one["units"]))
                told = _forecast(one, wanted, left)
                found.append(Narrowing(report, name, one["value"], one["low"], one["high"], told))
    return sorted(found, key=lambda one: one.low - one.high)


def cost(campaign: Campaign, spent: dict[int, my_work.Spent], left: int) -> Cost | None:
    """What the campaign's plan pays, now and when ``left`` more answers are in; None where it says nothing of pay."""
    plan = rounds.plan_of(campaign)
    if not plan.pay_per:
        return None
    so_far = sum(one.pay or 0.0 for one in spent.values())
    answers = sum(one.answers for one in spent.values())
    each = so_far / answers if answers else plan.pay if plan.pay_per == "item" else None
    return Cost(so_far, each, None if each is None else so_far + left * each, plan.currency)


def to_look_at(campaign: Campaign, checks: Sequence[tuple[Rater, int, int]]) -> list[Look]:
    """Flags of the latest reports, and raters below the pass mark at gold items (``checks``, as `gold` tells them).
    Questions to a person, never a ban."""
    raters = {one.pk: one for one in Rater.objects.filter(assignment__campaign=campaign)}
    found = []
    for report in AgreementReport.objects.filter(scope_type="campaign", scope=campaign.slug).select_related("scheme"):
        for flag in listed((report.body.get("panel") or {}).get("flags")):
            for key in flag["raters"]:
                if rater := raters.get(int(key)):
                    found.append(Look(rater, f"{flag['message']} ({report.scheme.ref})"))
    mark = rounds.plan_of(campaign).pass_mark
    for rater, right, checked in checks:
        if checked >= LEAST_CHECKS and right / checked < mark:
            found.append(Look(rater, f"answered {right} of {checked} check items as known"))
    return found


def gold(campaign: Campaign) -> list[tuple[Rater, int, int]]:
    """(rater, right, checked) at the gold items, for raters who met any."""
    round_ = rounds.child(campaign, Round.GOLD)
    if round_ is None:
        return []
    told = check_items.of_everybody(round_)
    met = Rater.objects.filter(pk__in=told).order_by("pseudonym")
    return [(rater, *check_items.score(told[rater.pk])) for rater in met]


def _forecast(figure: dict[str, Any], wanted: float, left: int) -> Forecast | None:
    try:
        return forecast(
            low=figure["low"], high=figure["high"], items=int(figure["units"]), ratings=int(figure["ratings"]),
            wanted=wanted, left=left,
        )  # fmt: skip
    except ChoraleError:
        return None

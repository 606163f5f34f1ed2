"""Home by role: an annotator's work, an admin's overview, a researcher's releases."""

from __future__ import annotations

from typing import Any

from django.core.cache import caches
from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from chorale.store import access, my_work, offers
from chorale.store.access import roles
from chorale.store.models import (
    AgreementReport,
    Assignment,
    Campaign,
    Corpus,
    Job,
    Judgment,
    RaterLanguage,
    Release,
    User,
)
from chorale.store.models.jobs import JobState
from chorale.store.models.people import Role
from chorale.web import launches
from chorale.web.parts import meter
from chorale.web.views.jobs import progress, subject_of

COUNTED_FOR_S = 30  # counting millions of judgments takes longer than a page should


def home(request: HttpRequest) -> HttpResponse:
    """What this person can do now. Who has not signed in is asked to; the door names the public releases."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    held = roles(request.user)
    context: dict[str, Any] = {"title": "Home"}
    if Role.ANNOTATOR in held:
        reads = RaterLanguage.objects.filter(rater__user=request.user).values_list("language", flat=True)
        context |= {
            "work": work_of(request.user),
            "annotator": True,
            "joinable": access.open_to(request.user).order_by("slug"),
            "reads": ", ".join(sorted(reads)),
        }
    if Role.ADMIN in held:
        context |= _overview(request)
    if Role.RESEARCHER in held or Role.ADMIN in held:
        context["releases"] = access.releases_of(request.user).order_by("-created_at")[:4]
        context["reports"] = (
            access.rows(request.user, AgreementReport).select_related("scheme").order_by("-measured_at")[:6]
        )
    return render(request, "chorale/home.html", context)


def work_of(person: User) -> list[dict[str, Any]]:
    """The campaigns of a rater with their own progress; nobody else's."""
    mine = Assignment.objects.filter(rater__user=person, campaign__in=access.campaigns_of(person))
    rows = mine.select_related("rater", "campaign", "campaign__form").order_by("campaign__slug")
    return [_work(row) for row in rows]


def _work(place: Assignment) -> dict[str, Any]:
    left = offers.left(place.rater, place.campaign)
    told = my_work.spent(place.campaign, place.rater).get(place.rater_id)
    return {
        "campaign": place.campaign,
        "assignment": place,
        "meter": meter(place.responses, place.responses + left, "done"),
        "left": left,
        "today": offers.left_today(place.rater, place.campaign, left),
        "standing": offers.standing_now(place.rater, place.campaign),
        "minutes": told.minutes if told else None,
        "questions": place.campaign.form.layers.count(),
    }


def _overview(request: HttpRequest) -> dict[str, Any]:
    totals = Corpus.objects.aggregate(items=Sum("items"), held=Sum("rows_quarantined"))
    routine = Q(kind="sync_campaign", started_by=None, state=JobState.DONE)  # every minute, and mostly nothing new
    jobs = Job.objects.exclude(routine).select_related("started_by").order_by("-created_at")[:5]
    campaigns = sorted(
        Campaign.objects.filter(parent=None).order_by("-created_at")[:8],
        key=lambda c: c.state not in ("open", "paused"),
    )
    return {
        "overview": {
            "corpora": Corpus.objects.count(),
            "items": totals["items"] or 0,
            "judgments": caches["here"].get_or_set("home-judgments", _judgments, COUNTED_FOR_S),
            "quarantined": totals["held"] or 0,
            "releases": Release.objects.filter(state="published").count(),
        },
        "jobs": [(job, subject_of(job), progress(job)) for job in jobs],
        "campaigns": [(c, meter(c.complete_items, c.items)) for c in campaigns],
        "corpora": Corpus.objects.order_by("slug")[:12],
        "actions": launches.offered(request, "import_corpus", "open_campaign", "release"),
    }


def _judgments() -> int:
    """Every judgment that stands: of corpora, campaigns and models."""
    return Judgment.objects.filter(retired_at__isnull=True).count()


def colours(request: HttpRequest) -> HttpResponse:
    """How to read a soft label, for anybody, as public releases are: every kind of drawing, on made-up examples."""
    from chorale.web.examples import gallery

    return render(request, "chorale/colours.html", {"title": "How to read a soft label", "examples": gallery()})

"""Campaigns: the list, the page of one with its progress and ledger, a rater's way into labelling."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from chorale.jobs import engine
from chorale.store import access, campaign_exports, comparisons, monitor, my_work, repeated, rounds
from chorale.store import campaigns as store
from chorale.store.models import AgreementReport, Assignment, Campaign, Job, Response, StudioTask, SyncProblem
from chorale.store.models.people import Role
from chorale.web import charts, launches, words
from chorale.web.lists import Column, Filter, Listing, plain
from chorale.web.parts import action, crumb, meter

MOST_FIGURES = 8  # of the widest intervals
MOVES = {
    "open": (("paused", "Pause"), ("closed", "Close")),
    "paused": (("open", "Go on"), ("closed", "Close")),
}


class Campaigns(Listing):
    """Every campaign with its stored counters."""

    title = "Campaigns"
    word = "Voices"
    lead = "Items, a form, raters and an overlap, carried out in Label Studio behind Chorale's own door."
    columns = (
        Column("slug", "Campaign", kind="link", sort="slug", under=lambda c: c.title),
        Column("state", "State", kind="state"),
        Column("progress", "Items complete", value=lambda c: meter(c.complete_items, c.items), kind="progress"),
        Column("overlap", "Overlap", kind="count"),
        Column("arm", "Arm", under=lambda c: c.round if c.round != "main" else ""),
        Column("responses", "Responses", kind="count", sort="responses"),
        Column("problems", "Problems", kind="count", sort="problems"),
        Column("synced_at", "Synced", kind="when"),
    )
    filters = (
        Filter("state", "State", plain(["draft", "open", "paused", "closed"])),
        Filter("arm", "Arm", plain(["blind", "assisted"])),
    )
    search = ("slug", "title")
    order = "-id"
    empty_title = "No campaign yet"
    empty_text = "A campaign asks people about the items of a collection."

    def rows(self) -> QuerySet[Any]:
        """For admins."""
        access.demand(self.request.user, Role.ADMIN)
        return access.rows(self.request.user, Campaign).filter(parent=None)

    def href(self, row: Campaign) -> str:
        """Its page."""
        return reverse("campaign", args=[row.slug])

    def more(self) -> dict[str, Any]:
        """Open one."""
        begin = launches.offered(self.request, "open_campaign")
        return {"actions": [*begin, action("Compare items", reverse("compare"))]}


class SyncProblems(Listing):
    """What came back from Label Studio and is no valid answer."""

    title = "Sync problems"
    word = "Ledger"
    lead = "Answers that could not be taken as they came: kept whole, shown, never dropped."
    columns = (
        Column("code", "Problem", kind="code", sort="code"),
        Column("what", "What is wrong", kind="wide", under=lambda p: p.fix),
        Column("ls_annotation", "Label Studio id", kind="code"),
        Column("state", "State", kind="state", tones=words.PROBLEM_TONES),
        Column("created_at", "When", kind="when", sort="created_at"),
    )
    filters = (Filter("state", "State", plain(["open", "mended", "dropped"])),)
    search = ("what",)
    empty_title = "No problem"
    empty_text = "Every answer that came back was taken as it is."

    def rows(self) -> QuerySet[Any]:
        """Of this campaign, for admins."""
        row = access.one(access.demand(self.request.user, Role.ADMIN), Campaign, slug=self.scope["slug"])
        return access.rows(self.request.user, SyncProblem).filter(project__in=rounds.projects(row))

    def more(self) -> dict[str, Any]:
        """The way back."""
        slug = self.scope["slug"]
        return {"crumbs": [crumb("Campaigns", "campaigns"), crumb(slug, "campaign", slug)]}


def campaign(request: HttpRequest, slug: str) -> HttpResponse:
    """Progress, agreement, raters and the ledger of a campaign, for admins."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Campaign, slug=slug)
    days, spent = _by_day(row), my_work.spent(row)
    languages, gold = monitor.by_language(row), monitor.gold(row)
    context = {
        "title": row.title,
        "word": "Campaign",
        "crumbs": [crumb("Campaigns", "campaigns")],
        "campaign": row,
        "items_meter": meter(row.complete_items, row.items, "items with the planned overlap"),
        "moves": MOVES.get(row.state, ()),
        "layers": row.form.layers.select_related("scheme"),
        "assignments": _assignments(row, spent),
        "plan": rounds.plan_of(row),
        "rounds": row.children.select_related("collection").order_by("pk"),
        "languages": languages,
        "narrowing": monitor.narrowing(row)[:MOST_FIGURES],
        "cost": monitor.cost(row, spent, sum(one.left for one in languages)),
        "looks": monitor.to_look_at(row, gold),
        "gold": gold,
        "repeated": repeated.measured(row) if row.children.filter(round="repeat").exists() else [],
        "compares": comparisons.asked_of(row),
        "reported": row.item_reports.filter(state="open").count(),
        "days": charts.by_day(days) if days else None,
        "reports": _reports(slug),
        "ledger": ledger(row),
        "projects": rounds.projects(row).select_related("campaign").order_by("campaign", "number"),
        "export": campaign_exports.latest(row),
        "exporting": campaign_exports.under_way(row),
        "jobs": Job.objects.filter(params__campaign=slug).order_by("-created_at")[:6],
        "actions": launches.offered(request, "measure", "settle", "harmonize", scope_type="campaign", scope=slug),
    }
    return render(request, "chorale/campaign.html", context)


def _assignments(row: Campaign, spent: dict[int, my_work.Spent]) -> list[Assignment]:
    found = list(row.assignments.select_related("rater").order_by("rater__pseudonym"))
    for one in found:
        told = spent.get(one.rater_id)
        one.pace = told.seconds / told.answers if told else None  # type: ignore[attr-defined]
        one.spent = told  # type: ignore[attr-defined]
    return found


def _by_day(row: Campaign) -> list[tuple[str, int]]:
    days = Response.objects.filter(campaign=row, retired_at__isnull=True, submitted_at__isnull=False)
    counted = days.annotate(day=TruncDate("submitted_at")).values("day").annotate(n=Count("pk")).order_by("day")
    return [(f"{c['day']:%Y-%m-%d}", c["n"]) for c in counted]


def _reports(slug: str) -> QuerySet[AgreementReport]:
    return AgreementReport.objects.filter(scope_type="campaign", scope=slug).select_related("scheme")


def ledger(row: Campaign) -> list[tuple[str, int, str]]:
    """Both sides of the sync, each difference with its name."""
    pushed = StudioTask.objects.filter(project__campaign=row).count()
    current = Response.objects.filter(campaign=row, retired_at__isnull=True).count()
    retired = Response.objects.filter(campaign=row, retired_at__isnull=False).count()
    broken = SyncProblem.objects.filter(project__campaign=row, state="open").count()
    return [
        ("Items in the collection", row.collection.items, ""),
        ("Items in Label Studio", pushed, "" if pushed == row.collection.items else "differs from the collection"),
        ("Current responses", current, "" if current == row.responses else "the stored counter lags; sync again"),
        ("Responses taken back", retired, ""),
        ("Open problems", broken, "see the list" if broken else ""),
    ]


@require_POST
def set_state(request: HttpRequest, slug: str) -> HttpResponse:
    """Pause, go on with, or close it."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Campaign, slug=slug)
    changed = store.set_state(by=person, campaign=row, state=request.POST.get("state", ""))
    messages.success(request, f"The campaign is {changed.state}.")
    return redirect("campaign", slug)


@require_POST
def sync(request: HttpRequest, slug: str) -> HttpResponse:
    """Pull what changed in Label Studio, now."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Campaign, slug=slug)
    job = engine.start("sync_campaign", by=person, params={"campaign": row.slug})
    messages.success(request, "Syncing.")
    return redirect("job", job.uuid)

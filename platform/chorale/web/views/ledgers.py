"""The ledger of a campaign: both sides counted by a job, every difference by name, and how the two keep in step."""

from __future__ import annotations

import csv
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chorale.jobs import engine
from chorale.store import access, ledger, rounds
from chorale.store.models import Campaign, Job, StudioTask, SyncProblem
from chorale.store.models.jobs import JobState
from chorale.store.models.people import Role
from chorale.web.parts import crumb

KIND = "balance_campaign"
SHOWN = 100  # differences on the page; the files hold all that are named
RUNNING = [JobState.QUEUED, JobState.RUNNING]
SIDES = (
    ("items_there", "Items in Label Studio"),
    ("items_here", "Items sent from here"),
    ("answers", "Answers in Label Studio"),
    ("taken", "Taken as responses"),
    ("refused", "Refused, kept as problems"),
)
APART = (
    ("waiting", "Newer than the last sync"),
    ("retired", "Retired here alone"),
    ("leaving", "Taken back by their authors"),
    ("gone", "Deleted in Label Studio"),
    ("lost", "Items deleted in Label Studio"),
    ("foreign", "Items that are not ours"),
)


def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The last count, for admins."""
    row = _one(request, slug)
    counts = Job.objects.filter(kind=KIND, params__campaign=slug).order_by("-created_at")
    last, ended = counts.filter(state=JobState.DONE).first(), counts.exclude(state__in=RUNNING).first()
    book = last.result if last else {}
    named = _named(book)
    context = {
        "title": f"Ledger of {row.title}", "word": "Campaign",
        "lead": "Every answer in Label Studio is a response here or a problem that is shown. What differs has a name.",
        "crumbs": [crumb("Campaigns", "campaigns"), crumb(slug, "campaign", slug)], "campaign": row, "last": last,
        "running": counts.filter(state__in=RUNNING).first(), "book": book, "failed": ended if ended != last else None,
        "sides": [(told, book.get(name, 0)) for name, told in SIDES],
        "apart": [(told, book.get(name, 0), ledger.TOLD[name]) for name, told in APART],
        "named": _shown(row, named[:SHOWN]), "count": len(named), "differ": sum(book.get(name, 0) for name, _ in APART),
        "projects": rounds.projects(row).order_by("campaign", "number"),
        "problems": SyncProblem.objects.filter(project__in=rounds.projects(row), state="open").count(),
    }  # fmt: skip
    return render(request, "chorale/ledger.html", context)


def as_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The last count and when it was taken."""
    _one(request, slug)
    last = Job.objects.filter(kind=KIND, params__campaign=slug, state=JobState.DONE).order_by("-created_at").first()
    told: dict[str, Any] = {"counted_at": None}
    if last:
        told = {"counted_at": last.finished_at, **last.result, "differences": _named(last.result)}
    return JsonResponse(told)


def as_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The differences of the last count, a line each."""
    _one(request, slug)
    last = Job.objects.filter(kind=KIND, params__campaign=slug, state=JobState.DONE).order_by("-created_at").first()
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="ledger-{slug}.csv"'
    writer = csv.DictWriter(answer, ["kind", "task", "answer", "what"])
    writer.writeheader()
    writer.writerows(_named(last.result) if last else [])
    return answer


@require_POST
def count(request: HttpRequest, slug: str) -> HttpResponse:
    """Count both sides now."""
    row = _one(request, slug)
    person = access.demand(request.user, Role.ADMIN)
    engine.start(KIND, by=person, params={"campaign": row.slug})
    messages.success(request, "Both sides are being counted.")
    return redirect("campaign-ledger", slug)


def _named(book: dict[str, Any]) -> list[dict[str, Any]]:
    """The differences of a count with what will become of each."""
    return [row | {"what": ledger.TOLD[row["kind"]]} for row in book.get("differences", ())]


def _shown(campaign: Campaign, named: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Differences in the page's words, each with its item where it is one of ours."""
    words, wanted = dict(APART), [row["task"] for row in named]
    ours = StudioTask.objects.filter(project__in=rounds.projects(campaign), ls_id__in=wanted).select_related("item")
    items = {task.ls_id: task.item for task in ours}
    return [row | {"words": words[row["kind"]], "item": items.get(row["task"])} for row in named]


def _one(request: HttpRequest, slug: str) -> Campaign:
    return access.one(access.demand(request.user, Role.ADMIN), Campaign, slug=slug)

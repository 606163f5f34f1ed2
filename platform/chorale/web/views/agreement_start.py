"""Measure and settle step by step: choose a scope, see what was judged in it, start, follow, read the reports."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from chorale.store import access
from chorale.store.models import Aggregate, AgreementReport, Campaign, Collection, Corpus, Job
from chorale.store.models.people import Role
from chorale.web.measure_forms import MeasureAndSettleForm
from chorale.web.parts import crumb
from chorale.web.views.jobs import live_facts
from harmonize.problems import ChoraleError

TABLES: dict[str, Any] = {"corpus": Corpus, "campaign": Campaign, "collection": Collection}
CRUMBS = [("Agreement", "agreement")]


@dataclass(frozen=True)
class ScopeChoice:
    """A corpus, campaign or collection that can be measured, with its stored counts."""

    type: str
    slug: str
    title: str
    items: int
    judgments: int | None
    reports: int

    @property
    def href(self) -> str:
        """The step after choosing it."""
        return f"{reverse('agreement-start')}?scope_type={self.type}&scope={self.slug}"


def start(request: HttpRequest) -> HttpResponse:
    """Choose a scope; then what to do with it; sent, the jobs start and their page follows them."""
    person = access.demand(request.user, Role.ADMIN)
    given = request.POST if request.method == "POST" else request.GET
    scope = _scope(given.get("scope_type", ""), given.get("scope", ""))
    context: dict[str, Any] = {"title": "Measure and settle", "word": "Agreement", "crumbs": [crumb(*CRUMBS[0])]}
    if scope is None:
        sought = request.GET.get("q", "").replace("\x00", "").strip()
        return render(
            request, "chorale/agreement_start.html", context | {"choices": _choices(sought), "sought": sought}
        )
    kind, row = scope
    sent = request.method == "POST"
    form = (
        MeasureAndSettleForm(request.POST)
        if sent
        else MeasureAndSettleForm(initial={"scope_type": kind, "scope": row.slug})
    )
    if sent and form.is_valid():
        try:
            jobs = form.begin(person)
        except ChoraleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Started.")
            query = "&".join(f"job={job.uuid}" for job in jobs)
            return redirect(f"{reverse('agreement-progress')}?{query}")
    reports = AgreementReport.objects.filter(scope_type=kind, scope=row.slug).select_related("scheme")
    context |= {"kind": kind, "scope": row, "form": form, "layers": _layers(kind, row), "reports": reports}
    return render(request, "chorale/agreement_start.html", context, status=422 if form.errors else 200)


def _scope(kind: str, slug: str) -> tuple[str, Any] | None:
    row = TABLES[kind].objects.filter(slug=slug).first() if kind in TABLES and slug else None
    return (kind, row) if row else None


def _choices(sought: str) -> list[ScopeChoice]:
    """Every scope by type, most recent first, narrowed by a word; reports counted from the kept ones."""
    kept: dict[tuple[str, str], int] = {}
    for kind, slug in AgreementReport.objects.values_list("scope_type", "scope"):
        kept[kind, slug] = kept.get((kind, slug), 0) + 1
    found = []
    for kind, table in TABLES.items():
        rows = table.objects.order_by("-pk")
        rows = rows.filter(title__icontains=sought) | rows.filter(slug__icontains=sought) if sought else rows
        for row in rows[:40]:
            judged = {"corpus": "judgments", "campaign": "responses"}.get(kind)
            number = getattr(row, judged) if judged else None
            found.append(ScopeChoice(kind, row.slug, row.title, row.items, number, kept.get((kind, row.slug), 0)))
    return found


def _layers(kind: str, row: Any) -> list[tuple[str, str]]:
    """(scheme, perspective) of what is asked there, as descriptor or form declare it: nothing is counted here."""
    if kind == "campaign":
        return [(layer.scheme.ref, layer.perspective) for layer in row.form.layers.select_related("scheme")]
    if kind == "collection":
        return []
    found = row.descriptor.get("layers") or row.descriptor.get("layer") or []
    told = found.values() if isinstance(found, dict) else found
    named = [part for part in told if isinstance(part, dict)]
    return [(str(part.get("scheme", "")), str(part.get("perspective") or row.perspective)) for part in named]


def _jobs(request: HttpRequest) -> list[Job]:
    """The jobs that the address names, in its order."""
    rows = access.rows(request.user, Job)
    found = []
    for key in request.GET.getlist("job")[:6]:
        try:
            found += list(rows.filter(uuid=uuid.UUID(key)))
        except ValueError:
            continue
    return found


def progress(request: HttpRequest) -> HttpResponse:
    """The jobs that were started together; the middle of the page refreshes itself until all have ended."""
    access.demand(request.user, Role.ADMIN)
    jobs = _jobs(request)
    context = {
        "title": "Measuring and settling",
        "word": "Agreement",
        "crumbs": [crumb(*CRUMBS[0])],
        "jobs": [live_facts(job) for job in jobs],
        "ended": all(job.ended for job in jobs),
        "reports": AgreementReport.objects.filter(job__in=jobs).select_related("scheme").order_by("scheme__ref", "pk"),
        "settled": Aggregate.objects.filter(job__in=[job for job in jobs if job.kind == "settle"]).exists(),
        "scope": jobs[0].params if jobs else {},
        "again": request.get_full_path(),
    }
    part = "chorale/parts/agreement_progress.html"
    return render(request, part if request.headers.get("HX-Request") else "chorale/agreement_progress.html", context)

"""Making crosswalks without typing cells: a chain kept as one map, a scheme rolled up; the editor's live preview."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chorale.store import access
from chorale.store.crosswalk_making import keep_chain, keep_tier
from chorale.store.language_editing import crosswalk_problems
from chorale.store.models import Crosswalk, Scheme
from chorale.store.models.people import Role
from chorale.web import crosswalk_forms as forms
from chorale.web import flows, glances, scale_lines
from chorale.web.views.crosswalk_forms import started
from harmonize.crosswalks import CrosswalkKind
from harmonize.problems import ChoraleError, Problem


@require_POST
def chain(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep a way between two schemes as a map of its own."""
    person = access.demand(request.user, Role.ADMIN)
    access.one(person, Crosswalk, ref=ref)
    row = keep_chain(by=person, steps=request.POST.getlist("step"))
    messages.success(request, f"{row.ref} is {row.status}. It names the maps that it was made of.")
    return redirect("crosswalk", row.ref)


@require_POST
def tier(request: HttpRequest, ref: str) -> HttpResponse:
    """Roll a scheme's labels up to a tier."""
    person = access.demand(request.user, Role.ADMIN)
    level = request.POST.get("level", "")
    if not level.isdigit():
        raise ChoraleError("scheme-tier", f"{level!r} is no tier.", "Choose one of the page.")
    row = keep_tier(by=person, scheme=access.one(person, Scheme, ref=ref), level=int(level))
    messages.success(request, f"{row.ref} is {row.status}.")
    return redirect("crosswalk", row.ref)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The cells typed so far: every problem, and the flow as it would be."""
    access.demand(request.user, Role.ADMIN)
    start, _ = started(request)
    head = forms.CrosswalkHead(request.POST)
    context: dict[str, Any] = {}
    if start is not None:
        cells, problems = forms.read_cells(request.POST)
        shown = forms.made(head, start, cells) if head.is_valid() else forms.with_cells(start, cells)
        context = {"problems": problems or crosswalk_problems(shown)}
        try:
            labels = shown.kind == CrosswalkKind.LABELS
            drawn = {"flow": flows.flow(shown)} if labels else {"scales": scale_lines.scale_lines(shown)}
            context |= {**drawn, "facts": glances.glance(shown)}
        except ChoraleError as error:  # a label that does not exist: the problems name it
            context["problems"] = context["problems"] or [Problem("", error.message, error.fix, error.code)]
    return render(request, "chorale/language/crosswalk_preview.html", context)

"""The page of a crosswalk: what it does and loses at a glance, weights with evidence, agreement, uses, history."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access, across
from chorale.store.access import roles
from chorale.store.crosswalk_review import self_reviewed, standing
from chorale.store.crosswalk_uses import of_crosswalk
from chorale.store.crosswalk_ways import ranked
from chorale.store.language_withdrawal import crosswalk_removable
from chorale.store.models import Crosswalk, Event, User
from chorale.store.models.people import Role
from chorale.store.scheme_uses import versions
from chorale.web import crosswalk_matrix, flows, glances, launches, losses, scale_lines, trials
from chorale.web.across_strips import across as strips
from chorale.web.learned_words import learned
from chorale.web.parts import action, crumb
from harmonize.crosswalks import NO_TERM, CrosswalkKind, sssom
from harmonize.crosswalks import Crosswalk as CoreCrosswalk

WORDS = {"crosswalk.register": "registered", "crosswalk.propose": "proposed", "crosswalk.review": "reviewed"}


def crosswalk(request: HttpRequest, ref: str) -> HttpResponse:
    """Everything known about one version of a map."""
    row = access.one(request.user, Crosswalk, ref=ref)
    core = row.core
    events = Event.objects.filter(subject_type="crosswalk", subject=str(row.pk)).select_related("by").order_by("id")
    context = {
        "title": core.title,
        "word": "Crosswalk",
        "crumbs": [crumb("Crosswalks", "crosswalks")],
        "crosswalk": row,
        "core": core,
        "no_term": NO_TERM,
        "facts": glances.glance(core),
        "across": strips(across.reports(row)),
        "uses": of_crosswalk(row),
        "versions": [other for other in versions(Crosswalk, ref) if other != ref],
        "history": [_told(event) for event in events],
        "self_reviewed": self_reviewed(row),
        "learned": learned(core),
        "trial_offer": trials.offer(row, core),
        **_drawn(request, row, core),
        **_of_admins(request, row),
    }
    return render(request, "chorale/crosswalk.html", context)


def _drawn(request: HttpRequest, row: Crosswalk, core: CoreCrosswalk) -> dict[str, Any]:
    """Flow, matrix and losses of a map of labels; the lines of a rescaling."""
    if core.kind != CrosswalkKind.LABELS:
        return {"scales": scale_lines.scale_lines(core), "rescaled": losses.rescaled(core)}
    found = losses.losses(core, row.loss)
    shown = losses.chosen(found, request.GET.get("on", ""))
    return {
        "losses": found,
        "shown": shown,
        "flow": flows.flow(core, shown.base),
        "matrix": crosswalk_matrix.matrix(core),
    }


def _of_admins(request: HttpRequest, row: Crosswalk) -> dict[str, Any]:
    """What an admin may do here: apply it, make a new version, review it, take it back."""
    if Role.ADMIN not in roles(request.user):
        return {"admin": False}
    assert isinstance(request.user, User)
    edit = action("Make a new version", f"{reverse('crosswalk-new')}?from={row.ref}")
    return {
        "admin": True,
        "standing": standing(request.user, row),
        "removable": crosswalk_removable(row),
        "actions": [*launches.offered(request, "harmonize", crosswalks=row.ref), edit],
    }


def ways(request: HttpRequest, ref: str) -> HttpResponse:
    """Every way between the same two schemes, best first."""
    row = access.one(request.user, Crosswalk, ref=ref)
    context = {
        "found": ranked(row.source, row.target), "crosswalk": row, "title": "Other ways", "word": row.title,
        "crumbs": [crumb("Crosswalks", "crosswalks"), crumb(row.ref, "crosswalk", ref)],
    }  # fmt: skip
    page = "chorale/language/ways.html" if request.htmx else "chorale/language/ways_page.html"  # type: ignore[attr-defined]
    return render(request, page, context)


def download(request: HttpRequest, ref: str) -> HttpResponse:
    """The map as an SSSOM table."""
    row = access.one(request.user, Crosswalk, ref=ref)
    name = f"{ref}.sssom.tsv"
    return HttpResponse(
        sssom.write(row.core),
        content_type="text/tab-separated-values; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _told(event: Event) -> dict[str, Any]:
    said = event.detail.get("status") or WORDS.get(event.action, event.action)
    return {**event.detail, "at": event.at, "who": event.by.username if event.by else "the system", "what": said}

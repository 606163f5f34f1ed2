"""Proposing a version of a crosswalk, reviewing it, and what changed between two versions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chorale.store import access
from chorale.store.crosswalk_review import review_crosswalk
from chorale.store.language_editing import (
    bound,
    crosswalk_problems,
    next_version,
    propose_crosswalk,
)
from chorale.store.language_withdrawal import withdraw_crosswalk
from chorale.store.models import Crosswalk, User
from chorale.store.models.people import Role
from chorale.web import crosswalk_forms as forms
from chorale.web.crosswalk_matrix import matrix
from chorale.web.parts import crumb
from harmonize.crosswalks import NO_TERM, CrosswalkKind
from harmonize.crosswalks import Crosswalk as CoreCrosswalk
from harmonize.crosswalks.review import changes
from harmonize.problems import ChoraleError, Problem
from harmonize.schemes.files import version_key


def new(request: HttpRequest) -> HttpResponse:
    """Choose two schemes, or start from a version; then edit the cells or upload a file."""
    person = access.demand(request.user, Role.ADMIN)
    start, before = started(request)
    if request.method == "POST" and request.POST.get("way") == "file":
        return _upload(request, person, start, before)
    if start is None:
        context = {
            **_page("Propose a crosswalk"),
            "ends": forms.Ends(request.GET or None),
            "file": forms.CrosswalkFile(),
        }
        return render(request, "chorale/language/crosswalk_new.html", context)
    if request.method == "POST":
        return _table(request, person, start, before)
    return _editor(request, start, before, _head(start))


def started(request: HttpRequest) -> tuple[CoreCrosswalk | None, str]:
    """What the editor starts from, with a free version, and the ref of the version before ("" for an empty one)."""
    if ref := request.GET.get("from"):
        row = access.one(request.user, Crosswalk, ref=ref)
        core = row.core
        return CoreCrosswalk.from_dict({**core.to_dict(), "version": next_version(Crosswalk, ref)}).bind(
            core.source_labels, core.target_labels
        ), ref
    ends = forms.Ends(request.GET or None)
    if not ends.is_valid():
        return None, ""
    source, target = ends.cleaned_data["source"], ends.cleaned_data["target"]
    named = f"{source.core.id}--{target.core.id}@"
    return forms.blank(source, target, next_version(Crosswalk, named)), ""


def _table(request: HttpRequest, person: User, start: CoreCrosswalk, before: str) -> HttpResponse:
    head = forms.CrosswalkHead(request.POST)
    cells, problems = forms.read_cells(request.POST)
    shown = start
    if head.is_valid():
        shown = forms.made(head, start, cells)
        if not problems:
            return _keep(request, person, shown, before, head.cleaned_data["reason"]) or _editor(
                request, shown, before, head, crosswalk_problems(shown)
            )
    return _editor(request, shown, before, head, problems)


def _upload(request: HttpRequest, person: User, start: CoreCrosswalk | None, before: str) -> HttpResponse:
    file = forms.CrosswalkFile(request.POST, request.FILES)
    problems: list[Problem] = []
    if file.is_valid():
        try:
            core = bound(file.crosswalk())
            kept = _keep(request, person, core, before, file.cleaned_data["reason"])
            if kept is not None:
                return kept
            problems = crosswalk_problems(core)
        except ChoraleError as error:
            problems = [Problem("", error.message, error.fix, error.code)]
    if start is not None:
        return _editor(request, start, before, _head(start), problems, file, status=422)
    context = {**_page("Propose a crosswalk"), "ends": forms.Ends(), "file": file, "problems": problems}
    return render(request, "chorale/language/crosswalk_new.html", context, status=422)


def _keep(request: HttpRequest, person: User, core: CoreCrosswalk, before: str, reason: str) -> HttpResponse | None:
    """Propose it and lead to its page; None if something forbids it."""
    if crosswalk_problems(core):
        return None
    row = propose_crosswalk(by=person, core=core, reason=reason, before=before)
    messages.success(request, f"{row.ref} is proposed. It waits for a review.")
    return redirect("crosswalk", row.ref)


def _head(start: CoreCrosswalk) -> forms.CrosswalkHead:
    told = {"id": start.id, "version": start.version, "title": start.title, "origin": start.source}
    return forms.CrosswalkHead(initial=told | {"note": start.comment})


def _editor(
    request: HttpRequest,
    core: CoreCrosswalk,
    before: str,
    head: forms.CrosswalkHead,
    problems: list[Problem] | None = None,
    file: forms.CrosswalkFile | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **_page(f"A new version of {before}" if before else "A new crosswalk"),
        "core": core, "head": head, "rows": forms.rows(core), "before": before, "file": file or forms.CrosswalkFile(),
        "subjects": core.source_labels.names, "objects": [*core.target_labels.names, NO_TERM],
        "problems": problems or [], "rescale": core.kind == "rescale",
    }  # fmt: skip
    failed = problems or head.errors
    return render(request, "chorale/language/crosswalk_edit.html", context, status=422 if failed else status)


def _page(title: str) -> dict[str, Any]:
    return {"title": title, "word": "Language", "crumbs": [crumb("Crosswalks", "crosswalks")]}


@require_POST
def review(request: HttpRequest, ref: str) -> HttpResponse:
    """One step of review, with its reason."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Crosswalk, ref=ref)
    status, reason = request.POST.get("status", ""), request.POST.get("reason", "")
    done = review_crosswalk(by=person, crosswalk=row, status=status, reason=reason)
    messages.success(request, f"{done.ref} is now {done.status}.")
    return redirect("crosswalk", ref)


@require_POST
def withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    """Take back a version that nothing rests on."""
    person = access.demand(request.user, Role.ADMIN)
    withdraw_crosswalk(by=person, crosswalk=access.one(person, Crosswalk, ref=ref))
    messages.success(request, f"{ref} is taken back. Its definition stays in the events.")
    return redirect("crosswalks")


def compare(request: HttpRequest, ref: str, other: str) -> HttpResponse:
    """The cells in which two versions differ, from the older to the newer."""
    pair = [access.one(request.user, Crosswalk, ref=r) for r in (ref, other)]
    old, new_ = sorted(pair, key=lambda row: version_key(row.ref.partition("@")[2]))
    found = changes(old.core, new_.core)
    changed = [(was, now, _fields(was, now)) for was, now in found.changed]
    labels = old.core.kind == new_.core.kind == CrosswalkKind.LABELS
    context = {
        "title": "What changed", "word": new_.title, "old": old, "new": new_, "found": found, "changed": changed,
        "matrix": matrix(new_.core, old.core) if labels else None, "facts": _facts(old.core, new_.core),
        "crumbs": [crumb("Crosswalks", "crosswalks"), crumb(ref, "crosswalk", ref)],
    }  # fmt: skip
    return render(request, "chorale/language/crosswalk_compare.html", context)


def _facts(old: CoreCrosswalk, new: CoreCrosswalk) -> list[tuple[str, Any, Any]]:
    """What changed above the cells."""
    names = ("title", "source_scheme", "target_scheme", "source", "comment", "derived_from")
    return [
        (name, getattr(old, name), getattr(new, name)) for name in names if getattr(old, name) != getattr(new, name)
    ]


def _fields(was: Any, now: Any) -> list[tuple[str, Any, Any]]:
    names = (*forms.COLUMNS, "low", "high")
    return [
        (name, getattr(was, name), getattr(now, name)) for name in names if getattr(was, name) != getattr(now, name)
    ]

"""Defining a scheme of one's own, and what changed between two versions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chorale.store import access
from chorale.store.language_editing import define_scheme, next_version, scheme_problems
from chorale.store.language_withdrawal import withdraw_scheme
from chorale.store.models import Scheme
from chorale.store.models.people import Role
from chorale.web.parts import crumb
from chorale.web.scheme_forms import SchemeFields, SchemeText
from chorale.web.scheme_panels import panels
from harmonize.crosswalks.review import check_successor
from harmonize.problems import ChoraleError, Problem
from harmonize.schemes import Scheme as CoreScheme
from harmonize.schemes.files import version_key
from harmonize.schemes.written import from_values

PLAIN = ("title", "kind", "language", "description", "neutral", "other", "levels")


def new(request: HttpRequest) -> HttpResponse:
    """Fields or TOML; sent, the scheme is checked, every problem shown, and a sound one registered."""
    person = access.demand(request.user, Role.ADMIN)
    way = request.POST.get("way", "")
    fields = SchemeFields(request.POST if way == "fields" else None, request.FILES or None)
    text = SchemeText(request.POST if way == "text" else None, request.FILES or None, initial=_start(request))
    problems: list[Problem] = []
    form: SchemeFields | SchemeText = fields if way == "fields" else text
    if request.method == "POST" and form.is_valid():
        try:
            core = form.scheme()
            problems = scheme_problems(core)
            if not problems:
                row = define_scheme(by=person, core=core)
                messages.success(request, f"{row.ref} is registered. It never changes; a change is a new version.")
                return redirect("scheme", row.ref)
        except ChoraleError as error:
            problems = [Problem("", error.message, error.fix, error.code)]
    context = {
        "title": "Define a scheme", "word": "Language", "crumbs": [crumb("Schemes", "schemes")],
        "fields": fields, "text": text, "problems": problems, "starting": request.GET.get("from", ""), "way": way,
    }  # fmt: skip
    failed = bool(problems or (request.method == "POST" and form.errors))
    return render(request, "chorale/language/scheme_new.html", context, status=422 if failed else 200)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What is typed so far: every problem, and the scheme as it would be drawn, asked and stored."""
    access.demand(request.user, Role.ADMIN)
    form: SchemeFields | SchemeText = (SchemeFields if request.POST.get("way") == "fields" else SchemeText)(
        request.POST, request.FILES or None
    )
    context: dict[str, Any] = {}
    if form.is_valid():
        try:
            core = form.scheme()
            context = {"problems": scheme_problems(core), "panels": panels(core)}
        except ChoraleError as error:
            context = {"problems": [Problem("", error.message, error.fix, error.code)]}
    return render(request, "chorale/language/scheme_preview.html", context)


@require_POST
def withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    """Take back a version that nothing rests on."""
    person = access.demand(request.user, Role.ADMIN)
    withdraw_scheme(by=person, scheme=access.one(person, Scheme, ref=ref))
    messages.success(request, f"{ref} is taken back. Its definition stays in the events.")
    return redirect("schemes")


def _start(request: HttpRequest) -> dict[str, str]:
    """The text to begin from: the next version of the scheme that the address names."""
    if not (ref := request.GET.get("from")):
        return {}
    row = access.one(request.user, Scheme, ref=ref)
    return {"text": from_values(row.core.to_dict() | {"version": next_version(Scheme, ref)})}


def compare(request: HttpRequest, ref: str, other: str) -> HttpResponse:
    """What changed from the older to the newer of two versions, and whether codes kept their meaning."""
    pair = [access.one(request.user, Scheme, ref=r) for r in (ref, other)]
    old, new_ = sorted(pair, key=lambda row: version_key(row.ref.partition("@")[2]))
    context = {
        "title": "What changed", "word": new_.title, "crumbs": [crumb("Schemes", "schemes"), crumb(ref, "scheme", ref)],
        "old": old, "new": new_, "lines": differences(old.core, new_.core),
        "problems": check_successor(old.core, new_.core),
    }  # fmt: skip
    return render(request, "chorale/language/scheme_compare.html", context)


def differences(old: CoreScheme, new: CoreScheme) -> list[tuple[str, str, Any, Any]]:
    """(what, field, before, after) of every fact in which two definitions differ; None where it is not there."""
    lines: list[tuple[str, str, Any, Any]] = [
        ("scheme", name, getattr(old, name), getattr(new, name))
        for name in PLAIN
        if getattr(old, name) != getattr(new, name)
    ]
    for parts in ("labels", "dimensions"):
        before = {part.id: part for part in getattr(old, parts)}
        after = {part.id: part for part in getattr(new, parts)}
        for name in [*before, *(k for k in after if k not in before)]:
            one, two = before.get(name), after.get(name)
            if one is None or two is None:
                lines.append((name, "", "there" if one else None, "there" if two else None))
                continue
            ours, theirs = asdict(one), asdict(two)
            lines += [(name, key, ours[key], theirs[key]) for key in ours if ours[key] != theirs[key]]
    for kind in ("links", "texts", "penalties", "sources"):
        was, now = getattr(old, kind), getattr(new, kind)
        lines += [(kind, "", _said(row), None) for row in was if row not in now]
        lines += [(kind, "", None, _said(row)) for row in now if row not in was]
    return lines


def _said(row: Any) -> str:
    return " ".join(str(part) for part in asdict(row).values() if part)

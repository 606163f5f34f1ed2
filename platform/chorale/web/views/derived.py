"""Derived columns: the rules, what was computed by them, and each result with its greatest items."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access, deriving
from chorale.store.access import roles
from chorale.store.models import Item, Job
from chorale.store.models.people import Role
from chorale.web import charts, kept_files
from chorale.web.parts import action, crumb, excerpts


def index(request: HttpRequest) -> HttpResponse:
    """The rules and every finished derivation."""
    runs = access.results_of(request.user, deriving.KIND)
    admin = Role.ADMIN in roles(request.user)
    context = {
        "title": "Derived columns", "word": "Language", "rules": list(deriving.RULES.values()), "runs": runs,
        "lead": "Numbers computed from labels by versioned rules. They are no labels and nobody's judgment.",
        "actions": [action("Derive columns", reverse("derived-new"))] if admin else [],
    }  # fmt: skip
    return render(request, "chorale/language/derived.html", context)


def one(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """One derivation: how its sizes are spread, the items where it is greatest, its file."""
    job = _run(request, key)
    found = job.result
    top = dict(found.get("top", ()))
    shown = {item.pk: item for item in Item.objects.filter(pk__in=top).select_related("corpus")}
    rule = deriving.RULES[job.params["rule"]]
    context = {
        "title": f"{rule.title} in {job.params['scope']}", "word": "Derived columns", "job": job, "found": found,
        "crumbs": [crumb("Derived columns", "derived")], "rule": rule,
        "columns": list(zip(found["columns"], found["means"], found["spreads"], strict=True)),
        "histogram": charts.histogram(found["histogram"], name="sizes", title="size") if "histogram" in found else None,
        "top": [(excerpt, top[excerpt.item.pk]) for excerpt in excerpts(shown[k] for k in top if k in shown)],
    }  # fmt: skip
    return render(request, "chorale/language/derived_one.html", context)


def file(request: HttpRequest, key: uuid.UUID) -> HttpResponseBase:
    """The Parquet file."""
    job = _run(request, key)
    return kept_files.serve(request, job.result["file"], etag=job.result["sha256"], attachment=True)


def _run(request: HttpRequest, key: uuid.UUID) -> Job:
    found = access.results_of(request.user, deriving.KIND).filter(uuid=key).first()
    if found is None:
        raise Http404
    return found

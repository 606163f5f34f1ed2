"""Collections: the form with what it would draw, and the page of one with its report."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from chorale.store import access, collections
from chorale.store.models import Collection, Item
from chorale.store.models.people import Role
from chorale.web import launches, words
from chorale.web.collection_forms import CollectionForm
from chorale.web.parts import action, crumb, excerpts
from harmonize.problems import ChoraleError

Json = dict[str, Any]
SHOWN = 60  # strata in a table
NUMBERS = re.compile(r"(\d+)")


def new(request: HttpRequest) -> HttpResponse:
    """The form; sent, it draws the collection and leads to its page."""
    person = access.demand(request.user, Role.ADMIN)
    form = CollectionForm(request.POST or None, initial={"seed": 0, "share": "all"} | request.GET.dict())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            drawn = collections.create(
                by=person, slug=data["slug"], title=data["title"], filter=form.wanted(), size=form.number(),
                seed=data["seed"], plan=form.plan(),
            )  # fmt: skip
        except ChoraleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{drawn.items:,} of {drawn.matched:,} matching items were drawn.")
            return redirect("collection", drawn.slug)
    context = {
        "title": "Draw a collection",
        "word": "Material",
        "crumbs": [crumb("Collections", "collections")],
        "form": form,
    }
    return render(request, "chorale/collection_new.html", context, status=422 if form.errors else 200)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the form as it stands would draw; nothing is written."""
    access.demand(request.user, Role.ADMIN)
    sent = request.POST.copy()
    sent["slug"], sent["title"] = sent.get("slug") or "preview", sent.get("title") or "preview"
    form = CollectionForm(sent)
    context: Json = {"errors": []}
    if form.is_valid():
        try:
            told = collections.preview(
                filter=form.wanted(), size=form.number(), seed=form.cleaned_data["seed"], plan=form.plan()
            )
        except ChoraleError as error:
            context["errors"] = [str(error)]
        else:
            context |= {"told": told, "strata": _strata(told)}
    else:
        context["errors"] = [f"{form.fields[name].label}: {' '.join(texts)}" for name, texts in form.errors.items()]
    return render(request, "chorale/collection/preview.html", context)


def _strata(told: Json) -> list[Json]:
    """The strata of a report, named, in the order of their names read as numbers; those behind the first added up."""
    rows = [{"name": " / ".join(map(str, s["stratum"].values())) or "all", **s} for s in told.get("strata", [])]
    rows.sort(key=lambda row: [(int(w), "") if w.isdigit() else (-1, w) for w in NUMBERS.split(str(row["name"]))])
    rest = rows[SHOWN:]
    if not rest:
        return rows
    sums = {key: sum(row[key] for row in rest) for key in ("matched", "drawn")}
    chance = sums["drawn"] / sums["matched"] if sums["matched"] else 0.0
    return [*rows[:SHOWN], {"name": f"{len(rest)} others", "probability": chance, **sums}]


def collection(request: HttpRequest, slug: str) -> HttpResponse:
    """What was drawn out of what: filter, strata, balance, likeness, and the first items."""
    row = access.one(request.user, Collection, slug=slug)
    first = Item.objects.filter(collectionitem__collection=row).order_by("collectionitem__position")[:6]
    report = row.report or {}
    context = {
        "title": row.title,
        "word": "Collection",
        "crumbs": [crumb("Collections", "collections")],
        "collection": row,
        "chance": row.items / row.matched if row.matched else None,
        "report": report,
        "strata": _strata(report) if row.plan else [],
        "none_drawn": sum(s["matched"] > 0 and not s["drawn"] for s in report.get("strata", [])) if row.plan else 0,
        "balance": _balance(report),
        "examples": excerpts(first),
        "campaigns": row.campaign_set.order_by("slug"),
        "actions": [
            *launches.offered(
                request, "prelabel", "open_campaign", "measure", scope_type="collection", scope=slug, collection=slug
            ),
            action("Its items", f"{reverse('items')}?collection={slug}"),
        ],
    }
    return render(request, "chorale/collection.html", context)


def _balance(report: Json) -> list[tuple[str, list[Json], int]]:
    """For each criterion its values: share of what matched, share of what was drawn; and how many were missed."""
    matched, drawn = max(report.get("matched", 0), 1), max(report.get("drawn", 0), 1)
    tables = []
    for name, rows in report.get("balance", {}).items():
        lines = [
            {
                **row,
                "before": words.percent(row["matched"] / matched),
                "after": words.percent(row["drawn"] / drawn),
                "wide": round(100 * row["matched"] / matched, 2),
                "narrow": round(100 * row["drawn"] / drawn, 2),
            }
            for row in rows
        ]
        if len(lines) > 1:
            tables.append((name, lines, sum(not row["drawn"] for row in rows)))
    return tables


def report(request: HttpRequest, slug: str) -> JsonResponse:
    """The collection's report as JSON."""
    row = access.one(request.user, Collection, slug=slug)
    plain = ("slug", "title", "filter", "plan", "size", "seed", "matched", "items", "report")
    told = {name: getattr(row, name) for name in plain} | {"created_at": row.created_at.isoformat()}
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 2})

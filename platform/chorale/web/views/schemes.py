"""The pages of a scheme, a crosswalk, a rater and a collection."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access
from chorale.store.models import Collection, Crosswalk, Item, Rater, Scheme
from chorale.web import launches, palette
from chorale.web.parts import action, crumb, excerpts
from chorale.web.wheel import wheel
from harmonize.crosswalks import NO_TERM
from harmonize.crosswalks import Crosswalk as CoreCrosswalk

MEASURES = ("coverage", "unmapped", "one_to_many", "source_bits", "kept_bits", "kept_share", "round_trip_jsd")


def scheme(request: HttpRequest, ref: str) -> HttpResponse:
    """Labels with definitions, sources, and the crosswalks that start or end here."""
    row = access.one(request.user, Scheme, ref=ref)
    core = row.core
    context = {
        "title": core.title,
        "word": "Scheme",
        "crumbs": [crumb("Schemes", "schemes")],
        "scheme": row,
        "core": core,
        "wheel": wheel(core),
        "labels": [(label, palette.family(label.id)) for label in core.labels],
        "maps": [*row.maps_from.select_related("source", "target"), *row.maps_to.select_related("source", "target")],
        "forms": row.formlayer_set.select_related("form").order_by("form__slug")[:20],
    }
    return render(request, "chorale/scheme.html", context)


def crosswalk(request: HttpRequest, ref: str) -> HttpResponse:
    """Weights as a matrix, each cell's source, and what the map lost where it was applied."""
    row = access.one(request.user, Crosswalk, ref=ref)
    core = row.core
    context = {
        "title": core.title,
        "word": "Crosswalk",
        "crumbs": [crumb("Crosswalks", "crosswalks")],
        "crosswalk": row,
        "core": core,
        "no_term": NO_TERM,
        "matrix": _matrix(row, core) if core.kind == "labels" else None,
        "losses": [_loss(scope, report) for scope, report in sorted(row.loss.items())],
    }
    return render(request, "chorale/crosswalk.html", context)


def _matrix(row: Crosswalk, core: CoreCrosswalk) -> dict[str, Any]:
    """The weight of each cell with one of five shades, and what each source label leaves unmapped."""
    weights = core.bind(row.source.core, row.target.core).matrix()
    heads = [(label.name, palette.family(label.id)) for label in row.target.core.labels]
    lines = []
    for i, label in enumerate(row.source.core.labels):
        cells = [(w, _shade(w), heads[j][1]) for j, w in enumerate(weights[i])]
        lines.append((label.name, palette.family(label.id), cells, max(0.0, 1 - float(weights[i].sum()))))
    return {"heads": heads, "lines": lines}


def _shade(weight: float) -> str:
    return f"w{min(5, max(1, round(weight * 5)))}" if weight > 0 else ""


def _loss(scope: str, report: dict[str, Any]) -> dict[str, Any]:
    """One row: where the map was applied ("corpus:slug:perspective") and each measure with its interval."""
    kind, slug, perspective = [*scope.split(":"), "", ""][:3]
    found = report.get("figures", {})
    figures = [(name, found.get(name, {})) for name in MEASURES]
    return {"kind": kind, "slug": slug, "perspective": perspective, "items": report.get("items"), "figures": figures}


def rater(request: HttpRequest, pk: int) -> HttpResponse:
    """Who speaks: a model's engine, version and training items, or a person's part in campaigns."""
    row = access.one(request.user, Rater, pk=pk)
    context = {
        "title": row.pseudonym,
        "word": "Model rater" if row.kind == "model" else "Rater",
        "crumbs": [crumb("Raters", "raters")],
        "rater": row,
        "facts": {k: v for k, v in row.model.items() if not isinstance(v, dict | list)},
        "parameters": row.model.get("parameters") or {},
        "assignments": row.assignment_set.select_related("campaign").order_by("-pk")[:30],
        "trained": row.training.count() if row.kind == "model" else None,
        "recent": row.judgment_set.select_related("item", "scheme").order_by("-pk")[:10],
    }
    return render(request, "chorale/rater.html", context)


def collection(request: HttpRequest, slug: str) -> HttpResponse:
    """The filter, the draw, and its first items."""
    row = access.one(request.user, Collection, slug=slug)
    first = Item.objects.filter(collectionitem__collection=row).order_by("collectionitem__position")[:6]
    context = {
        "title": row.title,
        "word": "Collection",
        "crumbs": [crumb("Collections", "collections")],
        "collection": row,
        "chance": row.items / row.matched if row.matched else None,
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

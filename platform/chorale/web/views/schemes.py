"""The pages of a scheme, a rater and a collection."""

from __future__ import annotations

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access
from chorale.store.access import roles
from chorale.store.models import Collection, Item, Rater, Scheme
from chorale.store.models.people import Role
from chorale.store.scheme_uses import of_scheme, versions
from chorale.web import launches, palette
from chorale.web.parts import action, crumb, excerpts
from chorale.web.trees import tree
from chorale.web.wheel import wheel
from harmonize.schemes.written import to_toml

SHOWN = ("parent", "opposite", "group", "level", "angle", "terms")


def scheme(request: HttpRequest, ref: str) -> HttpResponse:
    """Labels with definitions, drawn where they have a shape; what is not verified; where the scheme is used."""
    row = access.one(request.user, Scheme, ref=ref)
    core = row.core
    drawn = wheel(core)
    admin = Role.ADMIN in roles(request.user)
    context = {
        "title": core.title,
        "word": "Scheme",
        "crumbs": [crumb("Schemes", "schemes")],
        "scheme": row,
        "core": core,
        "wheel": drawn,
        "tree": [] if drawn else tree(core),
        "labels": [(label, palette.family(label.name)) for label in core.labels],
        "shown": {name: any(getattr(x, name) not in (None, "", ()) for x in core.labels) for name in SHOWN},
        "unverified": sum(link.status != "verified" for link in core.links),
        "uses": of_scheme(row),
        "parquet": [("one answer", str(core.arrow_type())), ("soft label", str(core.soft_type()))],
        "versions": [other for other in versions(Scheme, ref) if other != ref],
        "actions": [action("Make the next version", f"{reverse('scheme-new')}?from={ref}")] if admin else [],
    }
    return render(request, "chorale/scheme.html", context)


def download(request: HttpRequest, ref: str, form: str) -> HttpResponse:
    """The definition as TOML or JSON."""
    row = access.one(request.user, Scheme, ref=ref)
    if form == "json":
        text = json.dumps(row.core.to_dict(), ensure_ascii=False, indent=2) + "\n"
    elif form == "toml":
        text = to_toml(row.core)
    else:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="{ref}.{form}"'}
    return HttpResponse(text, content_type=f"application/{form}; charset=utf-8", headers=headers)


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

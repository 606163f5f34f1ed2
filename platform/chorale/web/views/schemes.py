"""The page of a scheme."""

from __future__ import annotations

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access, vad_fits
from chorale.store.access import roles
from chorale.store.crosswalk_making import tiers
from chorale.store.language_withdrawal import scheme_removable
from chorale.store.models import Scheme
from chorale.store.models.people import Role
from chorale.store.scheme_uses import of_scheme
from chorale.web import palette
from chorale.web.parts import action, crumb
from chorale.web.scheme_panels import binned_views, norm_tables, panels, penalty_table, several_parents
from harmonize.schemes.graph import parents
from harmonize.schemes.written import to_toml

SHOWN = ("parent", "opposite", "group", "level", "angle", "terms")


def scheme(request: HttpRequest, ref: str) -> HttpResponse:
    """Labels with definitions, drawn where they have a shape; what raters, models and files get; where it is used."""
    row = access.one(request.user, Scheme, ref=ref)
    core = row.core
    admin = Role.ADMIN in roles(request.user)
    uses = of_scheme(row)
    context = {
        "title": core.title,
        "word": "Scheme",
        "crumbs": [crumb("Schemes", "schemes")],
        "scheme": row,
        "core": core,
        "panels": panels(core),
        "labels": [(label, palette.of_label(label, core)) for label in core.labels],
        "shown": {name: any(getattr(x, name) not in (None, "", ()) for x in core.labels) for name in SHOWN},
        "unverified": sum(link.status != "verified" for link in core.links),
        "norms": norm_tables(core),
        "ranges": binned_views(core),
        "above": {label.id: parents(core, label.id) for label in core.labels} if several_parents(core) else {},
        "penalties": penalty_table(core),
        "fits": [
            job
            for job in access.results_of(request.user, vad_fits.KIND)
            if row.ref in (job.params["categories"].split("|")[0], job.result["scheme"])
        ],
        "uses": uses,
        "versions": [other for other in uses.versions if other != ref],
        "admin": admin,
        "tiers": tiers(row),
        "removable": admin and scheme_removable(row),
        "actions": [action("Make a new version", f"{reverse('scheme-new')}?from={ref}")] if admin else [],
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

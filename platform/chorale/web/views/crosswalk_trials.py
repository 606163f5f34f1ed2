"""Trying a crosswalk: on a soft label that is typed, or on the real one of an item that is searched for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chorale.store import access
from chorale.store.models import Aggregate, Crosswalk
from chorale.web import trials
from chorale.web.parts import crumb, soft_views


def trial(request: HttpRequest, ref: str) -> HttpResponse:
    """A soft label mapped; as a part for htmx, as a page of its own without scripts."""
    row = access.one(request.user, Crosswalk, ref=ref)
    core = row.core
    text, meaning = request.GET.get("label", ""), request.GET.get("meaning", "")
    stored = None
    if (chosen := request.GET.get("item", "")).isdigit():
        rows = access.rows(request.user, Aggregate).filter(pk=int(chosen), scheme=row.source, crosswalk=None)
        stored = rows.select_related("item").first()
    found = trials.of_item(stored, core) if stored else trials.typed(text, meaning, core) if text else trials.Trial()
    context = {
        "trial": found, "crosswalk": row, "core": core, "item": stored.item if stored else None,
        "beside": _harmonised(stored, row) if stored else None,
        "title": "Try it", "word": core.title,
        "crumbs": [crumb("Crosswalks", "crosswalks"), crumb(row.ref, "crosswalk", ref)],
        "trial_offer": trials.offer(row, core, label=text, meaning=meaning, chosen=chosen, q=request.GET.get("q", "")),
    }  # fmt: skip
    page = "chorale/language/trial.html" if request.htmx else "chorale/language/trial_page.html"  # type: ignore[attr-defined]
    return render(request, page, context)


def items(request: HttpRequest, ref: str) -> HttpResponse:
    """The items found, each with its soft label under the source scheme, to choose from."""
    row = access.one(request.user, Crosswalk, ref=ref)
    access.rows(request.user, Aggregate)
    offer = trials.offer(row, row.core, chosen=request.GET.get("item", ""), q=request.GET.get("q", ""))
    return render(request, "chorale/language/trial_items.html", {"trial_offer": offer, "crosswalk": row})


def _harmonised(stored: Aggregate, row: Crosswalk) -> Any:
    """The item's kept soft label under this map, made from each judgment, beside what can be said from shares alone."""
    kept = Aggregate.objects.filter(
        item=stored.item_id, crosswalk=row, scheme=row.target, perspective=stored.perspective, method=stored.method,
        campaign=stored.campaign_id, collection=stored.collection_id,
    )  # fmt: skip
    found = soft_views(list(kept[:1]))
    return found[0][1] if found else None

"""Known answers of a campaign's check items: one item after the other that has none yet, with the form of a ruling."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chorale.store import access
from chorale.store import check_items as store
from chorale.store.models import Campaign
from chorale.store.models.people import Role
from chorale.web import item_kin, ruling_forms
from chorale.web.parts import crumb


def checks(request: HttpRequest, slug: str) -> HttpResponse:
    """The next check item and question without a known answer; how many there are."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Campaign, slug=slug)
    after = request.GET.get("after", "")
    passed = int(after) if after.isdigit() and len(after) < 10 else -1
    waiting = store.waiting(row, after=passed)
    context: dict[str, Any] = {
        "title": "Known answers",
        "word": row.title,
        "lead": "What a tutorial and gold items are held to. An item without a known answer is shown and not checked.",
        "crumbs": [crumb("Campaigns", "campaigns"), crumb(slug, "campaign", slug)],
        "campaign": row,
        "rounds": [(one, store.without_answer(one)) for one in row.children.exclude(round="repeat").order_by("pk")],
    }
    if waiting is not None:
        item, layer = waiting.item, waiting.layer
        context |= {
            "item": item,
            "layer": layer,
            "media": item_kin.media(item),
            "picture": item_kin.picture(item),
            "asked": ruling_forms.asked(layer.scheme.core, layer.perspective),
            "reasons": ruling_forms.reasons(person.pk),
            "onward": f"{request.path}?after={waiting.place}",
        }
    elif passed >= 0:
        context["passed_over"] = store.waiting(row) is not None
    return render(request, "chorale/campaigns/checks.html", context)

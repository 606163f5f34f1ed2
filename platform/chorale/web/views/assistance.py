"""What the suggestions of an assisted campaign do: taken, changed, refused; time; pull."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chorale.store import access, assisted
from chorale.store.models import Campaign
from chorale.store.models.people import Role
from chorale.web.parts import crumb


def assistance(request: HttpRequest, slug: str) -> HttpResponse:
    """Field by field, with intervals."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Campaign, slug=slug)
    fields = assisted.fields(row) if row.suggester_id else []
    context = {
        "title": "Suggestions",
        "word": row.title,
        "lead": "Arms are drawn for each item and rater, so what differs between them is an effect of the suggestion.",
        "crumbs": [crumb("Campaigns", "campaigns"), crumb(slug, "campaign", slug)],
        "campaign": row,
        "fields": fields,
        "labels": [one for one in fields if one.shift],
        "numbers": [one for one in fields if one.nearer],
        "time": assisted.saved(row) if row.suggester_id else None,
    }
    return render(request, "chorale/campaigns/assistance.html", context)

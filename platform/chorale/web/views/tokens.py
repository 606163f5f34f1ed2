"""API tokens of the person who is signed in: made, shown once, taken back."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from chorale.store import tokens
from chorale.store.models import ApiToken

ENDS = {"30": "30 days", "90": "90 days", "365": "a year", "": "until it is revoked"}


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """One's own tokens; a new one is shown this once."""
    fresh = ""
    if request.method == "POST":
        wanted = request.POST.getlist("scopes")
        days = request.POST.get("days", "")
        good_for = int(days) if days and days in ENDS else None
        fresh = tokens.make(by=request.user, name=request.POST.get("name", ""), scopes=wanted, days=good_for)
    mine = ApiToken.objects.filter(user=request.user, revoked_at__isnull=True).order_by("-pk")
    context = {
        "title": "API tokens",
        "word": "You",
        "tokens": mine,
        "fresh": fresh,
        "ends": ENDS,
        "now": timezone.now(),
    }
    return render(request, "chorale/tokens.html", context)


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own token back."""
    tokens.revoke(by=request.user, token=get_object_or_404(ApiToken, pk=pk, user=request.user))
    return redirect("tokens")

"""API tokens of the person who is signed in: made, shown once, taken back."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from chorale.store import tokens
from chorale.store.models import ApiToken


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """One's own tokens; a new one is shown this once."""
    fresh = ""
    if request.method == "POST":
        wanted = request.POST.getlist("scopes")
        fresh = tokens.make(by=request.user, name=request.POST.get("name", ""), scopes=wanted)
    mine = ApiToken.objects.filter(user=request.user, revoked_at__isnull=True).order_by("-pk")
    return render(
        request, "chorale/tokens.html", {"title": "API tokens", "word": "You", "tokens": mine, "fresh": fresh}
    )


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own token back."""
    tokens.revoke(by=request.user, token=get_object_or_404(ApiToken, pk=pk, user=request.user))
    return redirect("tokens")

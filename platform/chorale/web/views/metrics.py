"""Figures of the running service for Prometheus: to who holds the token of the environment, and to admins."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_prometheus.exports import ExportToDjangoView

from chorale.store import access
from chorale.store.models.people import Role


def metrics(request: HttpRequest) -> HttpResponse:
    """Counts and times of requests and queries; they tell of the inside, so nobody gets them for nothing."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    known = settings.METRICS_TOKEN
    if not (known and kind == "Bearer" and secrets.compare_digest(given.encode(), known.encode())):
        access.demand(request.user, Role.ADMIN)
    return ExportToDjangoView(request)

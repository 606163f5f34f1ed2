"""What an admin can start from a page: each kind of job with the form that asks for its parameters."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from chorale.store.access import roles
from chorale.store.models.people import Role
from chorale.web.launch_forms import LAUNCHES
from chorale.web.parts import Action


def offered(request: HttpRequest, *kinds: str, **given: Any) -> list[Action]:
    """Links to the forms of these kinds, filled with what is known here; none for those who may not start jobs."""
    if Role.ADMIN not in roles(request.user):
        return []
    query = f"?{urlencode(given)}" if given else ""
    return [Action(LAUNCHES[kind].verb, reverse("launch", args=[kind]) + query) for kind in kinds if kind in LAUNCHES]

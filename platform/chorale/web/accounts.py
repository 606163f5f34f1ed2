"""How people get accounts: an admin makes them; nobody signs up by themselves."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Login by django-allauth, sign-up closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed: raters come by invitation, everybody else through an admin."""
        return False

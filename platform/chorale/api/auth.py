"""Who is asking: a bearer token, the browser's session, or (for releases) nobody in particular."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer, SessionAuth

from chorale.store import tokens


class Bearer(HttpBearer):
    """`Authorization: Bearer chr_...`; a token without scope `write` may only read."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The token's person; a wrong token is refused at once and never falls through to anything weaker."""
        row = tokens.holder(token)
        if row is None:
            raise AuthenticationError
        if request.method not in ("GET", "HEAD", "OPTIONS") and "write" not in row.scopes:
            raise PermissionDenied("This token may only read.")
        request.user = row.user
        return row.user


class Session(SessionAuth):
    """The browser's own session, with CSRF protection for writes."""


def anybody(request: HttpRequest) -> AnonymousUser:
    """Nobody in particular: sees what is public."""
    return AnonymousUser()


SIGNED_IN = [Bearer(), Session()]
OPEN = [*SIGNED_IN, anybody]

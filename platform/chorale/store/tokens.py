"""Bearer tokens: 256 random bits, shown once, kept as a hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from chorale.store import audit
from chorale.store.models import ApiToken, User
from harmonize.problems import ChoraleError

SCOPES = ("read", "write")
_PREFIX = "chr_"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make(*, by: User, name: str, scopes: Iterable[str], days: int | None = None) -> str:
    """A new token of this person, good for so many days or until revoked; this is the only time it can be read."""
    asked = [s for s in SCOPES if s in set(scopes)] or ["read"]
    if not name.strip() or len(name) > 80:
        raise ChoraleError("token-name", "A token needs a name of at most 80 characters.", "Say what it is for.")
    token = _PREFIX + secrets.token_urlsafe(32)
    end = timezone.now() + dt.timedelta(days=days) if days else None
    facts = {"name": name.strip(), "scopes": asked, "expires_at": end}
    row = ApiToken.objects.create(user=by, prefix=token[:10], sha256=_hash(token), **facts)
    audit.record(by, "token.make", row, name=row.name, scopes=asked, days=days)
    return token


@transaction.atomic
def revoke(*, by: User, token: ApiToken) -> None:
    """End a token now."""
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    audit.record(by, "token.revoke", token, name=token.name)


def holder(token: str) -> ApiToken | None:
    """The live token of that value, or None. Its last use is noted at most once a minute."""
    now = timezone.now()
    live = ApiToken.objects.select_related("user").filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))
    row = live.filter(sha256=_hash(token), revoked_at__isnull=True, user__is_active=True).first()
    if row and (row.used_at is None or (now - row.used_at).total_seconds() > 60):
        ApiToken.objects.filter(pk=row.pk).update(used_at=now)
    return row

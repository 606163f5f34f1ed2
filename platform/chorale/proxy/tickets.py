"""The way from Chorale to the proxy: a ticket that is signed, short-lived and used up on entry, then a session."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from django.core import signing
from django.db import transaction
from django.utils import timezone

from chorale.store import audit, campaigns, rounds
from chorale.store.models import Assignment, Campaign, LabelSession, LabelTicket, Rater, StudioAccount
from chorale.store.tickets import SALT, TICKET_SECONDS, digest, issue

__all__ = ["SESSION", "TICKET_SECONDS", "Visitor", "digest", "issue", "redeem", "revoke", "visitor"]

SESSION = dt.timedelta(hours=12)


@dataclass(frozen=True)
class Visitor:
    """Who is behind a request, and for which campaign; made anew from the rows for every request."""

    session: int
    rater: Rater
    account: StudioAccount
    campaign: Campaign
    projects: tuple[int, ...]  # Label Studio's numbers

    @property
    def home(self) -> int:
        """The one project that the rater's page speaks of, whichever holds an item: check items must not stand out."""
        return self.projects[0] if self.projects else 0

    @property
    def works(self) -> bool:
        """Whether items are given out now (a paused campaign can be looked at only)."""
        return self.campaign.state == "open"


@transaction.atomic
def redeem(ticket: str) -> str | None:
    """Use up a ticket: the key of a new session, or None if it is forged, old, used, or its person may not enter."""
    try:
        nonce = signing.loads(ticket, salt=SALT, max_age=TICKET_SECONDS)
    except signing.BadSignature:
        return None
    now = timezone.now()
    row = LabelTicket.objects.filter(nonce=digest(str(nonce)), used_at__isnull=True, expires_at__gt=now)
    if not row.update(used_at=now):
        return None
    used = LabelTicket.objects.select_related("user", "campaign").get(nonce=digest(str(nonce)))
    key = secrets.token_urlsafe(32)
    session = LabelSession.objects.create(
        key_hash=digest(key), user=used.user, campaign=used.campaign, expires_at=now + SESSION
    )
    if _visitor(session) is None:
        return None
    audit.record(used.user, "label.enter", used.campaign, session=session.pk)
    return key


def visitor(key: str) -> Visitor | None:
    """Who holds this session key; None if nobody does any more."""
    if not key:
        return None
    sessions = LabelSession.objects.filter(key_hash=digest(key), revoked_at__isnull=True, expires_at__gt=timezone.now())
    session = sessions.select_related("user", "user__rater__studio", "campaign__form").first()
    return _visitor(session) if session else None


def revoke(key: str) -> None:
    """End a session."""
    LabelSession.objects.filter(key_hash=digest(key), revoked_at__isnull=True).update(revoked_at=timezone.now())


def _visitor(session: LabelSession) -> Visitor | None:
    """The person of a session, if they are active, assigned, agreed, and the campaign runs: asked at every request."""
    user, campaign = session.user, session.campaign
    rater = Rater.objects.filter(user=user, user__is_active=True).first()
    if rater is None or campaign.state not in ("open", "paused"):
        return None
    if not Assignment.objects.filter(campaign=campaign, rater=rater, state="active").exists():
        return None
    if not campaigns.may_rate(rater, campaign):
        return None
    projects = rounds.projects(campaign).order_by("campaign", "number")
    numbers = tuple(n for n in projects.values_list("ls_id", flat=True) if n)
    return Visitor(session.pk, rater, campaigns.account_row(rater), campaign, numbers)

"""Tickets: the way from Chorale to the rater proxy, signed, short-lived and used up on entry."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from chorale.store import audit, campaigns
from chorale.store.models import Assignment, Campaign, LabelSession, LabelTicket, User
from chorale.store.people import rater_of
from harmonize.problems import ChoraleError

TICKET_SECONDS = 60
SALT = "chorale.proxy.ticket"
THEMES = ("light", "dark")  # anything else: as the rater's system has it


@transaction.atomic
def issue(user: User, campaign: Campaign, *, theme: str = "") -> str:
    """The address by which this person enters the campaign within `TICKET_SECONDS`, once; ``theme`` goes along.

    ChoraleError `label-not-invited`, `label-closed` or `consent-missing` if they may not.
    """
    rater = rater_of(user)
    if not Assignment.objects.filter(campaign=campaign, rater=rater, state="active").exists():
        raise ChoraleError("label-not-invited", "You have no part in this campaign.", "Ask for an invitation.")
    if campaign.state not in ("open", "paused"):
        raise ChoraleError("label-closed", f"The campaign is {campaign.state}.", "Come back when it is open.")
    if not campaigns.may_rate(rater, campaign):
        raise ChoraleError("consent-missing", "You have not agreed to take part yet.", "Read the sheet and say so.")
    nonce = secrets.token_urlsafe(32)
    expires = timezone.now() + dt.timedelta(seconds=TICKET_SECONDS)
    LabelTicket.objects.create(nonce=digest(nonce), user=user, campaign=campaign, expires_at=expires)
    told = f"&theme={theme}" if theme in THEMES else ""
    return f"{settings.PROXY_URL}/enter?ticket={signing.dumps(nonce, salt=SALT, compress=False)}{told}"


@transaction.atomic
def end(user: User) -> None:
    """End all labelling of a person who signs out of Chorale or has a new password: the proxy's origin has a cookie of
    its own, which the next person at the same machine must not find good."""
    now = timezone.now()
    LabelTicket.objects.filter(user=user, used_at__isnull=True).update(used_at=now)
    if ended := LabelSession.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=now):
        audit.record(user, "label.end", user, sessions=ended)


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()

"""Recruitment: links by which people come into a campaign on their own, from a crowd platform or by invitation.

A platform's worker id is hashed with a server key the moment it arrives and never stored (SCIENCE rule 22).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from chorale.store import access, audit, campaigns, consents, offers, people
from chorale.store.models import Assignment, Campaign, JoinLink, Participation, Rater, User
from chorale.store.models.participation import ParticipationState as State
from chorale.store.models.participation import Platform
from chorale.store.models.people import Role
from harmonize.problems import ChoraleError

IDS = {  # the parameters of a platform's address: worker, session
    Platform.PROLIFIC: ("PROLIFIC_PID", "SESSION_ID"),
    Platform.MTURK: ("workerId", "assignmentId"),
}
PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"  # Mechanical Turk, before a worker has accepted
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@transaction.atomic
def make_link(
    *,
    by: User | None,
    campaign: Campaign,
    platform: str,
    places: int = 1,
    items: int | None = None,
    minutes: int = 60,
    code: str = "",
    back: str = "",
    title: str = "",
) -> JoinLink:
    """An address for so many people; without a ``code`` one is drawn. ChoraleError `join-link`."""
    if platform not in Platform.values or places < 1 or minutes < 1 or (items is not None and items < 1):
        raise ChoraleError("join-link", "A link needs a platform, places, and minutes.", "Fill them in.")
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(8))
    row = JoinLink.objects.create(
        campaign=campaign, token=secrets.token_urlsafe(24), platform=platform, places=places, items=items,
        minutes=minutes, code=code.strip() or drawn, back=back, title=title, created_by=by,
    )  # fmt: skip
    audit.record(by, "campaign.link", campaign, link=row.pk, platform=platform, places=places)
    return row


@transaction.atomic
def close_link(*, by: User | None, link: JoinLink) -> None:
    """Nobody new comes in; those who work finish."""
    JoinLink.objects.filter(pk=link.pk).update(state="closed")
    audit.record(by, "campaign.link-close", link.campaign, link=link.pk)


def address(link: JoinLink) -> str:
    """What to paste into the platform, with its own placeholders for the ids."""
    asked = {
        Platform.PROLIFIC: "?PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}",
        Platform.MTURK: "?workerId=${workerId}&assignmentId=${assignmentId}&hitId=${hitId}",
    }
    return f"{settings.CHORALE_URL}/join/{link.token}/{asked.get(Platform(link.platform), '')}"


def worker_of(link: JoinLink, given: Mapping[str, Any]) -> tuple[str, str]:
    """The hashed worker and session that an address carries. ChoraleError `join-no-id`, `join-preview`."""
    names = IDS.get(Platform(link.platform))
    if names is None:
        raise ChoraleError("join-no-id", "This link carries no id.", "Use the address as it was given to you.")
    worker, session = (str(given.get(name, "")).strip()[:200] for name in names)
    if session == PREVIEW:
        raise ChoraleError("join-preview", "This is a preview.", "Accept the task first, then open it again.")
    if not worker or worker.startswith(("{{", "${")):
        what = f"The address carries no {names[0]}."
        raise ChoraleError("join-no-id", what, "Open the link from the platform, not by hand.")
    return hashed(link.platform, worker), hashed(link.platform, session) if session else ""


def hashed(platform: str, told: str) -> str:
    """What is kept of an id: HMAC-SHA-256 under the server's key; the same worker is known again."""
    return hmac.new(settings.STUDIO_KEY.encode(), f"worker:{platform}:{told}".encode(), hashlib.sha256).hexdigest()


def room(link: JoinLink) -> int:
    """How many places are free now."""
    taken = link.participations.filter(state__in=[State.WORKING, State.COMPLETED]).count()
    return max(0, link.places - taken)


@transaction.atomic
def arrive(link: JoinLink, *, worker: str, session: str = "", person: User | None = None) -> Participation:
    """Give a place to whoever comes (the same one again to who was here before), and a part in the campaign.

    ``person``: who came by invitation; else an account without a password is made. ChoraleError `join-closed`,
    `join-full`.
    """
    link = JoinLink.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=link.pk)
    expire(link)
    known = Participation.objects.filter(link=link, worker=worker).select_related("rater__user").first()
    if known and known.state in (State.WORKING, State.COMPLETED):
        return known
    if link.state != "open" or link.campaign.state not in ("open", "paused"):
        raise ChoraleError("join-closed", "This link is closed.", "Thank you for your interest.")
    if not room(link):
        raise ChoraleError("join-full", "All places are taken at the moment.", "Try again later; some are given back.")
    rater = known.rater if known else people.rater_of(person or _account(link, worker))
    assert rater.user is not None
    campaigns.invite_raters(by=None, campaign=link.campaign, people_=[rater.user])
    Assignment.objects.filter(campaign=link.campaign, rater=rater).update(state="active", quota=link.items)
    now = timezone.now()
    fresh = {"state": State.WORKING, "started_at": now, "until": now + dt.timedelta(minutes=link.minutes)}
    row, _ = Participation.objects.update_or_create(
        link=link, worker=worker, defaults={"rater": rater, "session": session, "ended_at": None, **fresh}
    )
    audit.record(rater.user, "campaign.join", link.campaign, link=link.pk, rater=rater.pseudonym)
    return row


def of_person(person: User, campaign: Campaign) -> Participation | None:
    """By which link a person is in the campaign, if by one."""
    rows = Participation.objects.filter(rater__user=person, link__campaign=campaign).select_related("link", "rater")
    return rows.exclude(link__platform=Platform.INVITATION).order_by("-started_at").first()


def done(row: Participation) -> bool:
    """Whether a participant has answered what was asked of them: their items, or all there are."""
    answered = offers.answered(row.rater, row.link.campaign)
    if row.link.items is not None and answered >= row.link.items:
        return True
    over = row.link.campaign.state == "closed"  # before they could go on: what they did is all there was
    return answered > 0 and (over or offers.left(row.rater, row.link.campaign) == 0)


@transaction.atomic
def complete(row: Participation) -> Participation:
    """End a participation that is done; its code is then shown. ChoraleError `join-not-done`."""
    row = (
        Participation.objects.select_for_update(of=("self",))
        .select_related("link__campaign", "rater__user")
        .get(pk=row.pk)
    )
    if row.state == State.COMPLETED:
        return row
    if not done(row):
        raise ChoraleError("join-not-done", "There are items left for you.", "Answer them, or give the place back.")
    return _end(row, State.COMPLETED, "finished")


@transaction.atomic
def give_back(row: Participation) -> Participation:
    """A participant stops: the place and the items held for them go to others. Answers stay under their consent."""
    row = (
        Participation.objects.select_for_update(of=("self",))
        .select_related("link__campaign", "rater__user")
        .get(pk=row.pk)
    )
    return row if row.state != State.WORKING else _end(row, State.RETURNED, "withdrawn")


@transaction.atomic
def expire(link: JoinLink | None = None) -> int:
    """Return the places whose time is over; who was done has completed. Returns how many timed out."""
    late = Participation.objects.filter(state=State.WORKING, until__lt=timezone.now())
    late = late.filter(link=link) if link else late
    late = late.exclude(link__platform=Platform.INVITATION)
    count = 0
    for row in late.select_for_update(of=("self",), skip_locked=True).select_related("link__campaign", "rater__user"):
        over = not done(row)
        _end(row, State.TIMED_OUT if over else State.COMPLETED, "withdrawn" if over else "finished")
        count += over
    return count


def _end(row: Participation, state: State, place: str) -> Participation:
    row.state, row.ended_at = state, timezone.now()
    row.save(update_fields=["state", "ended_at"])
    consents.leave(row.rater, row.link.campaign, state=place)
    audit.record(row.rater.user, f"campaign.{state.value}", row.link.campaign, rater=row.rater.pseudonym)
    return row


def _account(link: JoinLink, worker: str) -> User:
    """The account of a worker: a pseudonym, no password, the role of an annotator. One for all links of a platform."""
    person, made = User.objects.get_or_create(username=f"{link.platform}-{worker[:16]}")
    if made:
        person.set_unusable_password()
        person.save()
        access.grant(person, Role.ANNOTATOR)
        audit.record(None, "person.create", person, roles=[Role.ANNOTATOR.value], link=link.pk)
    return person


def came_by_link(rater: Rater) -> bool:
    """Whether the rater is known by a platform's link alone; such a one is offered no other campaign."""
    return rater.participations.exclude(link__platform=Platform.INVITATION).exists()

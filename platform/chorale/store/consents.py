"""Consent and its withdrawal, purpose by purpose, by the person alone; what then happens is done here."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils import timezone

from chorale.store import audit, campaigns, rounds, seats, sheets
from chorale.store.models import (
    Aggregate,
    Assignment,
    Campaign,
    Consent,
    Judgment,
    LabelSession,
    Rater,
    Response,
    User,
)
from chorale.store.models.seats import SeatState
from chorale.store.people import rater_of
from harmonize.problems import ChoraleError

TRAIT = "trait:"  # a purpose "trait:age" is the consent to keep and publish what was said of one's age
WORDS = {
    "rating": "I take part, and my answers may be used for this project.",
    "public_release": "My answers may be published in data sets, under a pseudonym that differs in each of them.",
    "training": "My answers may be used to train models.",
}
EFFECTS = {
    "rating": "You get no more items and leave the campaign. You choose whether your answers so far stay in the "
    "project or are taken out of it.",
    "public_release": "Your answers so far stay in the project and enter no release from now on. Versions that are out "
    "already stay as they are; ask the organisers to erase you, and they are withdrawn too.",
    "training": "No model that is trained from now on learns from your answers, those of the past included.",
}


def given(rater: Rater, campaign: Campaign) -> Consent | None:
    """The consent in force, under whatever version of the sheet it was given."""
    return Consent.objects.filter(rater=rater, campaign=campaign, withdrawn_at__isnull=True).order_by("pk").last()


def given_by_rater(campaign: Campaign) -> dict[int, Consent]:
    """The consents in force in a campaign by the rater's key, in one query."""
    rows = Consent.objects.filter(campaign=campaign, withdrawn_at__isnull=True).order_by("pk")
    return {row.rater_id: row for row in rows}


@transaction.atomic
def record(*, by: User, campaign: Campaign, purposes: Mapping[str, bool], traits: Mapping[str, str]) -> Consent:
    """What a person agrees to, and what they tell of themselves; a trait that is "" they prefer not to say."""
    asked = {one["name"]: one["choices"] for one in sheets.current(campaign).traits}
    if strange := [name for name, said in traits.items() if name not in asked or (said and said not in asked[name])]:
        raise ChoraleError(
            "consent-trait", f"{strange[0]} was answered by something else.", "Choose one of the answers."
        )
    told = dict(purposes) | {TRAIT + name: bool(traits.get(name)) for name in asked}
    rater = rater_of(by)
    _tell(rater, dict.fromkeys(_dropped(rater, campaign, asked), "") | {name: traits.get(name, "") for name in asked})
    return campaigns.record_consent(by=by, campaign=campaign, purposes=told)


@transaction.atomic
def withdraw(*, by: User, campaign: Campaign, purpose: str, take_out: bool = False) -> int:
    """Take back one purpose. Without `rating` the person leaves; with ``take_out`` their answers leave with them.

    Returns how many answers were taken out here; `take_out_answers` (a job) then deletes them in Label Studio.
    ChoraleError `consent-unknown` where nothing of the kind was given.
    """
    rater = rater_of(by)
    now = given(rater, campaign)
    if now is None or not now.purposes.get(purpose):
        raise ChoraleError("consent-unknown", "You have not agreed to this.", "There is nothing to take back.")
    kept = {**now.purposes, purpose: False}  # a newer sheet, which they have not read, is still to be asked
    campaigns.record_consent(by=by, campaign=campaign, purposes=kept, sheet=now.sheet_version)
    if purpose.startswith(TRAIT):
        _tell(rater, {purpose.removeprefix(TRAIT): ""})
    if purpose != "rating":
        return 0
    leave(rater, campaign)
    return _take_out(rater, campaign) if take_out else 0


def leave(rater: Rater, campaign: Campaign, *, state: str = "withdrawn") -> None:
    """End a rater's part: no more items, the ones held for them go to others, no way into Label Studio."""
    Assignment.objects.filter(rater=rater, campaign=campaign).update(state=state)
    seats.own(rater, campaign).filter(state=SeatState.HELD).delete()
    LabelSession.objects.filter(user=rater.user, campaign=campaign, revoked_at__isnull=True).update(
        revoked_at=timezone.now()
    )


@transaction.atomic
def come_back(*, by: User, campaign: Campaign) -> None:
    """Take part again after leaving; the sheet is asked anew. ChoraleError `consent-leaving` while answers still go."""
    rater = rater_of(by)
    place = Assignment.objects.select_for_update().get(rater=rater, campaign=campaign)
    campaigns.let_in(place)
    audit.record(by, "campaign.return", campaign, rater=rater.pseudonym)


def still_there(rater: Rater, campaign: Campaign) -> list[Response]:
    """The answers of somebody who took them out that may still stand in Label Studio."""
    own = Response.objects.filter(campaign__in=rounds.family(campaign), rater=rater, retired_at__isnull=False)
    return list(own.filter(external_id__isnull=False).order_by("pk"))


def _take_out(rater: Rater, campaign: Campaign) -> int:
    now = timezone.now()
    own = Response.objects.filter(campaign__in=rounds.family(campaign), rater=rater, retired_at__isnull=True)
    keys, items = list(own.values_list("pk", flat=True)), list(own.values_list("item", flat=True))
    Assignment.objects.filter(rater=rater, campaign=campaign).update(taken_out=True)
    Judgment.objects.filter(response__in=keys, retired_at__isnull=True).update(retired_at=now)
    Response.objects.filter(pk__in=keys).update(retired_at=now)
    Aggregate.objects.filter(item__in=items).delete()  # soft labels that spoke for them; settling makes them anew
    seats.own(rater, campaign).filter(state=SeatState.FILLED).update(state=SeatState.SKIPPED)
    audit.record(rater.user, "consent.take_out", campaign, rater=rater.pseudonym, answers=len(keys))
    return len(keys)


def _dropped(rater: Rater, campaign: Campaign, asked: Collection[str]) -> set[str]:
    """Traits told here under a sheet that asked for them, which this one does not, and no other campaign holds."""
    told: dict[bool, set[str]] = {True: set(), False: set()}
    for row in Consent.objects.filter(rater=rater, withdrawn_at__isnull=True):
        names = (name.removeprefix(TRAIT) for name, said in row.purposes.items() if name.startswith(TRAIT) and said)
        told[row.campaign_id == campaign.pk].update(names)
    return told[True] - told[False] - set(asked)


def _tell(rater: Rater, said: Mapping[str, str]) -> None:
    kept = {name: value for name, value in rater.traits.items() if name not in said}
    rater.traits = kept | {name: value for name, value in said.items() if value}
    rater.save(update_fields=["traits"])

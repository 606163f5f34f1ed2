"""Campaigns: what is asked about which items by whom, from the plan to the rows that Label Studio needs.

What goes into Label Studio and what comes back stand in `studio_push` and `studio_sync`; who may answer in `seats`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from annotation import studio
from annotation.studio import accounts
from annotation.studio.words import ENGLISH, Words, in_language
from chorale.store import audit, people, rounds
from chorale.store.campaign_plan import Plan
from chorale.store.forms import core
from chorale.store.forms import layers_of as layers_of
from chorale.store.models import (
    Assignment,
    Campaign,
    Collection,
    CollectionItem,
    Consent,
    Form,
    Item,
    Rater,
    Response,
    StudioAccount,
    User,
)
from chorale.store.models.campaigns import Round
from chorale.store.models.judgments import Arm
from harmonize.languages import right_to_left
from harmonize.problems import ChoraleError
from harmonize.schemes.wording import own_words

PURPOSES = ("rating", "public_release", "training")


def config_of(form: Form, collection: Collection, language: str) -> str:
    """Label Studio's configuration of a form about these items, in a language as far as there are words for it."""
    options = replace(options_of(collection, language, words_of(form, language)), confidence=form.confidence)
    return studio.form_xml(core(form).in_language(language).layers, options)


def words_of(form: Form, language: str) -> Words:
    """The fixed words that raters of a language read: the form's own, then ours."""
    return in_language(language, own_words(form.wording, language))


def options_of(collection: Collection, language: str, words: Words = ENGLISH) -> studio.Options:
    """How a form must look for these items. ChoraleError `campaign-modalities` where they are of several kinds."""
    items = Item.objects.filter(pk__in=CollectionItem.objects.filter(collection=collection).values("item"))
    modalities = sorted(items.order_by().values_list("modality", flat=True).distinct())
    if len(modalities) != 1:
        raise ChoraleError(
            "campaign-modalities", f"The collection holds {', '.join(modalities)}.", "One campaign asks about one kind."
        )
    if items.filter(facets__members__0__isnull=False).exists():  # tuples: each member's card shows all there is of it
        return studio.Options(modality=modalities[0], together=True, words=words)
    media = modalities[0] in ("image", "audio", "video")
    return studio.Options(
        modality=modalities[0],
        context=items.exclude(context=[]).exists(),
        caption=media and items.exclude(text="").exists(),
        captions=media and items.filter(media_facts__has_key="cues").exists(),
        clip=media and items.filter(media_facts__has_key="clip").exists(),
        right_to_left=right_to_left(language),
        words=words,
    )


@transaction.atomic
def open_campaign(
    *,
    by: User | None,
    collection: Collection,
    form: Form,
    overlap: int = 3,
    slug: str = "",
    title: str = "",
    language: str = "en",
    seed: int = 0,
    suggester: Rater | None = None,
    assisted_share: float = 0.5,
    top_up: int = 0,
    plan: Plan | None = None,
    pilot: bool = False,
    tutorial: Collection | None = None,
    gold: Collection | None = None,
) -> Campaign:
    """Plan a campaign: a draft with its form drawn and its projects listed; the job `open_campaign` carries it out.

    With a ``suggester`` (a model rater), each rater sees its suggestion at each item with chance ``assisted_share``
    (SCIENCE rule 20). ``top_up`` raters more are asked where people split; their answers stay outside agreement.
    The answers of a ``pilot`` stay apart. ``tutorial``: check items before the first item; ``gold``: check items among
    the others, at the plan's share; both have known answers (rulings).
    An existing slug with the same plan is returned as it is; with another, ChoraleError `campaign-exists`.
    """
    slug = slug or f"{collection.slug}-{form.slug}"
    share = assisted_share if suggester else 0.0
    arm = Arm.ASSISTED if suggester else Arm.BLIND
    if suggester and (suggester.kind != "model" or not 0 < share <= 1):
        raise ChoraleError("campaign-suggester", "Only a model rater suggests, with a chance above 0.", "Choose one.")
    if not 1 <= overlap <= 100:
        raise ChoraleError("campaign-overlap", f"An overlap of {overlap} makes no sense.", "Take 1 to 100.")
    wanted: dict[str, Any] = {
        "form": form, "collection": collection, "overlap": overlap, "arm": arm, "language": language, "seed": seed,
        "suggester": suggester, "assisted_share": share, "top_up": top_up, "plan": (plan or Plan()).to_dict(),
        "round": Round.PILOT if pilot else Round.MAIN,
    }  # fmt: skip
    if existing := Campaign.objects.filter(slug=slug).first():
        if all(getattr(existing, name) == value for name, value in wanted.items()):
            return existing
        raise ChoraleError("campaign-exists", f"A campaign '{slug}' exists with another plan.", "Choose another name.")
    config = config_of(form, collection, language)
    campaign = Campaign.objects.create(slug=slug, title=title or form.title, created_by=by, **wanted)
    rounds.make_projects(campaign, config)
    rounds.attach(campaign, config, tutorial=tutorial, gold=gold)
    audit.record(by, "campaign.plan", campaign, overlap=overlap, items=collection.items, form=str(form), arm=str(arm))
    return campaign


@transaction.atomic
def invite_raters(*, by: User | None, campaign: Campaign, people_: Iterable[User]) -> list[Assignment]:
    """Give people a place in a campaign. Their Label Studio accounts are made when they first come in."""
    invited = []
    for person in people_:
        rater = people.rater_of(person)
        account_row(rater)
        assignment, made = Assignment.objects.get_or_create(campaign=campaign, rater=rater)
        if assignment.state == "withdrawn":
            let_in(assignment)
        if made:
            audit.record(by, "campaign.invite", campaign, rater=rater.pseudonym)
        invited.append(assignment)
    return invited


def let_in(place: Assignment) -> None:
    """Somebody who left takes part again, and what they answer from now on counts. ChoraleError `consent-leaving` while
    answers that they took along still stand in Label Studio: new ones would go with them."""
    if place.taken_out:
        own = Response.objects.filter(campaign__in=rounds.family(place.campaign), rater=place.rater)
        if own.filter(retired_at__isnull=False, external_id__isnull=False).exists():
            what = "Answers that were taken along are still being taken out."
            raise ChoraleError("consent-leaving", what, "Come back in some minutes.")
    Assignment.objects.filter(pk=place.pk).update(state="active", taken_out=False)
    place.state, place.taken_out = "active", False


def account_row(rater: Rater) -> StudioAccount:
    """The row of a rater's account in Label Studio; its number there is not known before the first sign-in."""
    address = accounts.email(settings.STUDIO_KEY, rater.pk)
    return StudioAccount.objects.get_or_create(rater=rater, defaults={"email": address})[0]


@transaction.atomic
def record_consent(*, by: User, campaign: Campaign, purposes: Mapping[str, bool], sheet: str = "") -> Consent:
    """What a person agrees to for this campaign, under the information sheet in force or the version ``sheet`` that
    they were shown (SCIENCE rule 21).

    ChoraleError `consent-purposes` unless each of `PURPOSES` is said yes or no to.
    """
    if not set(purposes) >= set(PURPOSES):
        raise ChoraleError("consent-purposes", "A purpose was not answered.", f"Say yes or no to {PURPOSES}.")
    rater = people.rater_of(by)
    Consent.objects.filter(rater=rater, campaign=campaign, withdrawn_at__isnull=True).update(
        withdrawn_at=timezone.now()
    )
    given: dict[str, Any] = {name: bool(value) for name, value in purposes.items()}
    version = sheet or campaign.sheet_version
    consent = Consent.objects.create(rater=rater, campaign=campaign, sheet_version=version, purposes=given)
    audit.record(by, "consent.give", campaign, rater=rater.pseudonym, sheet=version, **given)
    return consent


def may_rate(rater: Rater, campaign: Campaign) -> bool:
    """Whether the rater agreed to rate in this campaign under the information sheet in force."""
    given = Consent.objects.filter(
        rater=rater, campaign=campaign, sheet_version=campaign.sheet_version, withdrawn_at__isnull=True
    ).last()
    return bool(given and given.purposes.get("rating"))


@transaction.atomic
def set_state(*, by: User | None, campaign: Campaign, state: str) -> Campaign:
    """Pause, go on with, or close a campaign. A closed one stays closed."""
    moves = {"open": {"paused", "closed"}, "paused": {"open", "closed"}, "draft": {"open"}, "closed": set[str]()}
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.state == state:
        return campaign
    if state not in moves[campaign.state]:
        raise ChoraleError("campaign-state", f"A campaign that is {campaign.state} cannot become {state}.")
    campaign.state = state
    campaign.save(update_fields=["state"])
    campaign.children.update(state=state)
    audit.record(by, f"campaign.{state}", campaign)
    return campaign

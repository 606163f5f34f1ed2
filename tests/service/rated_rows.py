"""Campaigns without Label Studio: tasks as rows, and answers as a sync would have written them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from chorale.store import access, campaigns, forms, offers, rounds, rulings, seats
from chorale.store.campaign_plan import Plan
from chorale.store.models import (
    Campaign,
    Collection,
    CollectionItem,
    Item,
    Judgment,
    Rater,
    Response,
    Seat,
    StudioTask,
    User,
)
from chorale.store.models.people import Role
from chorale.store.people import rater_of
from harmonize.corpora.identity import stable_uuid
from harmonize.problems import ChoraleError
from tests.service.campaign_rows import EMOTION, known_by_name, make_items

JOY, ANGER = 17, 2


def admin() -> User:
    """Who rules."""
    return User.objects.filter(username="ada").first() or somebody("ada", Role.ADMIN)


def somebody(name: str, role: Role = Role.ANNOTATOR) -> User:
    """A person without a password: hashing one takes longer than what is tested here."""
    made = User.objects.create(username=name, demo=True)
    access.grant(made, role)
    if role == Role.ANNOTATOR:
        known_by_name(made)
    return made


def collection_of(slug: str, items: Sequence[Item]) -> Collection:
    """A collection of just these items."""
    made = Collection.objects.create(slug=slug, title=slug, items=len(items), matched=len(items))
    CollectionItem.objects.bulk_create(
        CollectionItem(collection=made, item=item, position=n) for n, item in enumerate(items, 1)
    )
    return made


def make_planned(
    plan: Plan,
    *,
    count: int = 12,
    checks: int = 0,
    gold: int = 0,
    names: Sequence[str] = ("ana", "ben", "chloe"),
    carried_out: Callable[[Campaign], Any] | None = None,
    **more: Any,
) -> Campaign:
    """An open campaign over ``count`` items; besides, items of a tutorial and gold items on which joy was ruled."""
    corpus = make_items("planned", count + checks + gold)
    items = list(Item.objects.filter(corpus=corpus).order_by("pk"))
    form = forms.create(by=None, slug="planned", title="Emotions", layers=[EMOTION])
    known = {"tutorial": items[count : count + checks], "gold": items[count + checks :]}
    for item in items[count:]:
        knows(item, ["joy"], form.layers.get().scheme)
    beside = {name: collection_of(f"planned-{name}", rows) for name, rows in known.items() if rows}
    made = campaigns.open_campaign(
        by=None, collection=collection_of("planned-all", items[:count]), form=form, slug="planned", plan=plan,
        **beside, **more,
    )  # fmt: skip
    (carried_out or with_tasks)(made)
    people = [somebody(name) for name in names]
    campaigns.invite_raters(by=None, campaign=made, people_=people)
    for person in people:
        agreed(person, made)
    return Campaign.objects.get(pk=made.pk)


def agreed(person: User, campaign: Campaign) -> None:
    """Consent to everything."""
    campaigns.record_consent(by=person, campaign=campaign, purposes=dict.fromkeys(campaigns.PURPOSES, True))


def knows(item: Item, labels: list[str], scheme: Any) -> None:
    """A known answer: a corpus spoke of the item, an adjudicator ruled."""
    said = Response.objects.create(slot=stable_uuid("source", item.uuid), item=item, origin="imported")
    Judgment.objects.create(
        key=stable_uuid("source-j", item.uuid), response=said, item=item, scheme=scheme, perspective="reader",
        labels=[JOY],
    )  # fmt: skip
    rulings.rule(by=admin(), item=item, scheme=scheme, perspective="reader", reason="It says so.", labels=labels)


def with_tasks(campaign: Campaign) -> None:
    """Its items and those of its rounds as if Label Studio held them."""
    for project in rounds.projects(campaign).order_by("campaign", "number"):
        members = project.campaign.collection.members.order_by("position")
        StudioTask.objects.bulk_create(
            StudioTask(project=project, item_id=member.item_id, ls_id=n) for n, member in enumerate(members, 1)
        )
    for one in rounds.family(campaign):
        Campaign.objects.filter(pk=one.pk).update(state="open", items=one.collection.items)


def rater(name: str) -> Rater:
    """Somebody's rater."""
    return rater_of(User.objects.get(username=name))


def answer(seat: Seat, labels: list[int], *, seconds: float = 10.0, at: dt.datetime | None = None) -> Response:
    """An answer sent, arrived and synced."""
    campaign = seat.task.project.campaign
    taken, _ = seats.take(seat.rater, campaign.parent or campaign, seat.task, offered=False)
    number = 1000 * campaign.pk + taken.pk
    seats.fill(taken, number)
    slot = stable_uuid("campaign", campaign.slug, seat.task.item.uuid, seat.rater.pseudonym)
    row = Response.objects.create(
        slot=slot, item=seat.task.item, rater=seat.rater, form=campaign.form, campaign=campaign, origin="manual",
        arm=taken.arm, suggestion=taken.suggestion if taken.arm == "assisted" else None, top_up=taken.top_up,
        lead_time=seconds, submitted_at=at or timezone.now(), external_id=number, language="en",
        external_revision="2026-01-01T00:00:00.000000Z",
    )  # fmt: skip
    Judgment.objects.create(
        key=stable_uuid(slot), response=row, item=row.item, rater=seat.rater, scheme=campaign.form.layers.get().scheme,
        perspective="reader", labels=labels,
    )  # fmt: skip
    return row


def works(name: str, campaign: Campaign, said: Mapping[str, list[int]], *, most: int = 100) -> list[str]:
    """Somebody answers what they are offered, by round (``said``; joy where it says nothing); the rounds in order."""
    who, met = rater(name), []
    while len(met) < most and (seat := offers.offer(who, campaign)):
        met.append(seat.task.project.campaign.round)
        answer(seat, said.get(met[-1], [JOY]))
    return met


def refusal(error: Any) -> str:
    """The code of a `ChoraleError` that a test caught."""
    assert isinstance(error.value, ChoraleError)
    return error.value.code


__all__ = [
    "ANGER",
    "JOY",
    "admin",
    "agreed",
    "answer",
    "collection_of",
    "knows",
    "make_planned",
    "rater",
    "refusal",
    "somebody",
    "with_tasks",
    "works",
]  # fmt: skip

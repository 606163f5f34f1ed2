"""Rounds: a campaign with the check items and repeated items that are met in its course, each a campaign of its own.

Their answers stay apart: only those of a main round enter agreement, soft labels and releases.
"""

from __future__ import annotations

import secrets

from django.db.models import Q, QuerySet

from chorale.store.campaign_plan import Plan
from chorale.store.models import Campaign, Collection, CollectionItem, StudioProject
from chorale.store.models.campaigns import Round
from harmonize.problems import ChoraleError

SHARD = 50_000  # items a Label Studio project; people never see which
EVERYBODY = 30_000  # the overlap of items that each rater answers


def plan_of(campaign: Campaign) -> Plan:
    """The plan of a campaign; a round in its course has its parent's."""
    return Plan.of((campaign.parent if campaign.parent_id and campaign.parent else campaign).plan)


def family(campaign: Campaign) -> list[Campaign]:
    """The campaign and the rounds in its course."""
    return [campaign, *campaign.children.order_by("pk")]


def projects(campaign: Campaign) -> QuerySet[StudioProject]:
    """The projects of a campaign and of the rounds in its course."""
    return StudioProject.objects.filter(Q(campaign=campaign) | Q(campaign__parent=campaign))


def child(campaign: Campaign, kind: Round) -> Campaign | None:
    """The round of a kind in the course of a campaign, if its plan has one."""
    return campaign.children.filter(round=kind).first()


def apart() -> list[int]:
    """The campaigns whose answers stay apart."""
    return list(Campaign.objects.exclude(round=Round.MAIN).order_by("pk").values_list("pk", flat=True))


def make_projects(campaign: Campaign, config: str) -> None:
    """One row a Label Studio project, so many as the items need."""
    for number in range((campaign.collection.items + SHARD - 1) // SHARD):
        StudioProject.objects.create(
            campaign=campaign, number=number, label_config=config, webhook_secret=secrets.token_urlsafe(32)
        )


def attach(campaign: Campaign, config: str, *, tutorial: Collection | None, gold: Collection | None) -> None:
    """Make the rounds that a plan asks for. ChoraleError `campaign-checks` where its check items do not suffice."""
    plan = plan_of(campaign)
    if tutorial is not None:
        if tutorial.items < plan.try_items:
            what = f"The tutorial has {tutorial.items} items; a try takes {plan.try_items}."
            raise ChoraleError("campaign-checks", what, "Choose a larger collection, or fewer items a try.")
        _attach(campaign, Round.TUTORIAL, tutorial, config, EVERYBODY)
    if plan.gold_share and gold is None:
        raise ChoraleError("campaign-checks", "A share of gold items needs a collection of them.", "Choose one.")
    if gold is not None:
        _attach(campaign, Round.GOLD, gold, config, EVERYBODY)
    if plan.repeat_share:
        _attach(campaign, Round.REPEAT, _repeated(campaign, plan), config, campaign.overlap + campaign.top_up)


def _attach(campaign: Campaign, kind: Round, collection: Collection, config: str, overlap: int) -> None:
    made = Campaign.objects.create(
        slug=f"{campaign.slug[:70]}-{kind.value}", title=f"{campaign.title} ({kind.value})"[:200], form=campaign.form,
        collection=collection, overlap=overlap, language=campaign.language, seed=campaign.seed, round=kind,
        parent=campaign, guideline_version=campaign.guideline_version, created_by=campaign.created_by,
    )  # fmt: skip
    make_projects(made, config)


def _repeated(campaign: Campaign, plan: Plan) -> Collection:
    """The first items of the collection, which is drawn in random order; each rater meets those again they answered."""
    members = CollectionItem.objects.filter(collection=campaign.collection).order_by("position")
    taken = list(members[: max(1, round(plan.repeat_share * campaign.collection.items))])
    made = Collection.objects.create(
        slug=f"{campaign.slug[:70]}-repeat", title=f"Repeated items of {campaign.title}"[:200], items=len(taken),
        filter=campaign.collection.filter, seed=campaign.seed, size=len(taken), matched=campaign.collection.items,
        created_by=campaign.created_by,
    )  # fmt: skip
    CollectionItem.objects.bulk_create(
        CollectionItem(collection=made, item_id=m.item_id, position=n, probability=m.probability * plan.repeat_share)
        for n, m in enumerate(taken, 1)
    )
    return made

"""What is left for a rater: items they were shown, and items where others left room."""

from __future__ import annotations

import pytest

from chorale.store import campaigns, collections, forms, offers, seats
from chorale.store.models import Assignment, Campaign, Item, Rater, StudioProject, StudioTask
from chorale.store.people import rater_of
from tests.service.campaign_rows import VAD, make_items, make_people

ITEMS = 3


@pytest.fixture
def campaign(db: None) -> Campaign:
    """Three items, one rater an item, two raters."""
    make_items("notes", ITEMS)
    collection = collections.create(by=None, slug="notes-all", title="All", filter={"corpus": "notes"})
    form = forms.create(by=None, slug="feeling", title="Feeling", layers=[VAD])
    campaign = campaigns.open_campaign(by=None, collection=collection, form=form, overlap=1, slug="notes")
    campaigns.invite_raters(by=None, campaign=campaign, people_=make_people("ana", "ben"))
    project = StudioProject.objects.create(campaign=campaign, number=1)
    for place, item in enumerate(Item.objects.order_by("pk"), 1):
        StudioTask.objects.create(project=project, item=item, ls_id=place)
    Campaign.objects.filter(pk=campaign.pk).update(state="open")
    return Campaign.objects.get(pk=campaign.pk)


def rater(campaign: Campaign, name: str) -> Rater:
    return rater_of(campaign.assignments.get(rater__user__username=name).rater.user)


def test_an_item_that_is_full_is_nobody_else_s_to_answer(campaign: Campaign) -> None:
    ana, ben = rater(campaign, "ana"), rater(campaign, "ben")
    assert (offers.left(ana, campaign), offers.left(ben, campaign)) == (ITEMS, ITEMS)
    seat = offers.offer(ana, campaign)
    assert seat is not None
    assert (offers.left(ana, campaign), offers.left(ben, campaign)) == (ITEMS, ITEMS - 1), "shown to ana, held for her"
    seats.fill(seat, 1)
    assert (offers.left(ana, campaign), offers.left(ben, campaign)) == (ITEMS - 1, ITEMS - 1)


def test_a_quota_bounds_it_and_who_left_has_nothing(campaign: Campaign) -> None:
    ana = rater(campaign, "ana")
    Assignment.objects.filter(rater=ana).update(quota=1)
    assert offers.left(ana, campaign) == 1
    seat = offers.offer(ana, campaign)
    assert seat is not None
    seats.fill(seat, 1)
    assert offers.left(ana, campaign) == 0
    Assignment.objects.filter(rater=ana).update(state="left")
    assert offers.left(ana, campaign) == 0

"""Pictures, recordings and turns are compared as texts are; raters fetch what was put before them alone."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from annotation import studio
from chorale.proxy.pages import _own_item
from chorale.store import campaigns, comparisons, offers, studio_push
from chorale.store.models import Campaign, Item, Seat
from chorale.store.studio_rows import Frame
from harmonize.problems import ChoraleError
from tests.service.campaign_rows import make_items
from tests.service.rated_rows import agreed, collection_of, rater, refusal, somebody, with_tasks

pytestmark = pytest.mark.django_db
TURN = {"speaker": "Ben", "text": "You broke my cup."}
FIELDS: dict[str, dict[str, Any]] = {
    "image": {"text": "", "media": "media/x.png"},
    "audio": {"media": "media/x.wav", "media_facts": {"cues": [{"start": 0.0, "end": 1.0, "text": "Go!"}]}},
    "video": {"text": "", "media": "media/x.webm", "media_facts": {"clip": [0.5, 2.5]}},
    "dialogue": {"context": [TURN], "speaker": "Ada"},
}
SEEN = {
    "image": ("image", False), "audio": ("audio+text", False), "video": ("video", False), "dialogue": ("dialogue", True)
}  # fmt: skip


def compare(modality: str, **more: Any) -> Campaign:
    """An open comparison of pairs for ana."""
    corpus = make_items(f"of-{modality}", 6, modality=modality, **{**FIELDS[modality], **more})
    items = list(Item.objects.filter(corpus=corpus).order_by("pk"))
    made = comparisons.open_comparison(
        by=None, collection=collection_of(modality, items), slug=f"by-{modality}", title="Joy", quality="joy",
        kind="pair", size=2, per_item=2,
    )  # fmt: skip
    ana = somebody("ana")
    campaigns.invite_raters(by=None, campaign=made, people_=[ana])
    agreed(ana, made)
    with_tasks(made)
    return Campaign.objects.get(pk=made.pk)


@pytest.mark.parametrize("modality", sorted(FIELDS))
def test_a_tuple_shows_its_members_and_tells_what_was_shown(modality: str) -> None:
    campaign = compare(modality)
    one = Item.objects.filter(collectionitem__collection=campaign.collection).order_by("pk")[0]
    told = studio_push.options(campaign.pk)
    data = studio.item_data(studio_push.shown(one), told)
    members = [Item.objects.get(uuid=key) for key in one.facets["members"]]
    assert data["together"].count("chorale-card") == 3  # one frame, two cards
    for member in members:
        shown = f"/chorale/media/{member.uuid}" if member.media else member.text
        assert shown in data["together"]
    assert ("You broke my cup." in data["together"]) == (modality == "dialogue")
    frame = Frame.of(campaign.projects.get())
    assert (frame.modality(one), frame.context(one)) == SEEN[modality]


def test_only_members_of_what_was_put_before_a_rater_are_fetched() -> None:
    campaign = compare("image")
    visitor: Any = SimpleNamespace(rater=rater("ana"), campaign=campaign)
    every = {str(key) for key in Item.objects.filter(corpus__slug="of-image").values_list("uuid", flat=True)}
    assert all(_own_item(visitor, key) is None for key in every)
    seat = offers.offer(rater("ana"), campaign)
    assert isinstance(seat, Seat)
    given = set(seat.task.item.facets["members"])
    assert {key for key in every if _own_item(visitor, key)} == given
    assert _own_item(visitor, str(seat.task.item.uuid)) is None  # the tuple itself has no file
    assert _own_item(visitor, str(uuid.uuid4())) is None


def test_a_facet_that_happens_to_be_called_members_makes_no_tuple() -> None:
    corpus = make_items("clubs", 2, facets={"members": "12"})
    items = list(Item.objects.filter(corpus=corpus))
    assert not campaigns.options_of(collection_of("clubs", items), "en").together
    assert studio_push.shown(items[0]).members == ()


@pytest.mark.parametrize("fields", [{"media": ""}, {"facets": {"members": [str(uuid.uuid4())]}}])
def test_nothing_to_show_and_tuples_of_tuples_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ChoraleError) as refused:
        compare("image", **fields)
    assert refusal(refused) == "comparison-items"

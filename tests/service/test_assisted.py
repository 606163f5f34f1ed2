"""The assisted arm: who sees a suggestion is drawn for each item and rater, and only they see it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chorale.store import assisted, campaigns, collections, forms, registry, studio_push, suggestions
from chorale.store.models import Campaign, Item, Judgment, Rater, Response, Seat, User
from chorale.store.people import rater_of
from harmonize.corpora.identity import stable_uuid
from harmonize.problems import ChoraleError
from tests.service.campaign_rows import EMOTION, VAD, clear_studio, make_items, make_people, push
from tests.service.rater_browser import entered
from tests.stack import Address

pytestmark = pytest.mark.django_db(transaction=True)
JOY = 17


def say(model: Rater, item: Item) -> None:
    """A model marks joy and gives a point off the raters' steps."""
    response = Response.objects.create(slot=stable_uuid("m", item.uuid), item=item, rater=model, origin="model")
    shared = {"response": response, "item": item, "rater": model, "perspective": "reader"}
    emotion, vad = registry.scheme(EMOTION.scheme), registry.scheme(VAD.scheme)
    Judgment.objects.create(key=stable_uuid("e", item.uuid), scheme=emotion, labels=[JOY], **shared)
    Judgment.objects.create(key=stable_uuid("v", item.uuid), scheme=vad, layer=1, values=[7.4, 5.0, 11.0], **shared)


def make_assisted(count: int, *, silent: int = 0, share: float = 0.5) -> Campaign:
    """A campaign with a model that has spoken about all items but the first ``silent``."""
    corpus = make_items("assisted", count)
    model = Rater.objects.create(kind="model", pseudonym="model-1", model={"name": "m"})
    for item in Item.objects.filter(corpus=corpus).order_by("pk")[silent:]:
        say(model, item)
    collection = collections.create(by=None, slug="assisted", title="All", filter={"corpus": "assisted"})
    form = forms.create(by=None, slug="assisted", title="Emotions", layers=[EMOTION, VAD])
    plan = {"collection": collection, "form": form, "overlap": 3, "suggester": model, "assisted_share": share}
    campaign = campaigns.open_campaign(by=None, **plan)
    people = make_people("ana", "ben")
    campaigns.invite_raters(by=None, campaign=campaign, people_=people)
    for person in people:
        campaigns.record_consent(by=person, campaign=campaign, purposes=dict.fromkeys(campaigns.PURPOSES, True))
    return campaign


def test_the_arm_is_drawn_evenly_for_each_item_and_rater_and_always_the_same() -> None:
    campaign = make_assisted(100, silent=10)
    raters = [rater_of(User.objects.get(username=name)) for name in ("ana", "ben")]
    items = list(Item.objects.order_by("pk"))
    drawn = {(i.pk, r.pk): suggestions.draw(campaign, i, r) for i in items for r in raters}
    assert drawn == {(i.pk, r.pk): suggestions.draw(campaign, i, r) for i in items for r in raters}
    silent = [drawn[i.pk, r.pk] for i in items[:10] for r in raters]
    assert set(silent) == {("blind", None)}
    arms = [[drawn[i.pk, r.pk][0] == "assisted" for i in items[10:]] for r in raters]
    assert 30 < sum(arms[0]) < 60
    both = sum(a and b for a, b in zip(*arms, strict=True))
    assert 12 < both < 34, "two raters' arms do not hang together"


def test_a_suggestion_is_one_that_a_rater_could_have_given() -> None:
    campaign = make_assisted(1, share=1.0)
    _, suggestion = suggestions.draw(campaign, Item.objects.get(), rater_of(User.objects.get(username="ana")))
    assert suggestion is not None
    assert suggestion["layers"] == {"emotion": {"labels": [JOY]}, "vad": {"values": [7.0, 5.0, 9.0]}}


def test_only_a_model_rater_suggests() -> None:
    campaign = make_assisted(1)
    person = rater_of(User.objects.get(username="ana"))
    with pytest.raises(ChoraleError, match="model"):
        campaigns.open_campaign(
            by=None, collection=campaign.collection, form=campaign.form, slug="other", suggester=person
        )


@pytest.fixture
def campaign(label_studio: Address, proxy: Address) -> Iterator[Campaign]:
    made = make_assisted(4)
    push(made)
    yield Campaign.objects.get(pk=made.pk)
    clear_studio()


def test_only_who_was_drawn_sees_the_suggestion_and_label_studio_never_does(proxy: Address, campaign: Campaign) -> None:
    seen = {}
    for name in ("ana", "ben"):
        rater = entered(proxy, campaign, name)
        while (answer := rater.ask_next()).status_code == 200:
            item = answer.json()
            seen[name, item["id"]] = item["predictions"]
            suggested = item["predictions"][0]["result"] if item["predictions"] else None
            given = [e | {"origin": "prediction"} for e in suggested] if suggested else _by_hand(campaign)
            if suggested and name == "ben":  # keeps joy and changes a number, and claims to have changed nothing
                given = [e | {"value": {"rating": 2}} if e["from_name"] == "vad__0" else e for e in given]
            made = rater.submit(
                item["id"], given, parent_prediction=item["predictions"] and item["predictions"][0]["id"]
            )
            assert made.status_code == 201, made.text
        assert rater.eventually(lambda: Response.objects.filter(campaign=campaign).count() == len(seen))
    arms = {(s.rater.user.username, s.pk): s.arm for s in Seat.objects.select_related("rater__user")}  # type: ignore[union-attr]
    assert {key: bool(shown) for key, shown in seen.items()} == {key: arm == "assisted" for key, arm in arms.items()}
    assert set(arms.values()) == {"assisted", "blind"}
    for page in studio_push.connect().pages(campaign.projects.get().ls_id or 0):
        assert [task["predictions"] for task in page.tasks] == [[]] * 4
    for response in Response.objects.filter(campaign=campaign):
        shown = response.arm == "assisted"
        bens = shown and response.rater.user.username == "ben"  # type: ignore[union-attr]
        whole = "prediction-changed" if bens else "prediction" if shown else "manual"
        assert (response.suggestion is not None, response.origin) == (shown, whole)
        fields = dict(response.judgments.values_list("layer", "origin"))
        assert fields == ({0: "prediction", 1: whole} if shown else {0: "manual", 1: "manual"})
    campaign.refresh_from_db()
    edits = sum(arm == "assisted" and name == "ben" for (name, _), arm in arms.items())
    kept = sum(arm == "assisted" for arm in arms.values()) - edits
    emotion, vad = assisted.fields(campaign, draws=16)
    assert emotion.fates == {"accepted": kept + edits, "edited": 0, "rejected": 0}
    assert vad.fates == {"accepted": kept, "edited": edits, "rejected": 0}


def test_a_dimension_that_the_model_left_open_is_not_suggested() -> None:
    campaign = make_assisted(1, share=1.0)
    rater = rater_of(User.objects.get(username="ana"))
    Judgment.objects.filter(layer=1).update(values=[float("nan"), 4.6, float("nan")])
    _, suggestion = suggestions.draw(campaign, Item.objects.get(), rater)
    assert suggestion is not None
    assert suggestion["layers"]["vad"] == {"values": [None, 5.0, None]}
    assert [entry["from_name"] for entry in suggestion["result"]] == ["emotion", "vad__1"]
    Judgment.objects.filter(layer=1).update(values=[float("nan")] * 3)
    _, suggestion = suggestions.draw(campaign, Item.objects.get(), rater)
    assert suggestion is not None
    assert set(suggestion["layers"]) == {"emotion"}


def _by_hand(campaign: Campaign) -> list[dict[str, object]]:
    entry = {"to_name": "item", "origin": "prediction"}
    rating = {"type": "rating", "value": {"rating": 2}}
    anger = {"from_name": "emotion", "type": "choices", "value": {"choices": ["anger"]}}
    return [entry | anger, *(entry | rating | {"from_name": f"vad__{code}"} for code in range(3))]

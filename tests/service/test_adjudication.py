"""Rulings: made, replaced and taken back, over all aggregates; votes stay; scopes stand side by side; the queue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from chorale.jobs import control, engine
from chorale.store import campaigns, forms, registry, rulings
from chorale.store.adjudication import Queue
from chorale.store.forms import LayerSpec
from chorale.store.models import Aggregate, AggregationReport, Campaign, Event, Item, Judgment, Response, Ruling
from harmonize.problems import ChoraleError
from tests.service import agreement_scene
from tests.service.test_web_pages import client_of, plain_static

pytestmark = pytest.mark.django_db
__all__ = ["plain_static"]
SCHEME = f"{agreement_scene.SCHEME}@1.0.0"


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """Settled once for all tests here."""
    with agreement_scene.committed(django_db_blocker, measured=False, also=_settled) as built:
        yield built


def _settled(built: dict[str, Any]) -> None:
    built["scheme"] = registry.scheme(agreement_scene.SCHEME)
    built["campaign"] = _campaign(built)
    for kind, scope in (("corpus", "voices"), ("campaign", "spring")):
        control.run_here(engine.start("settle", by=None, params={"scope_type": kind, "scope": scope}))
    built["settling"] = AggregationReport.objects.get(scope="voices")


def _campaign(built: dict[str, Any]) -> Any:
    """A campaign in which two of the four voices spoke."""
    asked = LayerSpec("emotion", agreement_scene.SCHEME, "reader", "Which?")
    form = forms.create(by=None, slug="ask", title="Ask", layers=[asked])
    campaign = campaigns.open_campaign(by=None, collection=built["half"], form=form, overlap=2, slug="spring")
    Response.objects.filter(rater__in=built["raters"][:2]).update(campaign=campaign)
    return campaign


def rule(world: dict[str, Any], item: Item, *labels: str, reason: str = "Read twice.") -> Ruling:
    place = {"item": item, "scheme": world["scheme"], "perspective": "reader"}
    return rulings.rule(by=world["admin"], **place, labels=labels, reason=reason)


def rows(item: Item, method: str, **scope: Any) -> list[float]:
    return Aggregate.objects.get(item=item, method=method, **({"campaign": None} | scope)).values


def test_what_a_campaign_says_stands_beside_what_the_corpus_says(world: dict[str, Any]) -> None:
    item = world["items"][3]
    whole = Aggregate.objects.get(item=item, method="votes", campaign=None)
    part = Aggregate.objects.get(item=item, method="votes", campaign=world["campaign"])
    assert (whole.n, part.n) == (4, 2)
    page = client_of(world, "admin").get(f"/items/{item.uuid}/").content.decode()
    assert "in campaign <a" in page
    told = client_of(world, "researcher").get(f"/api/v1/items/{item.uuid}").json()["soft_labels"]
    assert {(row["campaign"], row["n"]) for row in told if row["method"] == "votes"} == {(None, 4), ("spring", 2)}
    assert Aggregate.objects.filter(method="votes", campaign=None).count() == agreement_scene.ITEMS


def test_a_ruling_stands_over_all_ways_at_once_and_changes_no_vote(world: dict[str, Any]) -> None:
    item, code = world["items"][5], world["scheme"].core.code("disgust")
    others = Aggregate.objects.filter(item=item).exclude(method="ruled").order_by("pk")
    before = list(others.values_list("pk", "values", "n")), list(Judgment.objects.filter(item=item).values())
    made = rule(world, item, "disgust")
    assert rows(item, "ruled")[code] == 1.0
    assert sum(rows(item, "ruled", campaign=world["campaign"])) == 1.0
    assert before == (list(others.values_list("pk", "values", "n")), list(Judgment.objects.filter(item=item).values()))
    event = Event.objects.get(action="ruling.make", subject=str(made.pk))
    assert (event.by, event.detail["reason"], event.detail["labels"]) == (world["admin"], "Read twice.", [code])


def test_a_ruling_is_replaced_and_taken_back_and_none_is_lost(world: dict[str, Any]) -> None:
    item = world["items"][6]
    first, second = rule(world, item, "fear"), rule(world, item, "joy", reason="The sarcasm was missed.")
    first.refresh_from_db()
    assert first.retired_at is not None
    assert first.retired_by == world["admin"]
    with pytest.raises(ChoraleError, match="does not stand"):
        rulings.take_back(by=world["admin"], ruling=first)
    rulings.take_back(by=world["admin"], ruling=second)
    if Aggregate.objects.filter(item=item, method="plurality", campaign=None).exists():
        assert rows(item, "ruled") == rows(item, "plurality")  # the ruling of the first item still stands
    assert Ruling.objects.filter(item=item).count() == 2
    for ruling in Ruling.objects.filter(retired_at=None):
        rulings.take_back(by=world["admin"], ruling=ruling)
    assert not Aggregate.objects.filter(method="ruled", item=item).exists()
    page = client_of(world, "admin").get(f"/items/{item.uuid}/").content.decode()
    assert "2 earlier rulings" in page
    assert "The sarcasm was missed." in page


def test_names_are_hidden_where_chosen_and_always_where_the_plan_says_so(world: dict[str, Any]) -> None:
    admin, names = client_of(world, "admin"), [f">{rater.pseudonym}<" for rater in world["raters"]]
    page = f"/adjudication/{world['settling'].pk}/"
    shown, hidden = (admin.get(page + end).content.decode() for end in ("", "?names=hidden"))
    assert sum(name in shown for name in names) >= 2
    assert not any(name in hidden for name in names)
    assert "Rater A" in hidden
    assert "Because" in hidden, "one rules as before"
    Campaign.objects.filter(slug="spring").update(plan={"hides_names": True})
    settled = AggregationReport.objects.get(scope="spring")
    fixed = admin.get(f"/adjudication/{settled.pk}/").content.decode()
    assert "as the plan says" in fixed
    assert not any(name in fixed for name in names)


def test_one_ruling_stands_at_a_time(world: dict[str, Any]) -> None:
    made = rule(world, world["items"][7], "fear")
    again = {"item": made.item, "scheme": made.scheme, "perspective": "reader", "decided_by": world["admin"]}
    with pytest.raises(IntegrityError), transaction.atomic():
        Ruling.objects.create(**again, labels=[0], reason="x")


@pytest.mark.parametrize(
    ("labels", "reason", "code"),
    [((), "x", "ruling-answer"), (("joy", "fear"), "x", "ruling-answer"), (("glee",), "x", "ruling-answer"),
     (("joy",), " ", "no-reason")],
)  # fmt: skip
def test_a_ruling_that_does_not_fit_is_refused(
    world: dict[str, Any], labels: tuple[str, ...], reason: str, code: str
) -> None:
    with pytest.raises(ChoraleError) as refusal:
        rule(world, world["items"][8], *labels, reason=reason)
    assert refusal.value.code == code
    assert not Ruling.objects.filter(item=world["items"][8]).exists()


def test_nobody_rules_on_what_nobody_judged_or_outside_a_scale(world: dict[str, Any]) -> None:
    item, vad = world["items"][8], registry.scheme("vad-9")
    with pytest.raises(ChoraleError, match="Nobody judged"):
        rulings.rule(
            by=world["admin"], item=item, scheme=world["scheme"], perspective="writer", labels=["joy"], reason="x"
        )
    answer = Response.objects.create(slot=item.uuid, item=item, rater=world["raters"][0], origin="imported")
    Judgment.objects.create(
        key=item.uuid, response=answer, item=item, rater=world["raters"][0], scheme=vad, perspective="reader",
        values=[5.0, 5.0, 5.0],
    )  # fmt: skip
    place = {"by": world["admin"], "item": item, "scheme": vad, "perspective": "reader", "reason": "x"}
    first = vad.core.dimensions[0].id
    for values in ({first: 10.0}, {first: float("nan")}, {"glee": 5.0}, {}):
        with pytest.raises(ChoraleError) as refusal:
            rulings.rule(**place, values=values)
        assert refusal.value.code == "ruling-answer"
    assert rulings.rule(**place, values={first: 9.0}).values == [9.0, None, None]
    assert rows(item, "ruled", scheme=vad)[0] == 9.0


def test_the_queue_is_hardest_first_and_moves_on(world: dict[str, Any]) -> None:
    queue = Queue(world["settling"])
    waiting = list(queue.waiting())
    hardness = [row.hardness for row in waiting]
    assert hardness == sorted(hardness, reverse=True)
    assert world["items"][0].pk not in {row.item_id for row in waiting}, "it is ruled"
    rule(world, waiting[0].item, "joy")
    assert queue.waiting().first().item_id == waiting[1].item_id
    assert queue.waiting(waiting[0].item_id).first().item_id == waiting[1].item_id
    assert queue.waiting(waiting[1].item_id).first().item_id == waiting[2].item_id
    tied = Queue(world["settling"], "tied").waiting()
    assert all(sorted(row.values)[-1] == sorted(row.values)[-2] for row in tied)
    assert {row.verdict for row in Queue(world["settling"], "split").waiting()} <= {"people split"}


def test_the_pages_rule_and_take_back_for_admins_alone(world: dict[str, Any]) -> None:
    admin, item = client_of(world, "admin"), world["items"][9]
    queue = f"/adjudication/{world['settling'].pk}/"
    assert 'data-key="1"' in admin.get(queue).content.decode()
    sent = {"scheme": SCHEME, "perspective": "reader", "label": "fear", "reason": "So it says.", "onward": queue}
    assert admin.post(f"/items/{item.uuid}/rule/", sent).url == queue
    made = Ruling.objects.get(item=item, retired_at=None)
    page = client_of(world, "researcher").get(f"/items/{item.uuid}/").content.decode()
    assert "Ruled: fear" in page
    assert "Take back" not in page
    told = client_of(world, "researcher").get("/rulings.json").json()["rows"]
    assert ("fear", "So it says.", "stands") in {(row["ruling"], row["reason"], row["standing"]) for row in told}
    refused = admin.post(f"/items/{item.uuid}/rule/", {**sent, "label": [], "back": queue}, follow=True)
    assert "No label was chosen" in refused.content.decode()
    for who in ("researcher", "nobody"):
        assert client_of(world, who).post(f"/items/{item.uuid}/rule/", sent).status_code in (302, 403)
        assert client_of(world, who).post(f"/rulings/{made.pk}/take-back/").status_code in (302, 403)
        assert client_of(world, who).get(queue).status_code in (302, 403)
    assert Ruling.objects.filter(retired_at=None, item=item).count() == 1
    admin.post(f"/rulings/{made.pk}/take-back/", {"onward": "https://elsewhere.example/"})
    assert not Ruling.objects.filter(retired_at=None, item=item).exists()


def test_of_two_who_rule_at_once_the_second_reads_what_the_first_decided(world: dict[str, Any]) -> None:
    item, admin = world["items"][9], client_of(world, "admin")
    form = {"scheme": SCHEME, "perspective": "reader", "reason": "I see it so.", "label": ["joy"]}
    shown = admin.get(f"/items/{item.uuid}/").content.decode()
    assert 'name="seen" value=""' in shown
    first = rule(world, item, "anger", reason="Read thrice.")
    late = admin.post(f"/items/{item.uuid}/rule/", form | {"seen": ""}, follow=True)
    assert late.redirect_chain[-1][0] == f"/items/{item.uuid}/"
    page = late.content.decode()
    assert "Somebody else has ruled" in page
    assert "Read thrice." in page
    assert Ruling.objects.get(item=item, retired_at=None) == first
    assert f'name="seen" value="{first.pk}"' in page
    admin.post(f"/items/{item.uuid}/rule/", form | {"seen": str(first.pk)})
    assert Ruling.objects.get(item=item, retired_at=None).reason == "I see it so."


def test_the_api_rules_lists_and_queues(world: dict[str, Any]) -> None:
    admin, reader, item = client_of(world, "admin"), client_of(world, "researcher"), world["items"][10]
    sent = json.dumps({"scheme": SCHEME, "perspective": "reader", "labels": ["joy"], "reason": "Heard."})
    address = f"/api/v1/items/{item.uuid}/rulings"
    assert reader.post(address, sent, content_type="application/json").status_code == 403
    made = admin.post(address, sent, content_type="application/json")
    assert (made.status_code, made.json()["labels"], made.json()["stands"]) == (201, ["joy"], True)
    told = reader.get("/api/v1/rulings?corpus=voices&stands=true").json()["rows"]
    assert made.json() in told
    assert reader.get(f"/api/v1/items/{item.uuid}").json()["rulings"] == [made.json()]
    queue = f"/api/v1/settlings/{world['settling'].pk}/queue"
    assert str(item.uuid) not in {row["item"] for row in admin.get(queue).json()["rows"]}
    assert reader.get(queue).status_code == 403
    assert admin.get(f"{queue}?pick=easiest").status_code == 400
    back = admin.post(f"/api/v1/rulings/{made.json()['id']}/take-back", "{}", content_type="application/json").json()
    assert back["stands"] is False

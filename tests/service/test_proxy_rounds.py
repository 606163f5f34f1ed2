"""Rounds under attack at the running proxy: tutorial, check items and pilot come only in turn, and stay apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from annotation.studio import Answer, write_result
from chorale.proxy import tickets
from chorale.store import bridge, campaigns, qualification, rounds, studio_push
from chorale.store.campaign_plan import Plan
from chorale.store.models import Campaign, Item, Qualification, Response, Seat, StudioProject, StudioTask, User
from chorale.store.models.campaigns import Round
from harmonize.records import Status
from tests.service.campaign_rows import clear_studio, push
from tests.service.rated_rows import ANGER, JOY, agreed, collection_of, make_planned
from tests.service.rater_browser import RaterBrowser, entered, seat_of, task_of
from tests.stack import Address

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = {"main": None, "tutorial": Round.TUTORIAL, "gold": Round.GOLD}


@pytest.fixture
def campaign(label_studio: Address, proxy: Address) -> Iterator[Campaign]:
    """Two tries of two items, then three items with two check items among them; and a pilot in which only ben is."""
    plan = Plan(try_items=2, tries=2, pass_mark=1.0, gold_share=0.5, gold_feedback=True)
    made = make_planned(plan, count=3, checks=4, gold=2, names=("ana", "ben"), carried_out=push)
    items = list(Item.objects.filter(collectionitem__collection=made.collection).order_by("pk"))
    pilot = campaigns.open_campaign(
        by=None, collection=collection_of("tried", items), form=made.form, slug="tried", pilot=True
    )
    people = [User.objects.get(username="ben")]
    campaigns.invite_raters(by=None, campaign=pilot, people_=people)
    agreed(people[0], pilot)
    push(pilot)
    yield made
    clear_studio()


def said(campaign: Campaign, label: int) -> list[dict[str, Any]]:
    return write_result([Answer("emotion", Status.ANSWERED, labels=(label,))], campaigns.layers_of(campaign.form))


def round_of(campaign: Campaign, kind: Round | None) -> Campaign:
    found = campaign if kind is None else rounds.child(campaign, kind)
    assert found is not None
    return found


def tasks(campaign: Campaign) -> list[int]:
    rows = StudioTask.objects.filter(project__campaign=campaign).order_by("item__collectionitem__position", "pk")
    return list(dict.fromkeys(rows.values_list("ls_id", flat=True)))


def annotations() -> int:
    """How many answers Label Studio holds, in all projects of this test."""
    found = 0
    for number in StudioProject.objects.exclude(ls_id=None).values_list("ls_id", flat=True):
        found += sum(len(t["annotations"]) for page in studio_push.connect().pages(number or 0) for t in page.tasks)
    return found


def answer_all(rater: RaterBrowser, campaign: Campaign, label: int, *, most: int = 20) -> list[dict[str, Any]]:
    """What the rater's page was told of each item until nothing came any more, the answers with it."""
    told = []
    while len(told) < most and (next_ := rater.ask_next()).status_code == 200:
        made = rater.submit(next_.json()["id"], said(campaign, label))
        assert made.status_code == 201, made.text
        told.append({**next_.json(), "made": made.json()})
    return told


def test_nothing_behind_the_tutorial_is_reached_before_it_is_passed(proxy: Address, campaign: Campaign) -> None:
    ana = entered(proxy, campaign, "ana")
    numbers = {name: tasks(round_of(campaign, kind)) for name, kind in KINDS.items()}
    projects = {name: round_of(campaign, kind).projects.get().ls_id for name, kind in KINDS.items()}
    pilot = Campaign.objects.get(slug="tried")
    first = numbers["tutorial"][:2]
    assert task_of(ana.next_item()["id"]) in first
    beyond = [*numbers["main"], *numbers["gold"], *numbers["tutorial"][2:], *tasks(pilot)]
    for task in (seat_of("ben", number) for number in beyond):
        for answer in (
            ana.http.get(f"/api/tasks/{task}/"),
            ana.http.get(f"/api/tasks/{task}/annotations/"),
            ana.http.get(f"/api/tasks/{task}/drafts"),
            ana.submit(task, said(campaign, JOY)),
            ana.http.post(f"/api/tasks/{task}/drafts", json={"result": said(campaign, JOY)}),
        ):
            assert answer.status_code == 404, (task, answer.text)
    for number in (projects["tutorial"], projects["gold"], pilot.projects.get().ls_id):
        for path in (f"/projects/{number}/data", f"/api/projects/{number}/", f"/api/projects/{number}/next"):
            assert ana.http.get(path).status_code == 404, path
        assert ana.http.get(f"/api/projects/{number}/label-stream-history").status_code == 404
        assert ana.http.get(f"/api/dm/project?project={number}").status_code == 404
    for asked in projects.values():  # whichever project is named, the tutorial comes
        told = ana.http.post(f"/api/dm/actions?project={asked}&id=next_task", json={}).json()
        assert task_of(told["id"]) in first
    assert annotations() == 0
    anas = Seat.objects.filter(rater__user__username="ana")
    assert set(anas.values_list("task__ls_id", flat=True)) <= set(first)


def test_who_fails_every_try_gets_no_item_and_leaves_no_vote(proxy: Address, campaign: Campaign) -> None:
    ana = entered(proxy, campaign, "ana")
    for attempt in (1, 2):
        assert len(answer_all(ana, campaign, ANGER)) == 2
        arrived = Response.objects.filter(campaign__parent=campaign)
        assert ana.eventually(lambda: arrived.count() == 2 * attempt, 60)  # noqa: B023
        why = ana.ask_next()
        assert why.status_code == 404
    assert "all its tries are used" in ana.ask_next().json()["detail"] or why.json()["detail"] == qualification.DONE
    assert list(Qualification.objects.order_by("attempt").values_list("passed", flat=True)) == [False, False]
    assert ana.submit(seat_of("ben", tasks(campaign)[0]), said(campaign, JOY)).status_code == 404
    scheme = campaign.form.layers.get().scheme
    assert len(bridge.judgments(scheme, perspective="reader", who="people", collection=campaign.collection)) == 0
    assert not Seat.objects.filter(task__project__campaign=campaign, rater__user__username="ana").exists()


def test_check_items_do_not_stand_out_and_their_answers_stay_apart(proxy: Address, campaign: Campaign) -> None:
    ana = entered(proxy, campaign, "ana")
    tried = answer_all(ana, campaign, JOY, most=2)
    assert ana.eventually(lambda: _arrived() == 2, 60)
    ana.ask_next()  # the try is graded here, or was
    told = answer_all(ana, campaign, JOY)
    gold = set(tasks(round_of(campaign, Round.GOLD)))
    met = [task_of(one["id"]) in gold for one in told]
    assert (len(tried), met.count(False)) == (2, 3)
    assert any(met)
    assert len({one["project"] for one in tried + told}) == 1
    assert len({one["made"]["project"] for one in tried + told}) == 1
    assert len({tuple(sorted(one)) for one in tried + told}) == 1
    assert len({tuple(sorted(one["data"])) for one in tried + told}) == 1
    assert ana.eventually(lambda: _arrived() == 2 + len(told), 60)
    layer = campaign.form.layers.get()
    votes = bridge.judgments(layer.scheme, perspective="reader", who="people", collection=campaign.collection)
    assert len(votes) == 3, "neither the tutorial nor check items"


def test_a_pilot_and_the_main_round_know_nothing_of_each_other(proxy: Address, campaign: Campaign) -> None:
    pilot = Campaign.objects.get(slug="tried")
    ben = entered(proxy, pilot, "ben")
    with pytest.raises(Exception, match="no part"):
        tickets.issue(User.objects.get(username="ana"), pilot)
    assert len(answer_all(ben, pilot, ANGER)) == 3
    assert ben.eventually(lambda: Response.objects.filter(campaign=pilot).count() == 3, 60)
    for task in (seat_of("ben", number) for number in tasks(campaign)):  # his, but of another campaign's session
        assert ben.http.get(f"/api/tasks/{task}/").status_code == 404
        assert ben.submit(task, said(campaign, JOY)).status_code == 404
    mine = Response.objects.filter(campaign=pilot).values_list("external_id", flat=True)[0]
    again = entered(proxy, campaign, "ben")
    assert again.http.get(f"/api/annotations/{mine}/").status_code == 404
    assert again.http.patch(f"/api/annotations/{mine}/", json={"result": said(pilot, JOY)}).status_code == 404
    layer = campaign.form.layers.get()
    where = {"perspective": "reader", "who": "people"}
    assert len(bridge.judgments(layer.scheme, collection=pilot.collection, **where)) == 0
    assert len(bridge.judgments(layer.scheme, campaign=pilot, **where)) == 3, "unless asked for"


def _arrived() -> int:
    return Response.objects.filter(campaign__isnull=False).count()

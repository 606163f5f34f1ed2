"""Rounds in the course of a campaign: the tutorial first, check and repeated items among the others, all apart."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from chorale.store import (
    bridge,
    check_items,
    drawing,
    extending,
    item_reports,
    offers,
    qualification,
    repeated,
    rounds,
    rulings,
)
from chorale.store.campaign_plan import Plan
from chorale.store.models import Campaign, Judgment, Qualification, RaterLanguage, Ruling, Seat, StudioTask, User
from chorale.store.models.campaigns import Round
from harmonize.corpora.identity import stable_uuid
from harmonize.problems import ChoraleError
from tests.service.rated_rows import ANGER, JOY, answer, make_planned, rater, refusal, works
from tests.service.test_web_pages import plain_static

__all__ = ["plain_static"]

pytestmark = pytest.mark.django_db


def test_only_who_passes_the_tutorial_gets_items_of_the_campaign() -> None:
    campaign = make_planned(Plan(try_items=3, tries=2, pass_mark=0.6), checks=6)
    assert works("ana", campaign, {"tutorial": [JOY]}) == ["tutorial"] * 3
    assert offers.standing(rater("ana"), campaign).round == campaign
    assert works("ana", campaign, {}, most=2) == ["main"] * 2
    works("ben", campaign, {"tutorial": [ANGER]})
    told = offers.standing(rater("ben"), campaign)
    assert told.round is not None
    assert told.round.round == Round.TUTORIAL
    first = set(Seat.objects.filter(rater=rater("ben")).values_list("task", flat=True))
    assert works("ben", campaign, {"tutorial": [ANGER]}) == ["tutorial"] * 3
    assert len(set(Seat.objects.filter(rater=rater("ben")).values_list("task", flat=True)) - first) == 3, "other items"
    assert "all its tries are used" in offers.standing(rater("ben"), campaign).why
    assert offers.offer(rater("ben"), campaign) is None
    rows = Qualification.objects.order_by("rater", "attempt").values_list("attempt", "right", "checked", "passed")
    assert list(rows) == [(1, 3, 3, True), (1, 0, 3, False), (2, 0, 3, False)]


def test_answers_of_check_items_are_known_before_anybody_judged_them() -> None:
    campaign = make_planned(Plan(try_items=2), checks=2, names=())
    Ruling.objects.all().delete()
    Judgment.objects.all().delete()
    tutorial = rounds.child(campaign, Round.TUTORIAL)
    assert tutorial is not None
    assert check_items.without_answer(tutorial) == 2
    ada = User.objects.get(username="ada")
    first = check_items.waiting(campaign)
    assert first is not None
    second = check_items.waiting(campaign, after=first.place)
    assert second is not None
    assert second.item != first.item
    assert check_items.waiting(campaign, after=second.place) is None
    client, address = Client(), f"/campaigns/{campaign.slug}/checks/"
    client.force_login(ada)
    page = client.get(address)
    assert page.context["item"] == first.item
    assert client.get(page.context["onward"]).context["item"] == second.item, "passed over without a ruling"
    assert "From the beginning" in client.get(f"{address}?after={second.place}").content.decode()
    while waiting := check_items.waiting(campaign):
        item, layer = waiting.item, waiting.layer
        told = {"scheme": layer.scheme, "perspective": layer.perspective, "reason": "It says so.", "labels": ["joy"]}
        rulings.rule(by=ada, item=item, **told)
    assert check_items.without_answer(tutorial) == 0
    with pytest.raises(ChoraleError) as refused:
        rulings.rule(by=ada, item=campaign.collection.members.first().item, **told)  # type: ignore[union-attr]
    assert refusal(refused) == "nobody-judged"


def test_a_finished_try_is_graded_when_its_last_answer_has_come_back() -> None:
    campaign = make_planned(Plan(try_items=2), checks=2)
    works("ana", campaign, {}, most=1)
    seat = offers.offer(rater("ana"), campaign)
    assert seat is not None
    Seat.objects.filter(pk=seat.pk).update(state="filled")
    assert offers.standing(rater("ana"), campaign).why == qualification.COMING
    Seat.objects.filter(pk=seat.pk).update(state="held")
    answer(seat, [JOY])
    assert offers.standing(rater("ana"), campaign).why == qualification.DONE
    assert offers.standing(rater("ana"), campaign).round == campaign


def test_check_items_come_at_their_share_and_repeated_ones_after_their_gap() -> None:
    plan = Plan(gold_share=0.3, repeat_share=0.25, repeat_gap=4)
    campaign = make_planned(plan, count=24, gold=12, overlap=1)
    met = works("ana", campaign, {"gold": [JOY]})
    assert met.count("main") == 24
    assert 4 <= met.count("gold") <= 12
    assert met.count("repeat") == 6
    seats = list(Seat.objects.filter(rater=rater("ana")).select_related("task__project__campaign").order_by("pk"))
    place = {(s.task.item_id, s.task.project.campaign.round): n for n, s in enumerate(seats)}
    gaps = [n - place[item, "main"] for (item, kind), n in place.items() if kind == "repeat"]
    assert min(gaps) > plan.repeat_gap
    gold = rounds.child(campaign, Round.GOLD)
    assert gold is not None
    assert check_items.score(check_items.of_rater(rater("ana"), gold)) == (met.count("gold"), met.count("gold"))
    assert [found.reason for _, found in repeated.measured(campaign)] == [
        "no variance: every rating has the same value"
    ]
    again = works("ben", campaign, {})
    assert again == ["gold"] * len(again), "no item of the campaign is left for a second rater"


@pytest.mark.django_db(transaction=True)
def test_answers_of_rounds_and_pilots_stay_apart() -> None:
    campaign = make_planned(Plan(gold_share=0.5), count=4, gold=4)
    met = works("ana", campaign, {})
    layer = campaign.form.layers.select_related("scheme").get()
    asked = {"perspective": "reader", "who": "people"}
    source = 4  # what the corpus itself says of the gold items
    assert len(bridge.judgments(layer.scheme, **asked)) == met.count("main") + source
    gold = rounds.child(campaign, Round.GOLD)
    assert len(bridge.judgments(layer.scheme, campaign=gold, **asked)) == met.count("gold") > 0
    Campaign.objects.filter(pk=campaign.pk).update(round=Round.PILOT)
    campaign.refresh_from_db()
    assert len(bridge.judgments(layer.scheme, **asked)) == source
    assert len(bridge.judgments(layer.scheme, campaign=campaign, **asked)) == met.count("main")
    assert str(campaign.pk) not in drawing._who([campaign], [])


def test_a_day_a_quota_a_last_day_and_a_language_bound_what_is_asked() -> None:
    campaign = make_planned(Plan(per_day=2, quota=3, speaks=True))
    ana = rater("ana")
    assert "read en well" in offers.standing(ana, campaign).why
    RaterLanguage.objects.create(rater=ana, language="en-GB")
    assert (offers.left(ana, campaign), offers.left_today(ana, campaign)) == (3, 2)
    assert len(works("ana", campaign, {})) == 2
    assert "enough for today" in offers.standing(ana, campaign).why
    extending.extend(by=None, campaign=campaign, per_day=None)
    campaign.refresh_from_db()
    assert len(works("ana", campaign, {})) == 1
    assert "meant for you" in offers.standing(ana, campaign).why
    extending.extend(by=None, campaign=campaign, quota=None, ends_on="2020-01-01")
    campaign.refresh_from_db()
    assert "ended on 2020-01-01" in offers.standing(ana, campaign).why


def test_every_rater_has_an_order_of_their_own_where_the_plan_says_so() -> None:
    campaign = make_planned(Plan(order="random"), count=16)
    for name in ("ana", "ben"):
        works(name, campaign, {})
    orders = [
        list(Seat.objects.filter(rater=rater(name)).order_by("pk").values_list("task", flat=True))
        for name in ("ana", "ben")
    ]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]
    assert orders[0] != sorted(orders[0])


def test_many_items_lie_in_several_projects_and_raters_do_not_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "SHARD", 5)
    campaign = make_planned(Plan(), count=12)
    assert campaign.projects.count() == 3
    first = campaign.projects.order_by("number").first()
    assert first is not None
    tasks = StudioTask.objects.filter(project__campaign=campaign).order_by("pk")
    tasks.filter(pk__in=[t.pk for t in tasks[12:]]).delete()
    met = works("ana", campaign, {}, most=12)
    assert len(met) == 12


def test_what_is_noted_as_taken_up_speeds_the_look_for_room_and_never_hides_any() -> None:
    campaign = make_planned(Plan(), count=3, overlap=1, names=("ana", "ben"))
    assert len(works("ana", campaign, {}, most=2)) == 2
    noted = StudioTask.objects.filter(taken_up=True)
    assert noted.count() == 2
    assert len(works("ben", campaign, {})) == 1, "the one that ana left"
    assert (offers.offer(rater("ben"), campaign), offers.left(rater("ben"), campaign)) == (None, 0)
    first = Seat.objects.filter(rater=rater("ana")).order_by("pk").first()
    assert first is not None
    Seat.objects.filter(pk=first.pk).update(state="skipped")  # room came back without a note
    assert noted.count() == 3
    assert offers.left(rater("ben"), campaign) == 1
    found = offers.offer(rater("ben"), campaign)
    assert found is not None
    assert found.task_id == first.task_id
    extending.extend(by=None, campaign=campaign, overlap=2)
    assert noted.count() == 0
    assert len(works("ben", Campaign.objects.get(pk=campaign.pk), {})) == 2


def test_what_may_change_while_it_runs_and_what_may_not() -> None:
    campaign = make_planned(Plan(repeat_share=0.25), overlap=2)
    made = extending.extend(by=None, campaign=campaign, overlap=3, pay=12.5, pay_per="hour")
    assert (made.overlap, rounds.plan_of(made).pay_per) == (3, "hour")
    again = rounds.child(made, Round.REPEAT)
    assert again is not None
    assert again.overlap == 3
    for changes in ({"overlap": 2}, {"repeat_share": 0.1}, {"pay": -1}):
        with pytest.raises(ChoraleError) as refused:
            extending.extend(by=None, campaign=made, **changes)
        assert refusal(refused) in ("campaign-overlap", "campaign-fixed", "campaign-plan")


@pytest.mark.parametrize("bad", [{"gold_share": 0.7}, {"order": "upwards"}, {"ends_on": "soon"}, {"colour": "red"}])
def test_a_plan_says_what_is_wrong_with_it(bad: dict[str, object]) -> None:
    with pytest.raises(ChoraleError) as refused:
        Plan.of(bad)
    assert refusal(refused) == "campaign-plan"


def test_a_reported_item_that_is_taken_out_is_given_to_nobody() -> None:
    campaign = make_planned(Plan(), count=2)
    seat = offers.offer(rater("ana"), campaign)
    assert seat is not None
    ana = seat.rater.user
    assert ana is not None
    row = item_reports.report(by=ana, campaign=campaign, item=seat.task.item, reason="upsetting", words="A death.")
    chloe = offers.offer(rater("chloe"), campaign)
    assert chloe is not None
    assert chloe.task == seat.task
    same = item_reports.report(by=chloe.rater.user, campaign=campaign, item=seat.task.item, reason="person")  # type: ignore[arg-type]
    with pytest.raises(ChoraleError):
        item_reports.report(by=ana, campaign=campaign, item=StudioTask.objects.last().item, reason="other")  # type: ignore[union-attr]
    item_reports.answer(by=ana, row=row, remove=True, words="You are right.")
    same.refresh_from_db()
    assert (same.state, same.answer, same.answered_by) == ("removed", "You are right.", ana), "chloe reads it too"
    for name in ("ana", "ben"):
        other = offers.offer(rater(name), campaign)
        assert other is not None
        assert other.task != seat.task
        assert offers.left(rater(name), campaign) == 1


@pytest.mark.parametrize(("tells", "right"), [(True, 0), (False, 1)])
def test_an_answer_changed_after_it_was_told_how_it_was_does_not_count(tells: bool, right: int) -> None:
    plan = Plan(gold_share=0.5, gold_feedback=tells)
    campaign = make_planned(plan, count=16, gold=1, names=("ana",))  # a coin for each: one shows the check item
    works("ana", campaign, {"gold": [ANGER]})
    gold = rounds.child(campaign, Round.GOLD)
    assert gold is not None
    said = Judgment.objects.get(response__campaign=gold)
    later = {"scheme": said.scheme, "perspective": "reader", "labels": [JOY], "revision": 1}
    Judgment.objects.filter(pk=said.pk).update(retired_at=timezone.now())
    Judgment.objects.create(
        key=stable_uuid(said.key, 1), response=said.response, item=said.item, rater=said.rater, **later
    )
    assert check_items.score(check_items.of_rater(rater("ana"), gold)) == (right, 1)

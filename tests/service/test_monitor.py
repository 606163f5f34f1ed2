"""The monitor's figures, the assisted arm, verification, and the pages that show them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.raters.work_time import work_time
from chorale.store import assisted, collections, monitor, my_work, offers, verification
from chorale.store.campaign_plan import Plan
from chorale.store.models import AgreementReport, Item, Judgment, Rater, Response, Ruling, Seat, User
from harmonize.corpora.identity import stable_uuid
from harmonize.problems import ChoraleError
from harmonize.records import Status
from tests.service.rated_rows import ANGER, JOY, admin, answer, collection_of, make_planned, rater, refusal, works
from tests.service.test_web_pages import plain_static

__all__ = ["plain_static"]

pytestmark = pytest.mark.django_db


def said_by_model(model: Rater, item: Item, labels: list[int], scheme: object) -> Judgment:
    row = Response.objects.create(slot=stable_uuid("m", item.uuid), item=item, rater=model, origin="model")
    return Judgment.objects.create(
        key=stable_uuid("mj", item.uuid), response=row, item=item, rater=model, scheme=scheme, perspective="reader",
        labels=labels,
    )  # fmt: skip


def test_time_pay_cost_and_languages_of_a_campaign() -> None:
    campaign = make_planned(Plan(pay_per="hour", pay=36.0, pause=60), count=3, overlap=2)
    Item.objects.filter(source_id="L2").update(language="de")
    start = timezone.now()
    for n, seconds in enumerate((20.0, 30.0, 5000.0)):  # the last one holds a break
        seat = offers.offer(rater("ana"), campaign)
        assert seat is not None
        answer(seat, [JOY], seconds=seconds, at=start + dt.timedelta(hours=n))
    spent = my_work.spent(campaign)
    mine = spent[rater("ana").pk]
    assert (mine.answers, mine.seconds, mine.pay) == (3, 110.0, pytest.approx(1.1))
    cost = monitor.cost(campaign, spent, sum(one.left for one in monitor.by_language(campaign)))
    assert cost is not None
    assert (cost.so_far, cost.each) == (pytest.approx(1.1), pytest.approx(1.1 / 3))
    assert cost.at_end == pytest.approx(1.1 + 3 * 1.1 / 3), "two raters for each of three items, three answers given"
    told = {one.language: (one.items, one.complete, one.answers) for one in monitor.by_language(campaign)}
    assert told == {"en": (2, 0, 2), "de": (1, 0, 1)}


def test_time_of_everybody_is_that_of_the_formula_and_a_skip_is_no_answer() -> None:
    campaign = make_planned(Plan(pay_per="item", pay=0.5, pause=60), count=12, overlap=3)
    random, start = np.random.default_rng(7), timezone.now()
    for name in ("ana", "ben", "chloe"):
        at = start
        while seat := offers.offer(rater(name), campaign):
            at += dt.timedelta(seconds=float(random.exponential(40)))
            row = answer(seat, [JOY], seconds=float(random.exponential(40)), at=at)
            if random.random() < 0.4:
                Response.objects.filter(pk=row.pk).update(lead_time=None)
    Response.objects.filter(rater=rater("chloe")).update(lead_time=None)
    skipped = Response.objects.filter(rater=rater("ana")).earliest("pk")
    skipped.judgments.update(status=int(Status.SKIPPED))
    told = my_work.spent(campaign)
    for name in ("ana", "ben", "chloe"):
        own = Response.objects.filter(rater=rater(name)).order_by("submitted_at")
        moments = [row.submitted_at.timestamp() for row in own if row.submitted_at]
        lead = [np.nan if row.lead_time is None else row.lead_time for row in own]
        one = told[rater(name).pk]
        assert one.seconds == pytest.approx(float(work_time(moments, lead, pause=60).sum()), abs=1e-3)
        assert one == my_work.spent(campaign, rater(name))[rater(name).pk]
        assert (one.answers, one.pay) == ((11, 5.5) if name == "ana" else (12, 6.0))


def test_the_monitor_asks_as_often_for_many_raters_as_for_one(django_assert_max_num_queries: Any) -> None:
    campaign = make_planned(Plan(gold_share=0.5, gold_feedback=True), count=16, gold=4)
    client = Client()
    client.force_login(admin())
    works("ana", campaign, {"gold": [ANGER]})
    with CaptureQueriesContext(connection) as alone:
        assert client.get(f"/campaigns/{campaign.slug}/").status_code == 200
    for name in ("ben", "chloe"):
        works(name, campaign, {"gold": [JOY]})
    with CaptureQueriesContext(connection) as together:
        assert client.get(f"/campaigns/{campaign.slug}/").status_code == 200
    assert len(together) == len(alone)
    known = {who.pseudonym: right == checked for who, right, checked in monitor.gold(campaign)}
    assert known == {"rater-ana": False, "rater-ben": True, "rater-chloe": True}
    ana = Client()
    ana.force_login(User.objects.get(username="ana"))
    with django_assert_max_num_queries(34):
        assert "Your latest answers" in ana.get(f"/work/{campaign.slug}/").content.decode()


def test_own_agreement_is_words_beside_the_median_and_never_a_number() -> None:
    rows = [
        {"rater": str(n), "value": v, "low": v - 0.02, "high": v + 0.02, "items": 40}
        for n, v in enumerate((0.9, 0.8, 0.8, 0.6))
    ]
    assert "more often than most" in my_work.sentence("0", rows)
    assert "about as often" in my_work.sentence("1", rows)
    assert "differently" in my_work.sentence("3", rows)
    assert "too early" in my_work.sentence("7", rows)
    assert "too early" in my_work.sentence("0", [{**row, "items": 3} for row in rows])


def test_what_becomes_of_suggestions_is_told_field_by_field() -> None:
    campaign = make_planned(Plan(), count=12, names=("ana", "ben"))
    model = Rater.objects.create(kind="model", pseudonym="model-1", model={"name": "m"})
    for item in Item.objects.order_by("pk"):
        said_by_model(model, item, [JOY], campaign.form.layers.get().scheme)
    type(campaign).objects.filter(pk=campaign.pk).update(suggester=model, assisted_share=0.5, arm="assisted")
    campaign.refresh_from_db()
    answers = {"assisted": [[JOY], [JOY, ANGER], [ANGER]], "blind": [[ANGER]]}
    met = {"assisted": 0, "blind": 0}
    for name in ("ana", "ben"):
        while seat := offers.offer(rater(name), campaign):
            said = answers[seat.arm][met[seat.arm] % len(answers[seat.arm])]
            met[seat.arm] += 1
            answer(seat, said, seconds=8.0 if seat.arm == "assisted" else 16.0)
    [field] = assisted.fields(campaign, draws=32)
    assert field.seen == met["assisted"] == Seat.objects.filter(arm="assisted").count()
    assert set(field.fates.values()) <= {met["assisted"] // 3, met["assisted"] // 3 + 1}
    assert field.edit_rate == 1 - field.fates["accepted"] / field.seen
    assert field.shift is not None
    assert field.shift["all"]["hidden"] == 0
    shown = Judgment.objects.filter(response__arm="assisted", response__campaign=campaign).order_by("pk")
    taken = shown.get(pk=shown.filter(labels=[JOY]).values("pk")[:1])
    Judgment.objects.filter(pk=taken.pk).delete()  # an optional question left open refuses what was suggested
    [open_] = assisted.fields(campaign, draws=32)
    assert open_.fates["rejected"] == field.fates["rejected"] + 1
    Judgment.objects.filter(pk=shown.filter(labels=[ANGER]).values("pk")[:1]).update(status=int(Status.BROKEN))
    assert assisted.fields(campaign, draws=32)[0].seen == field.seen - 1


def test_only_what_people_verified_or_judged_becomes_gold() -> None:
    campaign = make_planned(Plan(), count=4, names=("ana",))
    ada, scheme = admin(), campaign.form.layers.get().scheme
    model = Rater.objects.create(kind="model", pseudonym="model-1", model={"name": "m", "scheme": scheme.ref})
    items = list(Item.objects.order_by("pk"))
    rows = [said_by_model(model, item, [JOY], scheme) for item in items]
    all_of_them = collection_of("machine", items)
    with pytest.raises(ChoraleError) as refused:
        collections.reserve(by=ada, collection=all_of_them, mark="gold")
    assert refusal(refused) == "gold-unverified"
    verification.decide(by=ada, judgment=rows[0], verdict="accepted")
    verification.decide(by=ada, judgment=rows[1], verdict="edited", labels=["anger"], reason="He is furious.")
    verification.decide(by=ada, judgment=rows[2], verdict="rejected")
    with pytest.raises(ChoraleError, match="meanwhile"):
        verification.decide(by=ada, judgment=rows[0], verdict="rejected")
    assert [r.labels for r in Ruling.objects.order_by("pk")] == [[JOY], [ANGER]]
    queue = verification.Queue(model, scheme, "reader", all_of_them)
    tally = queue.tally()
    assert (tally.accepted, tally.edited, tally.rejected) == (1, 1, 1)
    assert tally.interval == pytest.approx((0.0615, 0.7923), abs=0.001)  # Wilson, 1 of 3
    assert [row.pk for row in queue.waiting()] == [rows[3].pk]
    assert collections.reserve(by=ada, collection=all_of_them, mark="gold") == 2
    assert set(Item.objects.filter(reserved="gold")) == set(items[:2])


def test_an_item_that_everybody_skipped_is_judged_by_nobody() -> None:
    campaign = make_planned(Plan(), count=2, names=("ana",))
    model = Rater.objects.create(kind="model", pseudonym="model-1", model={"name": "m"})
    for item in Item.objects.order_by("pk"):
        said_by_model(model, item, [JOY], campaign.form.layers.get().scheme)
    works("ana", campaign, {})
    first = Judgment.objects.filter(rater=rater("ana")).earliest("pk")
    Judgment.objects.filter(pk=first.pk).update(status=int(Status.SKIPPED), labels=None)
    assert collections.reserve(by=admin(), collection=campaign.collection, mark="gold") == 1
    assert not Item.objects.get(pk=first.item_id).reserved


def test_every_page_of_people_in_campaigns_opens_for_those_it_is_for() -> None:
    plan = Plan(
        try_items=2, gold_share=0.4, gold_feedback=True, repeat_share=0.3, repeat_gap=2, pay_per="item", pay=0.1
    )
    campaign = make_planned(plan, count=6, checks=2, gold=4)
    admin()
    works("ana", campaign, {"tutorial": [JOY], "gold": [ANGER]}, most=12)
    AgreementReport.objects.create(
        scope_type="campaign", scope=campaign.slug, scheme=campaign.form.layers.get().scheme, perspective="reader",
        body={"people": {"overall": {"value": 0.5, "low": 0.4, "high": 0.6, "units": 6, "ratings": 18}}, "counts": {}},
    )  # fmt: skip
    narrow = monitor.narrowing(campaign)[0].forecast
    assert narrow is not None
    assert (narrow.items, narrow.reachable) == (18, False)
    model = Rater.objects.create(kind="model", pseudonym="model-1", model={"name": "m"})
    scheme = campaign.form.layers.get().scheme
    said_by_model(model, Item.objects.order_by("pk").first(), [JOY], scheme)  # type: ignore[arg-type]
    base, own = f"/campaigns/{campaign.slug}", f"/work/{campaign.slug}"
    pages = {
        "ada": [
            base + end
            for end in ("/", "/people/", "/information/", "/extend/", "/assistance/", "/reports/", "/checks/")
        ]
        + ["/verification/", f"/verification/{model.pk}/{scheme.ref}/reader/", "/jobs/start/open_campaign/"],
        "ana": ["/", *(own + end for end in ("/", "/consent/", "/report/", "/support/", "/guidelines/"))],
    }
    for name, addresses in pages.items():
        client, other = Client(), Client()
        client.force_login(User.objects.get(username=name))
        other.force_login(User.objects.get(username={"ada": "ana", "ana": "ada"}[name]))
        for address in addresses:
            assert client.get(address).status_code == 200, address
            if address != "/":
                assert other.get(address).status_code in (403, 404), address
    ada = Client()
    ada.force_login(User.objects.get(username="ada"))
    assert "joy" in ada.get(pages["ada"][8]).content.decode()
    assert ada.post(f"{base}/extend/", {"overlap": 4, "half_width": 0.1}).status_code == 302

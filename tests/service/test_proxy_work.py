"""A rater at work through the proxy, before a real Label Studio: enter, answer, change, skip, come to the end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.utils import timezone

from annotation.studio import Answer, write_result
from chorale.store import campaigns, studio_push
from chorale.store.models import Campaign, Judgment, Response, Seat
from harmonize.records import Status
from tests.service.campaign_rows import clear_studio, make_campaign
from tests.service.rater_browser import entered, task_of
from tests.stack import Address

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign(label_studio: Address, proxy: Address) -> Iterator[Campaign]:
    made = make_campaign()
    yield made
    clear_studio()


def result(campaign: Campaign, *labels: int) -> list[dict[str, Any]]:
    answers = [
        Answer("emotion", Status.ANSWERED, labels=labels),
        Answer("vad", Status.ANSWERED, values=(2.0, 5.0, 9.0)),
    ]
    return write_result(answers, campaigns.layers_of(campaign.form))


def test_a_rater_works_from_entry_to_the_end(proxy: Address, campaign: Campaign) -> None:
    ana = entered(proxy, campaign, "ana")
    page = ana.http.get("/work", follow_redirects=True)
    assert page.status_code == 200
    assert "main-content" in page.text
    seen = []
    for _ in range(4):
        item = ana.next_item()
        seen.append(item["id"])
        made = ana.submit(item["id"], result(campaign, 3), lead_time=2.5)
        assert made.status_code == 201, made.text
    assert len(set(seen)) == 4
    assert ana.ask_next().status_code == 404
    assert ana.eventually(lambda: Response.objects.count() == 4), "answers come home without a sync"
    assert set(Judgment.objects.filter(layer=0).values_list("labels", flat=True).distinct()[0]) == {3}
    campaign.refresh_from_db()
    assert campaign.responses == 4


def test_a_change_supersedes_and_a_skip_frees_the_seat(proxy: Address, campaign: Campaign) -> None:
    ana = entered(proxy, campaign, "ana")
    item = ana.next_item()
    made = ana.submit(item["id"], result(campaign, 3)).json()
    changed = ana.http.patch(f"/api/annotations/{made['id']}/", json={"result": result(campaign, 4)})
    assert changed.status_code == 200, changed.text
    skipped = ana.next_item()
    assert ana.submit(skipped["id"], [], was_cancelled=True).status_code == 201
    assert ana.eventually(lambda: list(Judgment.objects.filter(layer=0, status=3)) != [])
    current = Judgment.objects.filter(layer=0, retired_at__isnull=True, item__uuid=_uuid(item["id"]))
    assert ana.eventually(lambda: list(current.values_list("labels", flat=True)) == [[4]])
    assert {s.state for s in Seat.objects.all()} == {"filled", "skipped"}
    assert ana.next_item()["id"] not in (item["id"], skipped["id"])


def test_what_is_changed_at_once_was_kept_before(proxy: Address, campaign: Campaign) -> None:
    ana = entered(proxy, campaign, "ana")
    for _ in range(4):
        made = ana.submit(ana.next_item()["id"], result(campaign, 3)).json()
        for label in (4, 5):
            said = {"result": result(campaign, label)}
            assert ana.http.patch(f"/api/annotations/{made['id']}/", json=said).status_code == 200
    marks = Judgment.objects.filter(layer=0).order_by("item", "revision").values_list("labels", "retired_at")
    assert ana.eventually(lambda: [labels for labels, at in marks.all() if at is None] == [[5]] * 4)
    assert [labels for labels, at in marks.all() if at] == [[3], [4]] * 4, "no version was lost on the way"


def test_a_skipped_item_is_answered_after_all_within_the_cap(proxy: Address, campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(overlap=1)
    ana, ben = entered(proxy, campaign, "ana"), entered(proxy, campaign, "ben")
    item = ana.next_item()
    made = ana.submit(item["id"], [], was_cancelled=True).json()
    seat = Seat.objects.get(pk=item["id"])
    same = ben.next_item()["id"]
    assert task_of(same) == task_of(item["id"])
    assert ben.submit(same, result(campaign, 5)).status_code == 201
    late = {"result": result(campaign, 3)}
    assert ana.http.patch(f"/api/annotations/{made['id']}/", json=late).status_code == 409, "ben has the one place"
    Seat.objects.exclude(pk=seat.pk).delete()
    assert ana.http.patch(f"/api/annotations/{made['id']}/", json=late).status_code == 200
    assert Seat.objects.get(pk=seat.pk).state == "filled"


def test_a_draft_is_kept_and_seen_by_its_rater_alone(proxy: Address, campaign: Campaign) -> None:
    ana, ben = entered(proxy, campaign, "ana"), entered(proxy, campaign, "ben")
    item = ana.next_item()
    same = ben.next_item()["id"]
    assert task_of(same) == task_of(item["id"])
    made = ana.http.post(f"/api/tasks/{item['id']}/drafts", json={"result": result(campaign, 3)[:1], "lead_time": 1})
    assert made.status_code == 201, made.text
    number = made.json()["id"]
    more = ana.http.patch(f"/api/drafts/{number}/", json={"result": result(campaign, 5)[:1]})
    assert more.status_code == 200
    assert [d["id"] for d in ana.http.get(f"/api/tasks/{item['id']}").json()["drafts"]] == [number]
    assert ben.http.get(f"/api/tasks/{same}").json()["drafts"] == []
    made = ana.submit(item["id"], result(campaign, 5), draft_id=number)
    assert made.status_code == 201
    assert ana.http.get(f"/api/tasks/{item['id']}").json()["drafts"] == []


def test_drafts_are_not_made_without_end(proxy: Address, campaign: Campaign) -> None:
    ana = entered(proxy, campaign, "ana")
    drafts = f"/api/tasks/{ana.next_item()['id']}/drafts"
    said = [ana.http.post(drafts, json={"result": result(campaign, 3)[:1]}).status_code for _ in range(12)]
    assert said == [201] * 10 + [409] * 2
    assert len(ana.http.get(drafts).json()) == 10


def test_a_paused_campaign_gives_nothing_out_and_takes_nothing(proxy: Address, campaign: Campaign) -> None:
    ana = entered(proxy, campaign, "ana")
    item = ana.next_item()
    campaigns.set_state(by=None, campaign=campaign, state="paused")
    assert ana.submit(item["id"], result(campaign, 3)).status_code == 409
    assert ana.ask_next().status_code == 404
    campaigns.set_state(by=None, campaign=campaign, state="open")
    assert ana.submit(item["id"], result(campaign, 3)).status_code == 201


def test_withdrawal_ends_every_session_at_once(proxy: Address, campaign: Campaign) -> None:
    ana = entered(proxy, campaign, "ana")
    assert ana.ask_next().status_code == 200
    campaign.assignments.update(state="withdrawn")
    assert ana.ask_next().status_code == 401


def test_an_empty_or_impossible_answer_is_told_what_is_wrong(proxy: Address, campaign: Campaign) -> None:
    ana = entered(proxy, campaign, "ana")
    item = ana.next_item()
    empty = ana.submit(item["id"], [])
    assert (empty.status_code, "required" in empty.json()["detail"]) == (400, True)
    assert Seat.objects.get().state == "held"


def _uuid(seat: int) -> Any:
    return Seat.objects.filter(pk=seat).values_list("task__item__uuid", flat=True)[0]


def test_one_seat_and_ten_submits_at_once(proxy: Address, campaign: Campaign) -> None:
    Campaign.objects.update(overlap=10)
    campaign.refresh_from_db()
    raters = [entered(proxy, campaign, name) for name in ("ana", "ben", "chloe")]
    items = [rater.next_item()["id"] for rater in raters]
    assert len({task_of(item) for item in items}) == 1
    Campaign.objects.update(overlap=1)
    Seat.objects.update(held_until=timezone.now())  # three raters who have it open, and one seat left
    body = result(campaign, 3)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: raters[n % 3].submit(items[n % 3], body).status_code, range(10)))
    assert sorted(answers).count(201) == 1, answers
    annotations = studio_push.connect().task(task_of(items[0])).tasks[0]["annotations"]
    assert len(annotations) == 1
    assert httpx.get(f"{proxy.url}/work").status_code == 401

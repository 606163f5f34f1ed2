"""The proxy before a Label Studio that is elsewhere, newer, slow or broken, and without its database for a moment."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from annotation.studio import Answer, write_result
from chorale.store import campaigns, studio_push
from chorale.store.models import Campaign, Response, Seat
from harmonize.records import Status
from tests.service.campaign_rows import clear_studio, make_campaign
from tests.service.far_studio import FarStudio, Said, with_more
from tests.service.rater_browser import RaterBrowser, entered, task_of
from tests.stack import Address

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = b"<html><h1>Bad gateway</h1></html>"


@pytest.fixture
def far(label_studio: Address) -> Iterator[FarStudio]:
    made = FarStudio(label_studio.url, prefix="/studio")
    settings.LABEL_STUDIO_URL = made.url
    yield made
    settings.LABEL_STUDIO_URL = label_studio.url
    made.close()


@pytest.fixture
def campaign(far: FarStudio) -> Iterator[Campaign]:
    made = make_campaign(count=12, names=("ana",))
    yield made
    far.change = far.wait = None
    clear_studio()


@pytest.fixture
def ana(proxy: Address, campaign: Campaign) -> RaterBrowser:
    return entered(proxy, campaign, "ana")


def said(label: int = 3) -> list[dict[str, Any]]:
    answers = [
        Answer("emotion", Status.ANSWERED, labels=(label,)),
        Answer("vad", Status.ANSWERED, values=(2.0, 5.0, 9.0)),
    ]
    return write_result(answers, campaigns.layers_of(Campaign.objects.get().form))


def test_a_later_version_under_another_path_leaks_nothing(far: FarStudio, ana: RaterBrowser) -> None:
    far.change = with_more
    item = ana.next_item()["id"]
    draft = ana.http.post(f"/api/tasks/{item}/drafts", json={"result": said()[:1]})
    project = Campaign.objects.get().projects.get().ls_id
    told = [
        draft,
        ana.http.patch(f"/api/drafts/{draft.json()['id']}/", json={"result": said()[:1]}),
        ana.http.get(f"/api/tasks/{item}/"),
        ana.http.get(f"/api/projects/{project}/"),
        made := ana.submit(item, said(), draft_id=draft.json()["id"]),
        ana.http.get(f"/api/annotations/{made.json()['id']}/"),
        ana.http.patch(f"/api/annotations/{made.json()['id']}/", json={"result": said(4)}),
        ana.ask_next(),
        page := ana.http.get("/work", follow_redirects=True),
        ana.http.get("/react-app/main.js"),
        ana.http.get("/static/images/favicon.ico"),
    ]
    assert [(answer.status_code, answer.headers.get("set-cookie")) for answer in told] == [
        (201, None), (200, None), (200, None), (200, None), (201, None), *[(200, None)] * 6,
    ]  # fmt: skip
    assert not [answer.url for answer in told if "LEAKED" in answer.text]
    assert far.url not in page.text
    assert "/studio/" not in page.text
    assert "1.23" not in page.text, "no version"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_answer_that_got_in_behind_an_error_is_not_sent_twice(
    far: FarStudio, ana: RaterBrowser, status: int
) -> None:
    item = ana.next_item()["id"]
    far.change = lambda method, path, answer: Said(status, PAGE) if method == "POST" and "annot" in path else answer
    away = ana.submit(item, said())
    assert (away.status_code, "Nothing is lost" in away.json()["detail"]) == (502, True)
    far.change = None
    assert ana.eventually(lambda: "arrived already" in ana.submit(item, said()).text, 20)
    assert len(studio_push.connect().task(task_of(item)).tasks[0]["annotations"]) == 1


def test_pages_in_place_of_answers_are_no_failure_of_ours(far: FarStudio, ana: RaterBrowser) -> None:
    item = ana.next_item()["id"]
    slow = {"POST": 201, "PATCH": 200}
    far.change = lambda method, path, answer: Said(slow.get(method, 200), PAGE) if "/api/" in path else answer
    for answer in (
        ana.http.get(f"/api/tasks/{item}/"),
        ana.http.get(f"/api/projects/{Campaign.objects.get().projects.get().ls_id}/"),
        ana.http.post(f"/api/tasks/{item}/drafts", json={"result": []}),
        ana.http.patch("/api/drafts/1/", json={"result": []}),
        ana.submit(item, said()),
    ):
        assert answer.status_code == 502, answer.text
    far.change = lambda method, path, answer: Said(504, PAGE) if method == "POST" else answer
    late = ana.next_item()["id"]
    Seat.objects.filter(pk=late).update(state="held", sent_at=None)
    assert ana.submit(late, said()).status_code == 502
    assert "on its way" in ana.submit(late, said()).text, "what gave up is the gateway: it may still come"
    far.change = lambda method, path, answer: Said(400, b"[]") if method == "POST" else answer
    Seat.objects.filter(pk=late).update(state="held", sent_at=None)
    assert ana.submit(late, said()).status_code == 502
    assert Seat.objects.get(pk=late).state == "held", "that was a no"


def test_a_connection_that_ends_under_a_question_is_no_failure(far: FarStudio, ana: RaterBrowser) -> None:
    item = ana.next_item()["id"]
    assert ana.http.get(f"/api/tasks/{item}/").status_code == 200
    far.drop = 1
    assert ana.http.get(f"/api/tasks/{item}/").status_code == 200, "asked again"
    far.drop = 1
    assert ana.submit(item, said()).status_code == 502, "an answer may have arrived: it is never sent twice by itself"
    assert ana.eventually(lambda: ana.submit(item, said()).status_code == 201, 20)
    assert len(studio_push.connect().task(task_of(item)).tasks[0]["annotations"]) == 1


def test_who_needs_no_label_studio_does_not_wait_for_it(far: FarStudio, ana: RaterBrowser) -> None:
    ana.http.get("/work", follow_redirects=True)
    far.wait = (r"GET /studio/api/tasks/\d+/", 15.0)  # answers that are to be brought home stay away
    for _ in range(10):
        assert ana.submit(ana.next_item()["id"], said()).status_code == 201
    begun = time.monotonic()
    assert ana.http.get("/api/users").status_code == 200
    assert ana.ask_next().status_code == 200
    assert time.monotonic() - begun < 8
    far.wait = None
    assert ana.eventually(lambda: Response.objects.count() == 10, 60)


def test_a_database_away_for_a_moment_is_told_and_comes_back(ana: RaterBrowser) -> None:
    item, answer = ana.next_item()["id"], said()
    name = connection.settings_dict["NAME"]
    connection.close()
    stem = os.environ["DATABASE_URL"].rpartition("/")[0]
    with psycopg.connect(f"{stem}/postgres", autocommit=True) as beside:
        beside.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            beside.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            away = [ana.submit(item, answer) for _ in range(3)]
        finally:
            beside.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert {(one.status_code, one.headers["x-frame-options"]) for one in away} == {(503, "DENY")}
    assert "Nothing is lost" in away[0].json()["detail"]
    assert ana.eventually(lambda: ana.submit(item, answer).status_code == 201, 20)

"""Pausing, resuming, budgets, retries and trials of jobs by API and page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from chorale.jobs import control, engine
from chorale.store import registry, tokens
from chorale.store.models import Collection, Event, Item, Job, Judgment, ModelFailure, User
from chorale.store.models.people import Role
from tests.model_server.server import ModelServer
from tests.service.notes_scene import COUNT, answered, begin, notes, serving
from tests.service.test_release_pages import signed_in, text
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120),
    pytest.mark.usefixtures("plain_static"),
]
__all__ = ["notes", "plain_static"]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(examined=True, price_in=1.0, price_out=1.0) as running:
        yield running


@pytest.fixture
def admin(notes: Collection) -> User:
    return person("ada", Role.ADMIN)


def posting(by: User) -> Any:
    """A caller of the API that may write: address under /jobs/, body -> (status, answer)."""
    token = tokens.make(by=by, name="t", scopes=["read", "write"])
    client = Client(headers={"host": "localhost", "authorization": f"Bearer {token}"})

    def post(address: str, body: Any = None) -> tuple[int, Any]:
        answer = client.post(f"/api/v1/jobs{address}", body or {}, content_type="application/json")
        return answer.status_code, answer.json()

    return post


def test_pause_budget_resume_and_retry_by_api(admin: User, server: ModelServer) -> None:
    post = posting(admin)
    Item.objects.filter(source_id__in=["3", "4"]).update(text="word " * 5000)
    params = {"collection": "notes-all", "scheme": "ekman-6", "perspective": "writer", "endpoint": "words"}
    status, job = post("", {"kind": "prelabel", "params": params | {"budget_requests": 10}})
    assert (status, job["budget"], job["spent"]) == (201, {"requests": 10}, None)
    key = f"/{job['uuid']}"
    assert post(f"{key}/pause")[1]["state"] == "paused"
    assert post(f"{key}/pause")[0] == 409
    post(f"{key}/resume")
    row = Job.objects.get(uuid=job["uuid"])
    with pytest.raises(Exception, match="spent"):
        control.run_here(row)
    assert post(f"{key}/budget", {"tokens": -5})[0] == 400
    changed = post(f"{key}/budget", {"cost": 5.0})[1]
    assert (changed["budget"], changed["spent"]["requests"], changed["error"]["code"]) == (
        {"cost": 5.0},
        10,
        "budget-spent",
    )
    post(f"{key}/resume")
    assert control.run_here(Job.objects.get(pk=row.pk)).failed == 2
    long = Item.objects.get(source_id="3")
    Item.objects.filter(source_id__in=["3", "4"]).update(text="happy now")
    one = post(f"{key}/retry", {"items": [str(long.uuid)]})[1]
    assert control.run_here(Job.objects.get(uuid=one["uuid"])).done == 1
    rest = post(f"{key}/retry")[1]
    assert control.run_here(Job.objects.get(uuid=rest["uuid"])).done == 1
    assert not ModelFailure.objects.exists()
    assert (Judgment.objects.count(), answered(server)) == (COUNT, COUNT + 2), "two were refused at first"
    assert post(f"{key}/retry")[0] == 400
    assert posting(person("rhea", Role.RESEARCHER))(f"{key}/pause")[0] == 403


def test_the_page_pauses_and_a_spent_budget_is_raised_there(admin: User, server: ModelServer) -> None:
    client, job = signed_in(admin), begin(budget_requests=15)
    client.post(f"/jobs/{job.uuid}/pause/")
    page = text(client.get(f"/jobs/{job.uuid}/"))
    assert "paused" in page
    assert f"/jobs/{job.uuid}/resume/" in page
    client.post(f"/jobs/{job.uuid}/resume/")
    with pytest.raises(Exception, match="spent"):
        control.run_here(job)
    live = text(client.get(f"/jobs/{job.uuid}/live/"))
    for part in ("The budget of this job is spent: 15 of 15 requests", "Budget in requests", "Change the budget"):
        assert part in live
    assert "Keep and resume" in text(client.get(f"/jobs/{job.uuid}/budget/"))
    client.post(f"/jobs/{job.uuid}/budget/", {"requests": 500, "act": "resume"})
    assert control.run_here(Job.objects.get(pk=job.pk)).done == COUNT
    assert "40 of 500" in text(client.get(f"/jobs/{job.uuid}/live/"))
    assert Event.objects.get(action="job.budget").by == admin


def test_a_trial_shows_progress_can_be_cancelled_and_says_how_far_the_budget_goes(
    admin: User, server: ModelServer
) -> None:
    client = signed_in(admin)
    asked = {"collection": "notes-all", "rater": "words", "perspective": "writer", "way": "logprobs"}
    asked |= {"scheme": registry.scheme("ekman-6").ref, "budget_requests": 30, "act": "try"}
    client.post("/jobs/start/prelabel/", asked)
    job = Job.objects.get(kind="dry_run")
    shard = engine.ready_shards(job.shards.all())[0]
    engine.work_on(shard.pk, seconds=0)  # one piece
    job.refresh_from_db()
    assert (job.done, job.total) == (5, 20)
    control.cancel(by=None, job=job)
    assert Job.objects.get(pk=job.pk).state == "cancelled"
    ended = control.run_here(control.resume(by=None, job=job))
    assert (ended.done, answered(server)) == (20, 20)
    assert ended.result["trial"]["whole"]["budgets"] == [
        {"kind": "requests", "limit": 30, "takes": COUNT, "items": 30, "enough": False}
    ]
    assert "pays for about 30 items" in text(client.get(f"/jobs/{job.uuid}/"))

"""A worker killed in the middle of a sync, and the hints that make a sync sooner."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.test import Client

from annotation.studio import Answer, write_result
from chorale.jobs import control, engine, hints
from chorale.store import campaigns, studio_raters
from chorale.store.models import Campaign, Judgment, Response, Seat, Shard, StudioTask, User
from chorale.store.people import rater_of
from harmonize.records import Status
from tests.service.campaign_rows import clear_studio, make_campaign, state, sync
from tests.stack import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("label_studio")]
ITEMS = 40


@pytest.fixture
def campaign() -> Iterator[Campaign]:
    made = make_campaign(count=ITEMS)
    yield made
    clear_studio()


def answer_everything(campaign: Campaign) -> None:
    """Two raters answer every item, in Label Studio itself: the sync does not care how answers came there."""
    layers = campaigns.layers_of(campaign.form)
    for shift, name in enumerate(("ana", "ben")):
        with studio_raters.sign_in(rater_of(User.objects.get(username=name))) as session:
            for place, task in enumerate(StudioTask.objects.order_by("ls_id")):
                answers = [
                    Answer("emotion", Status.ANSWERED, labels=((place + shift) % 28,)),
                    Answer("vad", Status.ANSWERED, values=(1.0 + place % 9, 5.0, 5.0)),
                ]
                session.submit(task.ls_id, write_result(answers, layers))


def test_a_killed_worker_leaves_the_same_rows_as_an_undisturbed_one(campaign: Campaign, worker: Worker) -> None:
    answer_everything(campaign)
    job = engine.start("sync_campaign", by=None, params={"campaign": campaign.slug, "full": True, "page": 2})
    end = time.monotonic() + 180
    while time.monotonic() < end and not 0 < (Shard.objects.get(job=job, number=0).done) < ITEMS:
        time.sleep(0.02)
    worker.kill()
    shard = Shard.objects.get(job=job, number=0)
    assert 0 < shard.done < ITEMS, "killed in the middle"
    assert 0 < Response.objects.count() < 2 * ITEMS
    Shard.objects.filter(job=job).exclude(lease_until=None).update(lease_until="2020-01-01T00:00:00Z")
    worker.restart()
    engine.nudge(job)
    control.wait(job, timeout=240)
    killed = state(campaign)
    assert len(killed) == 2 * ITEMS
    Judgment.objects.all().delete()
    Response.objects.all().delete()
    Seat.objects.all().delete()
    report = sync(campaign, full=True)
    assert state(campaign) == killed
    assert (report["responses"], report["complete_items"], report["problems"]) == (2 * ITEMS, ITEMS, 0)


def test_a_hint_needs_the_secret_and_is_only_a_hint(campaign: Campaign, worker: Worker) -> None:
    project, task = campaign.projects.get(), StudioTask.objects.order_by("ls_id")[0]
    body = {"action": "ANNOTATION_CREATED", "task": {"id": task.ls_id}, "annotation": {"result": "a lie"}}
    assert not hints.take_hint(project.pk, "guessed", body)
    assert not hints.take_hint(project.pk + 1, project.webhook_secret, body)
    lines = [studio_raters.Recorded(task.item.source_id, "ana", {"emotion": ["joy"], "vad": "cannot-tell"})]
    studio_raters.submit_recorded(by=None, campaign=campaign, recorded=lines)
    assert Response.objects.count() == 0
    assert hints.take_hint(project.pk, project.webhook_secret, body)
    end = time.monotonic() + 60
    while time.monotonic() < end and not Response.objects.exists():
        time.sleep(0.1)
    assert Judgment.objects.get(layer=0).labels == [campaigns.layers_of(campaign.form)[0].scheme.names.index("joy")]


@pytest.mark.parametrize("body", [{}, {"task": None}, {"task": "x"}, {"task": {"id": "7"}}, {"task": [{"id": True}]}])
def test_rubbish_in_a_hint_names_nothing(body: dict[str, object]) -> None:
    assert hints.named_tasks(body) == []


def test_a_webhook_without_the_secret_or_with_rubbish_is_refused(campaign: Campaign, client: Client) -> None:
    project = campaign.projects.get()
    address = f"/hooks/label-studio/{project.pk}"

    def send(body: str, secret: str) -> int:
        headers = {"X-Chorale-Hook": secret}
        return client.post(address, body, content_type="application/json", headers=headers).status_code

    assert send("{}", "guessed") == 403
    assert send("{}", "") == 403
    assert send("{", project.webhook_secret) == 400
    assert send("[]", project.webhook_secret) == 403
    assert send("{}", project.webhook_secret) == 204
    assert client.get(address).status_code == 405

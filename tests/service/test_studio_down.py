"""Label Studio away, or silent in the middle of a submit; Chorale's workers away. Nothing is lost, nothing twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from annotation.studio import Answer, write_result
from chorale.jobs import control, engine
from chorale.store import campaigns, ledger, studio_push, studio_raters
from chorale.store.models import Campaign, Response, Seat, Shard, StudioTask, User
from chorale.store.people import rater_of
from harmonize.records import Status
from tests.service.campaign_rows import clear_studio, make_campaign, sync
from tests.service.rater_browser import entered, task_of
from tests.service.wire import Wire
from tests.stack import Address

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wire(label_studio: Address) -> Iterator[Wire]:
    made = Wire(label_studio.url)
    settings.LABEL_STUDIO_URL = made.url
    yield made
    settings.LABEL_STUDIO_URL = label_studio.url
    made.close()


@pytest.fixture
def campaign(wire: Wire) -> Iterator[Campaign]:
    made = make_campaign(names=("ana", "ben"))
    yield made
    wire.mend()
    clear_studio()


def result(campaign: Campaign, label: int = 3) -> list[dict[str, Any]]:
    said = [
        Answer("emotion", Status.ANSWERED, labels=(label,)),
        Answer("vad", Status.ANSWERED, values=(2.0, 5.0, 9.0)),
    ]
    return write_result(said, campaigns.layers_of(campaign.form))


def test_work_goes_on_when_label_studio_returns(wire: Wire, campaign: Campaign, proxy: Address) -> None:
    ana = entered(proxy, campaign, "ana")
    item = ana.next_item()["id"]
    job = engine.start("sync_campaign", by=None, params={"campaign": campaign.slug})
    wire.break_()
    away = ana.submit(item, result(campaign))
    assert (away.status_code, "Nothing is lost" in away.json()["detail"]) == (502, True)
    assert Seat.objects.get().state in ("held", "sending")
    assert ana.ask_next().status_code == 502
    assert not engine.work_on(Shard.objects.get(job=job, number=0).pk)
    job.refresh_from_db()
    assert (job.ended, (job.error or {})["code"]) == (False, "step-failed")
    wire.mend()
    assert ana.next_item()["id"] == item, "the same item waits"
    assert ana.eventually(lambda: ana.submit(item, result(campaign)).status_code == 201), "after a few seconds"
    Shard.objects.update(lease_until=None)
    assert control.run_here(job).state == "done"
    assert ana.eventually(lambda: Response.objects.count() == 1)
    sync(campaign)
    assert ledger.ledger(campaign).balanced

    wire.deaf = True  # the next answer arrives there, and the word that it did is lost
    item = _quietly_given(campaign)
    assert ana.submit(item, result(campaign, 4)).status_code == 502
    wire.mend()
    assert ana.submit(item, result(campaign, 4)).status_code == 409, "it may be on its way"
    told = lambda: ana.submit(item, result(campaign, 4)).json()["detail"]  # noqa: E731
    assert ana.eventually(lambda: "arrived already" in told())
    assert len(studio_push.connect().task(task_of(item)).tasks[0]["annotations"]) == 1
    sync(campaign)
    assert Response.objects.count() == 2
    assert ledger.ledger(campaign).balanced


def _quietly_given(campaign: Campaign) -> int:
    """An item given to ana without a word to Label Studio."""
    rater = rater_of(User.objects.get(username="ana"))
    task = StudioTask.objects.exclude(seats__rater=rater).order_by("pk")[0]
    return Seat.objects.create(task=task, rater=rater, held_until=timezone.now() + dt.timedelta(hours=1)).pk


def test_what_was_answered_while_chorale_was_away_comes_with_the_next_sync(campaign: Campaign) -> None:
    sync(campaign)
    with studio_raters.sign_in(rater_of(User.objects.get(username="ben"))) as ben:
        numbers = [ben.submit(t.ls_id, result(campaign)) for t in StudioTask.objects.order_by("pk")[:3]]
        ben.http.patch(f"/api/annotations/{numbers[0]}/", json={"result": result(campaign, 5)}, headers=ben.guard)
        ben.http.delete(f"/api/annotations/{numbers[1]}/", headers=ben.guard)
    book = ledger.ledger(campaign)
    assert (book.answers, book.waiting, book.balanced) == (2, 2, False)
    report = sync(campaign)
    assert (report["responses"], report["changed"]["added"]) == (2, 2)
    assert ledger.ledger(campaign).balanced

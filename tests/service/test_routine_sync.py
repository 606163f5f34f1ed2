"""Routine syncs of a quiet campaign leave no heap of jobs and no noise in the audit trail."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from chorale.jobs import control, engine, tasks
from chorale.store import campaigns, collections, forms, people
from chorale.store.models import Campaign, Event, Job
from chorale.store.models.people import Role
from tests.service.campaign_rows import VAD, make_items
from tests.stack import Address


@pytest.fixture
def quiet(transactional_db: None, valkey: Address) -> Campaign:
    """A running campaign in which nothing happens."""
    make_items("notes", 1)
    collection = collections.create(by=None, slug="notes-all", title="All", filter={"corpus": "notes"})
    form = forms.create(by=None, slug="feeling", title="Feeling", layers=[VAD])
    campaign = campaigns.open_campaign(by=None, collection=collection, form=form, overlap=1, slug="quiet")
    Campaign.objects.filter(pk=campaign.pk).update(state="open")
    return campaign


def minute() -> Job:
    """What beat and a worker do in a minute; the job it was."""
    assert tasks.sync_open_campaigns() == 1
    return control.run_here(Job.objects.get(state="queued"))


def test_a_sync_that_brought_nothing_gives_way_to_the_next(quiet: Campaign) -> None:
    first, second = minute(), minute()
    assert first.pk != second.pk
    assert list(Job.objects.values_list("pk", flat=True)) == [second.pk]
    assert not Event.objects.filter(action__startswith="job.").exists()


def test_beat_calls_for_a_delta_each_minute_and_for_everything_at_night(quiet: Campaign, settings: Any) -> None:
    beat = settings.CELERY_BEAT_SCHEDULE
    assert beat["sync"]["schedule"] == 60.0
    night = beat["reconcile"]["schedule"]
    assert (len(night.hour), len(night.minute), len(night.day_of_week)) == (1, 1, 7), "once, each night"
    for name, full in (("sync", False), ("reconcile", True)):
        current_app.tasks[beat[name]["task"]].apply(kwargs=beat[name].get("kwargs", {}), throw=True)
        assert Job.objects.latest("pk").params == {"campaign": quiet.slug, "full": full}
    assert Job.objects.count() == 2, "a delta under way does not put off the night's"
    current_app.tasks[beat["sync"]["task"]].apply(throw=True)
    assert Job.objects.count() == 2, "nor does a minute's heap up behind one"


def test_what_a_person_asked_for_or_what_brought_something_stays(quiet: Campaign) -> None:
    person = people.create(by=None, username="ada", password="quiet-letters-2026", roles=[Role.ADMIN])
    asked = control.run_here(engine.start("sync_campaign", by=person, params={"campaign": quiet.slug}))
    brought = minute()
    Job.objects.filter(pk=brought.pk).update(done=3)
    minute()
    minute()
    assert Job.objects.count() == 3
    assert Job.objects.filter(pk__in=[asked.pk, brought.pk]).count() == 2
    assert set(Event.objects.filter(action__startswith="job.").values_list("action", flat=True)) == {
        "job.start",
        "job.done",
    }


def test_a_closed_campaign_is_read_until_what_was_on_its_way_is_here(quiet: Campaign) -> None:
    campaigns.set_state(by=None, campaign=quiet, state="closed")
    quiet.projects.update(ls_id=None)
    assert tasks.sync_open_campaigns() == 0, "nothing of it was ever sent"
    quiet.projects.update(ls_id=1)
    assert tasks.sync_open_campaigns() == 1
    Job.objects.all().delete()
    now = timezone.now()
    for minutes, due in ((1, 1), (4, 1), (6, 0)):
        Campaign.objects.update(synced_at=now + dt.timedelta(minutes=minutes))
        assert tasks.sync_open_campaigns() == due
        Job.objects.all().delete()

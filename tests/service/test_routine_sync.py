"""Routine syncs of a quiet campaign leave no heap of jobs and no noise in the audit trail."""

from __future__ import annotations

import pytest

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

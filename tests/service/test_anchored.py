"""Anchoring in a campaign's rows: what is a suggestion met, who saw it, and what makes one right."""

from __future__ import annotations

import pytest
from django.utils import timezone

from chorale.store import anchored, registry, suggestions
from chorale.store.models import Campaign, Item, Judgment, Rater, Response, Seat, StudioTask
from chorale.store.people import rater_of
from harmonize.corpora.identity import stable_uuid
from tests.service.campaign_rows import make_people
from tests.service.test_assisted import JOY, make_assisted

pytestmark = pytest.mark.django_db(transaction=True)


def answer(campaign: Campaign, task: StudioTask, rater: Rater, arm: str, labels: list[int]) -> None:
    """A rater's answer under an arm, with the suggestion that was or would have been shown."""
    item = task.item
    _, suggestion = suggestions.draw(campaign, item, rater)
    Seat.objects.create(task=task, rater=rater, arm=arm, suggestion=suggestion, held_until=timezone.now())
    slot = stable_uuid("test", item.uuid, rater.pseudonym)
    response = Response.objects.create(
        slot=slot, item=item, rater=rater, campaign=campaign, origin="manual", arm=arm, form=campaign.form
    )
    Judgment.objects.create(
        key=stable_uuid(slot), response=response, item=item, rater=rater, scheme=registry.scheme("goemotions-28"),
        perspective="reader", labels=labels,
    )  # fmt: skip


def numbers(task: StudioTask, rater: Rater, valence: float) -> None:
    """What a rater said of valence alone, in an answer that stands."""
    response = Response.objects.get(item=task.item, rater=rater)
    Judgment.objects.create(
        key=stable_uuid("numbers", response.pk), response=response, item=task.item, rater=rater, layer=1,
        scheme=registry.scheme("vad-9"), perspective="reader", values=[valence, float("nan"), float("nan")],
    )  # fmt: skip


def test_rows_say_who_saw_what_and_the_others_say_what_is_right() -> None:
    campaign = make_assisted(3)
    raters = [rater_of(person) for person in make_people("ana", "ben", "chloe")]
    project = campaign.projects.get()
    items = Item.objects.order_by("pk")
    tasks = [StudioTask.objects.create(project=project, item=item, ls_id=n + 1) for n, item in enumerate(items)]
    said = [
        [("assisted", [JOY]), ("blind", [3]), ("blind", [JOY, 3])],
        [("assisted", [4]), ("blind", [JOY]), ("blind", [5])],
    ]
    for task, answers in zip(tasks, said, strict=False):
        for rater, (arm, labels) in zip(raters, answers, strict=True):
            answer(campaign, task, rater, arm, labels)
    rows = {
        (r.item - items[0].pk, raters.index(Rater.objects.get(pk=r.rater))): r
        for r in anchored.answers(campaign, "emotion")
    }
    told = {key: (row.saw, row.agrees, row.right) for key, row in rows.items()}
    assert told == {
        (0, 0): (True, True, True),  # of ben and chloe, one marked joy: half
        (0, 1): (False, False, True),
        (0, 2): (False, True, False),  # of the others only ben is blind
        (1, 0): (True, False, True),
        (1, 1): (False, True, False),
        (1, 2): (False, False, True),
    }
    for rater, value in ((raters[0], 6.0), (raters[1], 2.0)):  # who saw 7, and who did not
        numbers(tasks[0], rater, value)
    told_of = anchored.measure_numbers(campaign, campaign.form.layers.get(name="vad"), rounds=16)
    assert {name: (one["shown"], one["hidden"], one["n_shown"]) for name, one in told_of.items()} == {
        "valence": (1.0, 5.0, 1)
    }, "of arousal and dominance nothing was said"
    report = anchored.measure(campaign, "emotion", rounds=16)
    assert report["all"]["effect"] is None, "too few items"
    assert (report["all"]["n_shown"], report["all"]["n_hidden"]) == (2, 4)
    assert report["right"]["n_shown"] + report["wrong"]["n_shown"] == 2

"""kill -9 of a real Celery worker in the middle of `prelabel`: the same rows as an undisturbed run."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable

import pytest

from chorale.jobs import control, engine
from chorale.store import collections, registry
from chorale.store.data_state import digest
from chorale.store.models import Corpus, Item, Job, Judgment, Rater, Response, Shard
from tests.stack import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

WORDS = {
    "joy": "happy sunshine danced sang lovely delight",
    "anger": "furious rage shouted slammed unfair hate",
    "sadness": "cried lonely empty heavy grey miss",
    "neutral": "table window Tuesday stairs form bread",
}
ITEMS, RATED = 8_000, 120


@pytest.fixture
def letters() -> Corpus:
    """Many unrated texts and a few rated ones, drawn by a seed."""
    rng = random.Random(5)
    corpus = Corpus.objects.create(slug="letters", title="Letters", licence="CC0-1.0")
    scheme = registry.scheme("goemotions-28")
    names = list(WORDS)
    rows = []
    for number in range(ITEMS):
        words = [rng.choice(WORDS[names[number % 4]].split()) for _ in range(6)]
        rows.append(
            Item(
                uuid=uuid.UUID(int=number), corpus=corpus, source_id=f"i{number}", modality="text", text=" ".join(words)
            )
        )
    Item.objects.bulk_create(rows, batch_size=4000)
    raters = [Rater.objects.create(kind="person", pseudonym=f"p{n}", corpus=corpus, source_key=f"p{n}") for n in (1, 2)]
    for item in Item.objects.order_by("pk")[:RATED]:
        for rater in raters:
            label = scheme.core.code(names[int(item.source_id[1:]) % 4])
            response = Response.objects.create(slot=uuid.uuid4(), item=item, rater=rater, origin="imported")
            Judgment.objects.create(
                key=uuid.uuid5(item.uuid, rater.pseudonym), response=response, item=item, rater=rater,
                scheme=scheme, perspective="writer", labels=[label],
            )  # fmt: skip
    collections.create(by=None, slug="all", title="All", filter={"corpus": "letters"})
    return corpus


def until(met: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


def begin() -> Job:
    params = {"collection": "all", "scheme": "goemotions-28", "perspective": "writer"}
    return engine.start("prelabel", by=None, params=params)


def test_prelabel_killed_in_the_middle_gives_the_rows_of_an_undisturbed_run(letters: Corpus, worker: Worker) -> None:
    job = begin()
    until(lambda: Job.objects.get(pk=job.pk).done > 0)
    worker.kill()
    done = Job.objects.get(pk=job.pk).done
    assert done < ITEMS, "the worker was too fast to be killed in the middle"
    Shard.objects.filter(job=job, lease_until__isnull=False).update(lease_until="2000-01-01T00:00Z")  # time passes
    worker.restart()
    engine.nudge(job)  # as the sweep of beat does
    ended = control.wait(job, timeout=120)
    assert ended.done == ended.total == ITEMS
    assert ended.result["judgments"] == ITEMS
    killed = digest()

    machine = Rater.objects.get(kind="model")
    Response.objects.filter(rater=machine).delete()
    machine.training.all().delete()
    machine.delete()
    control.wait(begin(), timeout=120)
    assert digest() == killed

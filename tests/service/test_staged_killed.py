"""kill -9 of a real worker while items are between the stages of their prompt: no stage is paid for or stored twice."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from chorale.jobs import control, engine
from chorale.store import collections, endpoints, prompts
from chorale.store.models import Corpus, Item, Judgment, ModelFailure, ModelRequest, ModelSpending, Prompt, Shard
from harmonize.corpora.identity import item_uuid
from tests.model_server.faults import Faults
from tests.model_server.server import ModelServer
from tests.stack import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240), pytest.mark.deep]

COUNT, TOO_LONG, AT_ONCE = 400, 5, 16
_NUMBER = re.compile(r"note (\d+);")


def collect() -> None:
    """Notes to translate and label; a few are longer than the model takes."""
    corpus = Corpus.objects.create(slug="notes", title="Notes", licence="CC0-1.0")
    Item.objects.bulk_create(
        Item(
            uuid=item_uuid("notes", str(n)), corpus=corpus, source_id=str(n), modality="text",
            text=f"main khush hun, note {n};" + " haan" * (5000 if n % (COUNT // TOO_LONG) == 7 else 0),
        )
        for n in range(COUNT)
    )  # fmt: skip
    collections.create(by=None, slug="notes", title="Notes", filter={"corpus": "notes"})


def translations(bodies: list[Any]) -> list[str]:
    """Source ids of the notes that these requests have translated."""
    said = [str(body["messages"][-1]["content"]) for body in bodies if "In English" not in str(body["messages"])]
    return [found.group(1) for text in said if (found := _NUMBER.search(text))]


def halfway() -> set[str]:
    """Source ids of the notes whose translation is kept and whose label is not."""
    kept: dict[Any, int] = {}
    for item in ModelRequest.objects.values_list("item", flat=True):
        kept[item] = kept.get(item, 0) + 1
    once = [item for item, count in kept.items() if count == 1]
    return set(Item.objects.filter(uuid__in=once).values_list("source_id", flat=True))


def test_a_worker_killed_between_stages_asks_only_for_the_stages_that_are_missing(worker: Worker) -> None:
    collect()
    prompts.register_shipped()
    prompt = Prompt.objects.get(ref__startswith="translate-label@1#")
    faults = Faults(rate=0.05, kinds=("429", "500", "truncated"), seed=6)
    with ModelServer(latency=0.2, faults=faults) as server:
        endpoints.register(by=None, slug="words", url=server.url, model="words", most_at_once=AT_ONCE)
        params = {"collection": "notes", "scheme": "ekman-6", "perspective": "writer", "endpoint": "words"}
        job = engine.start("prelabel", by=None, params=params | {"prompt": prompt.ref})
        server.answered.clear()  # the probe repeats itself on purpose
        end = time.monotonic() + 90
        while ModelRequest.objects.count() < 60 or not halfway():
            assert time.monotonic() < end, "the worker does not ask"
            time.sleep(0.02)
        worker.kill()
        between, kept = halfway(), ModelRequest.objects.count()
        assert between, "it died between two stages of some notes"
        assert kept < 2 * (COUNT - TOO_LONG)
        sent = len(server.bodies)
        Shard.objects.filter(job=job, lease_until__isnull=False).update(lease_until="2000-01-01T00:00Z")
        server.faults = Faults()
        worker.restart()
        engine.nudge(job)
        ended = control.wait(job, timeout=150)
        after, twice = translations(server.bodies[sent:]), sum(count - 1 for count in server.answered.values())
    assert not between & set(after), "a translation that is kept is not asked for again"
    assert len(after) == len(set(after))
    assert (ended.done, ended.failed) == (COUNT, TOO_LONG)
    assert Judgment.objects.count() + ModelFailure.objects.count() == COUNT
    assert set(ModelFailure.objects.values_list("code", flat=True)) == {"request-refused"}
    stored = ModelRequest.objects.count()
    assert (
        stored == ModelSpending.objects.get(job=job).requests == 2 * Judgment.objects.count() == 2 * (COUNT - TOO_LONG)
    )
    assert max(server.answered.values()) <= 2
    assert sum(server.answered.values()) == stored + twice
    assert twice <= AT_ONCE * (1 + 0.5 / 0.2) + AT_ONCE  # under way, and answers of the moment not yet durable

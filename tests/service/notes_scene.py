"""Short notes nobody has rated, a server of a small word model to ask about them, and a job that asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chorale.jobs import engine
from chorale.store import collections, endpoints
from chorale.store.models import Collection, Corpus, Item, Job
from harmonize.corpora.identity import item_uuid
from tests.model_server.server import ModelServer

COUNT = 40


@pytest.fixture
def notes() -> Collection:
    """Forty of them."""
    return collect("notes", COUNT)


def collect(slug: str, count: int) -> Collection:
    """A corpus of notes and the collection of all of them."""
    corpus = Corpus.objects.create(slug=slug, title=slug, licence="CC0-1.0")
    words = ("happy", "furious", "scared", "sad")
    Item.objects.bulk_create(
        Item(
            uuid=item_uuid(slug, str(n)),
            corpus=corpus,
            source_id=str(n),
            modality="text",
            text=f"so {words[n % 4]}, number {n}",
            context=[{"speaker": "A", "text": "hello"}] if n % 2 else [],
        )
        for n in range(count)
    )
    return collections.create(by=None, slug=f"{slug}-all", title="All", filter={"corpus": slug})


@contextmanager
def serving(*, examined: bool = False, **terms: Any) -> Iterator[ModelServer]:
    """A server registered as "words" on these terms, probed where it is said to be ``examined``."""
    with ModelServer() as running:
        row = endpoints.register(by=None, slug="words", url=running.url, model="words", key_variable="NONE", **terms)
        if examined:
            endpoints.examine(by=None, row=row)
        yield running


def begin(**more: Any) -> Job:
    """The job that asks about all notes."""
    params = {"collection": "notes-all", "scheme": "ekman-6", "perspective": "writer", "endpoint": "words"}
    return engine.start("prelabel", by=None, params=params | more)


def answered(server: ModelServer) -> int:
    """Answers about items, without those to the probe."""
    return sum(1 for body in server.bodies if "<text>" in str(body["messages"]))

"""What `bench-campaign` runs on: a database of its own, a real Label Studio, campaigns with people who have agreed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.server import broker, database_url, process
from chorale.embedded import ports
from chorale.embedded.label_studio import LabelStudio

NAMES = ("ana", "ben", "chloe")


@contextmanager
def services() -> Iterator[None]:
    """A database server, a broker and a Label Studio: those that the environment names, else ones of our own for as
    long as they are needed. All parts share them: Label Studio alone takes a minute to prepare itself."""
    with database_url(), broker(), _label_studio():
        os.environ["DJANGO_SETTINGS_MODULE"] = "chorale.settings"
        os.environ["CHORALE_PROXY_URL"] = f"http://127.0.0.1:{ports.claim('bench-proxy')}"
        import django

        django.setup()
        yield


@contextmanager
def scene() -> Iterator[None]:
    """An empty database of its own that is dropped at the end, with the projects that were made in Label Studio."""
    from django.test.utils import setup_databases, teardown_databases

    from chorale.store import studio_push

    studio_push.options.cache_clear()  # what it keeps goes by keys of the last database
    kept = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        _delete_projects()
        _let_go()
        teardown_databases(kept, verbosity=0)


def _let_go() -> None:
    """End what else is connected to the database: a part that was stopped half-way is not to keep it."""
    from django.db import connection

    with connection.cursor() as cursor:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        cursor.execute(others + "WHERE datname = current_database() AND pid <> pg_backend_pid()")


@contextmanager
def _label_studio() -> Iterator[None]:
    if os.environ.get("LABEL_STUDIO_URL"):
        yield
        return
    server = LabelStudio()
    server.start()
    os.environ |= {"LABEL_STUDIO_URL": server.url, "LABEL_STUDIO_TOKEN": server.token}
    try:
        yield
    finally:
        server.stop()


def _delete_projects() -> None:
    from chorale.store import studio_push
    from chorale.store.models import StudioProject

    for project in StudioProject.objects.exclude(ls_id=None):
        studio_push.connect().delete_project(project.ls_id or 0)


def collect(slug: str, count: int) -> None:
    """A corpus of short texts, all in one collection."""
    from chorale.store import collections
    from chorale.store.models import Corpus, Item
    from harmonize.corpora.identity import item_uuid

    corpus = Corpus.objects.create(slug=slug, title=slug, licence="CC0-1.0")
    text = "I could not believe it when the letter came 😀, and then, שלום, I cried with joy: number {}."
    made = (
        Item(uuid=item_uuid(slug, str(n)), corpus=corpus, source_id=str(n), modality="text", text=text.format(n))
        for n in range(count)
    )
    Item.objects.bulk_create(made, batch_size=5000)
    collections.create(by=None, slug=slug, title=slug, filter={"corpus": slug})


def campaign(slug: str, collection: str, *, vad: bool = True, overlap: int = 3) -> Any:
    """A campaign about a collection whose project stands empty in Label Studio; three raters have agreed to it."""
    from chorale.store import campaigns, forms, people, studio_push
    from chorale.store.forms import LayerSpec
    from chorale.store.models import Collection, User
    from chorale.store.models.people import Role

    layers = [LayerSpec("emotion", "goemotions-28", "reader", "Which emotions does the text express?")]
    layers += [LayerSpec("vad", "vad-9", "reader", "How does the text feel?")] if vad else []
    form = forms.create(by=None, slug="bench" if vad else "bench-short", title="Emotions", layers=layers)
    asked = Collection.objects.get(slug=collection)
    made = campaigns.open_campaign(by=None, collection=asked, form=form, overlap=overlap, slug=slug)
    raters = [User.objects.filter(username=name).first() for name in NAMES]
    if None in raters:
        word = "bench-letters-2026"
        make = {"by": None, "password": word, "roles": [Role.ANNOTATOR], "demo": True}
        raters = [people.create(username=name, **make) for name in NAMES]
    campaigns.invite_raters(by=None, campaign=made, people_=raters)
    for person in raters:
        campaigns.record_consent(by=person, campaign=made, purposes=dict.fromkeys(campaigns.PURPOSES, True))
    project = made.projects.get()
    project.ls_id = studio_push.make_project(studio_push.connect(), project)
    project.save(update_fields=["ls_id"])
    return made


def run(kind: str, **params: Any) -> Any:
    """A job in this process, its steps as long as a worker's."""
    from chorale.jobs import engine
    from chorale.store.models import Job, Shard

    job = engine.start(kind, by=None, params=params)
    while ready := engine.ready_shards(Shard.objects.filter(job=job)):
        engine.work_on(ready[0].pk)
    job = Job.objects.get(pk=job.pk)
    assert job.state == "done", job.error
    return job


def answer(campaign: Any, *, label: int, feel: Sequence[float] = (5.0, 5.0, 5.0)) -> list[dict[str, Any]]:
    """A whole answer as the page would send it."""
    from annotation.studio import Answer, write_result
    from chorale.store import campaigns
    from harmonize.records import Status

    layers = campaigns.layers_of(campaign.form)
    said = [Answer("emotion", Status.ANSWERED, labels=(label,))]
    if len(layers) > 1:
        said.append(Answer("vad", Status.ANSWERED, values=tuple(feel)))
    return write_result(said, layers)


@contextmanager
def proxy() -> Iterator[str]:
    """The rater proxy; yields its address."""
    url = os.environ["CHORALE_PROXY_URL"]
    port = url.rpartition(":")[2]
    with process("proxy", "uvicorn", "chorale.proxy.app:application", "--host", "127.0.0.1", "--port", port) as daemon:
        daemon.wait_ready(lambda: ports.answers(int(port)), seconds=120)
        yield url

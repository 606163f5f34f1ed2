"""A small corpus that was really measured and settled: forty items, four people, one model, one label never used."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from chorale.jobs import control, engine
from chorale.store import collections, registry
from chorale.store.models import (
    AgreementReport,
    Corpus,
    Item,
    Judgment,
    Rater,
    RaterTrainingItem,
    Response,
    Ruling,
    Scheme,
)
from chorale.store.models.people import Role
from harmonize.corpora.identity import item_uuid
from tests.service import web_scene

SCHEME = "ekman-6-neutral"
ITEMS, PEOPLE, UNUSED = 40, 4, "disgust"


def build(*, measured: bool = True) -> dict[str, Any]:
    """The corpus with its reports, of the whole and of a collection of half of it, and people of each role.

    Without ``measured`` nothing is measured or settled yet, and there are no reports.
    """
    admin, researcher = web_scene.person("ada", Role.ADMIN), web_scene.person("rhea", Role.RESEARCHER)
    scheme = registry.scheme(SCHEME)
    corpus = Corpus.objects.create(slug="voices", title="Voices", licence="CC0-1.0", items=ITEMS, judgments=160)
    raters = [
        Rater.objects.create(kind="person", pseudonym=f"voice-{n}", corpus=corpus, source_key=str(n))
        for n in range(PEOPLE)
    ]
    model = Rater.objects.create(kind="model", pseudonym="model-1", model={"engine": "classifier", "name": "m"})
    items = [_item(corpus, number) for number in range(ITEMS)]
    _judge(scheme, items, raters, model)
    RaterTrainingItem.objects.create(rater=model, item=items[0])
    half = collections.create(by=admin, slug="half", title="Half", filter={"corpus": "voices"}, size=20, seed=1)
    Ruling.objects.create(
        item=items[0], scheme=scheme, perspective="reader", labels=[scheme.core.code("fear")],
        reason="The writer says so.", decided_by=admin,
    )  # fmt: skip
    told: dict[str, Any] = {
        "admin": admin, "researcher": researcher, "corpus": corpus, "raters": raters, "model": model, "half": half,
        "items": items,
    }  # fmt: skip
    if not measured:
        return told
    for kind, scope in (("corpus", "voices"), ("collection", "half")):
        _run("measure", scope_type=kind, scope=scope, rounds=40, seed=0, filters=[{"leave_out": ["voice-3"]}])
    _run("settle", scope_type="corpus", scope="voices")
    reports = {
        name: AgreementReport.objects.get(scope=scope) for name, scope in (("report", "voices"), ("other", "half"))
    }
    return told | reports


@contextmanager
def committed(
    blocker: DjangoDbBlocker, *, measured: bool = True, also: Callable[[dict[str, Any]], None] = lambda built: None
) -> Iterator[dict[str, Any]]:
    """The same for all tests of a file, with what ``also`` adds: committed, for jobs read on other connections."""
    with blocker.unblock():
        built = build(measured=measured)
        also(built)
    yield built
    with blocker.unblock():
        call_command("flush", verbosity=0, interactive=False)


def _run(kind: str, **params: Any) -> None:
    control.run_here(engine.start(kind, by=None, params=params))


def _item(corpus: Corpus, number: int) -> Item:
    return Item.objects.create(
        uuid=item_uuid("voices", str(number)), corpus=corpus, source_id=str(number), modality="text",
        text=f"Line {number} {web_scene.EVIL if number == 0 else ''}", facets={"month": str(1 + number % 2)},
    )  # fmt: skip


def _judge(scheme: Scheme, items: list[Item], raters: list[Rater], model: Rater) -> None:
    """People mostly see what the item shows; the last one often sees something else. The model says a distribution."""
    rng, names = np.random.default_rng(5), [n for n in scheme.core.names if n != UNUSED]
    codes = [scheme.core.code(name) for name in names]
    answers, judgments = [], []
    for number, item in enumerate(items):
        shown = codes[number % len(codes)]
        for n, rater in enumerate(raters):
            said = shown if rng.random() < (0.9, 0.85, 0.8, 0.5)[n] else int(rng.choice(codes))
            answers.append(Response(slot=uuid.uuid4(), item=item, rater=rater, origin="imported"))
            judgments.append({"labels": [said]})
        belief = rng.dirichlet(np.where(np.arange(len(scheme.core.names)) == shown, 6.0, 0.4))
        answers.append(Response(slot=uuid.uuid4(), item=item, rater=model, origin="model"))
        judgments.append({"labels": [shown], "probabilities": belief.tolist(), "out_of_fold": True})
    Response.objects.bulk_create(answers)
    Judgment.objects.bulk_create(
        Judgment(key=uuid.uuid4(), response=a, item=a.item, rater=a.rater, scheme=scheme, perspective="reader", **told)
        for a, told in zip(answers, judgments, strict=True)
    )

"""Pre-labelling with a classifier: rows, provenance, and the same rows after a kill."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from chorale.jobs import control, engine, local_model
from chorale.jobs.kinds import prelabel as kind
from chorale.store import bakeoffs, bridge, collections, endpoints, registry
from chorale.store.models import Collection, Corpus, Item, Job, Judgment, Rater, RaterTrainingItem, Response, Shard
from harmonize.corpora.identity import item_uuid, stable_uuid
from harmonize.problems import ChoraleError
from harmonize.records import Kind
from tests.model_server.server import ModelServer

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = {"joy": "happy glad delighted sunny", "anger": "furious rage hateful mad", "fear": "scared dark afraid monster"}


@pytest.fixture
def letters() -> Collection:
    """A corpus of 60 texts, 48 of them with the votes of three people, 4 of those reserved as gold; all collected."""
    registry.register_shipped()
    scheme = registry.scheme("ekman-6")
    corpus = Corpus.objects.create(slug="letters", title="Letters", licence="CC0-1.0")
    people = [
        Rater.objects.create(kind="person", pseudonym=f"p{n}", corpus=corpus, source_key=f"p{n}") for n in range(3)
    ]
    random = np.random.default_rng(2)
    for index in range(60):
        name = list(WORDS)[index % 3]
        text = " ".join(random.permutation(WORDS[name].split())) + f" day {index}"
        item = Item.objects.create(
            uuid=item_uuid("letters", str(index)),
            corpus=corpus,
            source_id=str(index),
            modality="text",
            text=text,
            group=f"g{index // 2}",
            reserved="gold" if 44 <= index < 48 else "",
        )
        for rater in people if index < 48 else []:
            vote(item, rater, scheme, scheme.core.code(name if rater.pseudonym != "p2" or index % 4 else "sadness"))
    return collections.create(
        by=None, slug="letters-all", title="All", filter={"corpus": "letters", "reserved": ["gold"]}
    )


def vote(item: Item, rater: Rater, scheme: Any, code: int) -> None:
    slot = stable_uuid("test", item.uuid, rater.pseudonym)
    response = Response.objects.create(slot=slot, item=item, rater=rater, origin="imported")
    Judgment.objects.create(
        key=stable_uuid(slot, 0, 0), response=response, item=item, rater=rater, scheme=scheme, perspective="reader",
        labels=[code],
    )  # fmt: skip


def begin(**more: Any) -> Job:
    params = {"collection": "letters-all", "scheme": "ekman-6", "perspective": "reader", **more}
    return engine.start("prelabel", by=None, params=params)


def rows() -> list[tuple[Any, ...]]:
    """What the model said, without surrogate ids and times."""
    said = Judgment.objects.filter(rater__kind="model").order_by("item__uuid")
    fields = ("key", "item__uuid", "rater__pseudonym", "labels", "probabilities", "out_of_fold", "perspective")
    return list(said.values_list(*fields))


def test_every_item_gets_one_soft_judgment_of_a_known_rater(letters: Collection) -> None:
    job = control.run_here(begin())
    assert (job.done, job.total, job.failed) == (60, 60, 0)
    rater = Rater.objects.get(kind="model")
    assert rater.model["engine"] == "classifier"
    assert rater.model["perspective"] == "reader"
    assert job.result["rater"] == rater.pseudonym
    assert job.result["judgments"] == job.result["usable_against_people"] == 60
    scheme = registry.scheme("ekman-6")
    told = bridge.judgments(scheme, perspective="reader", who="model", collection=letters, out_of_fold=True)
    assert told.kind == Kind.PROBABILITY
    assert told.values is not None
    assert np.allclose(told.values.sum(axis=1), 1, atol=1e-4)
    hard = Judgment.objects.filter(rater=rater).values_list("labels", "probabilities")
    assert all(labels == [int(np.argmax(p))] for labels, p in hard)
    assert job.result["scores"]["Brier"]["value"] < job.result["scores"]["Brier, base rates"]["value"]


def test_reserved_items_and_items_without_votes_are_predicted_but_never_learned_from(letters: Collection) -> None:
    control.run_here(begin())
    taught = Item.objects.filter(pk__in=RaterTrainingItem.objects.values("item"))
    assert taught.count() == 44
    assert not taught.exclude(reserved="").exists()
    assert not taught.filter(source_id__in=[str(n) for n in range(48, 60)]).exists()


def test_running_again_adds_nothing(letters: Collection) -> None:
    control.run_here(begin())
    first = rows()
    control.run_here(begin())
    assert rows() == first
    assert Rater.objects.filter(kind="model").count() == 1


def test_a_killed_worker_leaves_the_same_rows(letters: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_model, "PIECE", 16)
    control.run_here(begin())
    undisturbed = rows()
    Response.objects.filter(rater__kind="model").delete()
    Rater.objects.filter(kind="model").delete()

    job = begin()
    shard = Shard.objects.get(job=job, number=0)
    dead = engine._lease(shard.pk)
    assert dead is not None
    work = engine.ShardWork(job=job, shard=dead, deadline=0)
    for _ in range(3):  # trained, two pieces written, then the worker is gone
        assert kind.step(work) is False
    assert 0 < len(rows()) < 60
    Shard.objects.filter(pk=shard.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    job = control.run_here(job)
    assert rows() == undisturbed
    assert job.done == 60


def test_new_votes_make_a_new_rater_beside_the_old(letters: Collection) -> None:
    control.run_here(begin())
    item = Item.objects.get(source_id="50")
    vote(item, Rater.objects.get(pseudonym="p0"), registry.scheme("ekman-6"), 0)
    control.run_here(begin())
    assert Rater.objects.filter(kind="model").count() == 2
    assert Judgment.objects.filter(rater__kind="model").count() == 120


def test_without_votes_the_job_is_refused_before_it_starts(letters: Collection) -> None:
    with pytest.raises(ChoraleError) as refused:
        begin(perspective="writer")
    assert refused.value.code == "no-votes"
    assert not Job.objects.exists()


def test_dimensions_are_learned_too_and_a_test_split_is_left_out(letters: Collection) -> None:
    scheme = registry.scheme("vad-5")
    people = list(Rater.objects.filter(kind="person"))
    for item in Item.objects.all()[:40]:
        happy = int(item.source_id) % 3 == 0
        for rater in people:
            slot = stable_uuid("test-vad", item.uuid, rater.pseudonym)
            response = Response.objects.create(slot=slot, item=item, rater=rater, origin="imported")
            Judgment.objects.create(
                key=stable_uuid(slot, 0, 0), response=response, item=item, rater=rater, scheme=scheme,
                perspective="writer", values=[4.5 if happy else 1.5, 3.0, 3.0],
            )  # fmt: skip
    Item.objects.filter(source_id__in=["0", "1"]).update(split="test")
    job = control.run_here(begin(scheme="vad-5", perspective="writer"))
    assert job.result["training_items"] == 38
    assert job.result["scores"]["PCC"]["valence"]["value"] > 0.8
    told = Judgment.objects.filter(rater__kind="model")
    assert told.count() == 60
    assert all(len(row.values) == 3 and row.probabilities is None and row.labels is None for row in told)


def test_a_prompt_with_examples_marks_them_as_seen(letters: Collection) -> None:
    """The language model is shown three agreed items; they and their group mates enter no comparison."""
    scheme = registry.scheme("ekman-6")
    made = endpoints.few_shot_prompt(
        by=None, id="shown", version="1", scheme=scheme, perspective="reader",
        corpora=list(Corpus.objects.all()), count=3,
    )  # fmt: skip
    ids = [row["item"]["id"] for row in made.definition["shots"]]
    assert not Item.objects.filter(uuid__in=ids, reserved="gold").exists()
    with ModelServer() as server:
        endpoints.register(by=None, slug="words", url=server.url, model="words")
        job = control.run_here(begin(engine="chat", endpoint="words", prompt=made.ref))
    rater = Rater.objects.get(pseudonym=job.result["rater"])
    assert {str(u) for u in rater.training.values_list("item__uuid", flat=True)} == set(ids)
    assert job.result["judgments"] == 60
    assert job.result["usable_against_people"] == 54
    groups = Item.objects.filter(uuid__in=ids).values("group")
    seen = Judgment.objects.filter(rater=rater, out_of_fold=False).values_list("item", flat=True)
    assert set(seen) == set(Item.objects.filter(group__in=groups).values_list("pk", flat=True))
    table = bakeoffs.compare(letters, scheme, "reader", [rater], rounds=0)
    judged = set(Item.objects.filter(judgment__rater__kind="person").values_list("pk", flat=True))
    assert table.items == len(judged - set(seen))

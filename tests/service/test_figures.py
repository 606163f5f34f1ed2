"""Settle, measure and harmonize in the database: the stored figures are those of the votes, and again is the same."""

from __future__ import annotations

import uuid

import krippendorff
import numpy as np
import pytest

from chorale.jobs import control, engine
from chorale.store import registry
from chorale.store.models import Aggregate, AgreementReport, Corpus, Item, Job, Judgment, Rater, Response
from harmonize.corpora.identity import item_uuid
from harmonize.problems import ChoraleError

pytestmark = pytest.mark.django_db(transaction=True)

# item: {rater: labels}
VOTES = {
    "a": {"r1": ["joy"], "r2": ["joy", "love"], "r3": ["joy"]},
    "b": {"r1": ["anger"], "r2": ["annoyance"], "r3": ["anger"]},
    "c": {"r1": ["sadness"], "r2": ["neutral"], "r3": []},
    "d": {"r1": ["joy"], "r2": ["neutral"]},
}


@pytest.fixture
def letters() -> Corpus:
    corpus = Corpus.objects.create(slug="letters", title="Letters", licence="CC0-1.0")
    scheme = registry.scheme("goemotions-28")
    raters = {
        n: Rater.objects.create(kind="person", pseudonym=n, corpus=corpus, source_key=n) for n in ("r1", "r2", "r3")
    }
    for name, answers in VOTES.items():
        known = item_uuid(corpus.slug, name)
        item = Item.objects.create(uuid=known, corpus=corpus, source_id=name, modality="text", text=name)
        for rater, labels in answers.items():
            response = Response.objects.create(slot=uuid.uuid4(), item=item, rater=raters[rater], origin="imported")
            codes = sorted(scheme.core.code(label) for label in labels)
            Judgment.objects.create(
                key=uuid.uuid4(),
                response=response,
                item=item,
                rater=raters[rater],
                scheme=scheme,
                perspective="writer",
                labels=codes,
                status=0 if codes else 1,
            )
    return corpus


def run(kind: str, **params: object) -> Job:
    return control.run_here(engine.start(kind, by=None, params={"scope_type": "corpus", "scope": "letters", **params}))


def test_settle_writes_each_aggregation_with_its_meaning_and_n(letters: Corpus) -> None:
    run("settle")
    scheme = registry.scheme("goemotions-28")
    votes = Aggregate.objects.get(item__source_id="a", method="votes")
    assert (votes.semantics, votes.n) == ("proportions", 3)
    assert votes.values[scheme.core.code("joy")] == pytest.approx(1.0)
    assert votes.values[scheme.core.code("love")] == pytest.approx(1 / 3)
    assert Aggregate.objects.get(item__source_id="a", method="dawid-skene").semantics == "posterior"
    assert Aggregate.objects.get(item__source_id="c", method="votes").n == 3  # `none applies` is an answer


def test_settling_again_changes_nothing_and_doubles_nothing(letters: Corpus) -> None:
    run("settle")
    before = list(Aggregate.objects.order_by("pk").values_list("pk", "values", "n", "entropy"))
    run("settle")
    assert list(Aggregate.objects.order_by("pk").values_list("pk", "values", "n", "entropy")) == before


def test_measure_equals_the_independent_implementation_label_by_label(letters: Corpus) -> None:
    run("measure", rounds=200, seed=1)
    report = AgreementReport.objects.get()
    assert report.body["counts"]["items"] == 4
    assert report.body["counts"]["raters"] == 3
    for label in ("joy", "anger", "neutral"):
        grid = [[float(label in VOTES[i][r]) if r in VOTES[i] else np.nan for i in VOTES] for r in ("r1", "r2", "r3")]
        expected = krippendorff.alpha(np.array(grid), level_of_measurement="nominal")
        assert report.body["people"]["parts"][label]["value"] == pytest.approx(expected, abs=1e-12)
    fear = report.body["people"]["parts"]["fear"]
    assert fear["value"] is None
    assert fear["reason"]


def test_harmonize_maps_each_judgment_before_it_aggregates(letters: Corpus) -> None:
    job = run("harmonize", crosswalks=["goemotions-28--ekman-6-neutral"])
    crosswalk = registry.crosswalk("goemotions-28--ekman-6-neutral")
    target = crosswalk.target.core
    item = Aggregate.objects.get(item__source_id="a", crosswalk=crosswalk)
    assert item.values[target.code("joy")] == pytest.approx(1.0)  # joy and love of one rater are one mark of joy
    anger = Aggregate.objects.get(item__source_id="b", crosswalk=crosswalk)
    assert anger.values[target.code("anger")] == pytest.approx(1.0)
    crosswalk.refresh_from_db()
    assert "corpus:letters:writer" in crosswalk.loss
    assert job.result["maps"][0]["items"] == 4


def test_a_map_that_applies_to_nothing_is_refused(letters: Corpus) -> None:
    with pytest.raises(ChoraleError, match="nobody used"):
        run("harmonize", crosswalks=["ferplus-8--ekman-7-neutral"])


def test_points_name_their_norms(letters: Corpus) -> None:
    wanted = {"norms": "russell-mehrabian-1977", "scheme": "goemotions-28", "via": "goemotions-28--plutchik-8"}
    run("harmonize", crosswalks=[], points=[wanted])
    point = Aggregate.objects.get(item__source_id="a")
    assert (point.semantics, point.method) == ("dimension", "points:russell-mehrabian-1977")
    assert point.values[0] > 0  # joy is pleasant

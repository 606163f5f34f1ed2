"""Function raters in jobs, and predictions imported from a file: rows, provenance, refusals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotation.model_raters import plugin
from annotation.model_raters.items import ShownItem
from annotation.model_raters.plugin import FunctionRater
from chorale.jobs import control, engine, local_model
from chorale.store import collections, file_predictions
from chorale.store.models import Collection, CollectionItem, Corpus, Item, Judgment, Rater, RaterTrainingItem
from harmonize.corpora.identity import item_uuid
from harmonize.problems import ChoraleError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def notes() -> Collection:
    corpus = Corpus.objects.create(slug="notes", title="Notes", licence="CC0-1.0")
    for number in range(6):
        Item.objects.create(
            uuid=item_uuid("notes", str(number)),
            corpus=corpus,
            source_id=f"n{number}",
            modality="text",
            text=f"note {number % 5}",
        )
    return collections.create(by=None, slug="notes-all", title="All", filter={"corpus": "notes"})


class Point:
    """What an installed package would offer as an entry point."""

    name = "first-letter"

    def load(self) -> Any:
        def factory(scheme: Any, seen: Sequence[str] = ()) -> FunctionRater:
            shown = tuple(ShownItem(str(i.uuid), i.text) for i in Item.objects.filter(source_id__in=list(seen)))
            return FunctionRater(scheme, self.name, "1", lambda items: np.full((len(items), 6), 1 / 6), shown)

        return factory


def test_an_installed_function_labels_a_collection(notes: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "entry_points", lambda group: [Point()])
    params = {"collection": "notes-all", "scheme": "ekman-6", "perspective": "writer", "engine": "function"}
    job = engine.start("prelabel", by=None, params=params | {"rater": "first-letter", "options": {"seen": ["n0"]}})
    job = control.run_here(job)
    assert job.result["judgments"] == 6
    assert job.result["usable_against_people"] == 4  # n0 was seen, and n5 has its text
    assert RaterTrainingItem.objects.get().item.source_id == "n0"
    with pytest.raises(ChoraleError, match="first-letter"):
        engine.start("prelabel", by=None, params=params | {"rater": "unheard-of"})


def test_no_item_is_passed_over_when_earlier_ones_are_erased(
    notes: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def speak(items: Sequence[ShownItem]) -> Any:
        if Judgment.objects.exists():  # the second piece: the first item is erased meanwhile
            CollectionItem.objects.filter(position=1).delete()
        return np.full((len(items), 6), 1 / 6)

    point = Point()
    monkeypatch.setattr(point, "load", lambda: lambda scheme: FunctionRater(scheme, point.name, "1", speak, ()))
    monkeypatch.setattr(plugin, "entry_points", lambda group: [point])
    monkeypatch.setattr(local_model, "PIECE", 2)
    params = {"collection": "notes-all", "scheme": "ekman-6", "perspective": "writer", "engine": "function"}
    job = engine.start("prelabel", by=None, params=params | {"rater": "first-letter", "options": {}})
    control.run_here(job)
    assert Judgment.objects.count() == 6


def told(path: Path) -> Path:
    names = "anger,disgust,fear,joy,sadness,surprise"
    lines = [f"{i},.5,.1,.1,.1,.1,.1" for i in ("n0", "n1", str(item_uuid("notes", "2")), "nowhere")]
    path.write_text("\n".join([f"item,{names}", *lines, "n3,.9,.9,.1,.1,.1,.1"]))
    return path


def test_predictions_of_a_file_become_judgments_of_a_rater(notes: Collection, tmp_path: Path) -> None:
    taught = collections.create(
        by=None, slug="taught", title="Taught", filter={"corpus": "notes", "source_ids": ["n1"]}
    )
    options: dict[str, Any] = {
        "by": None,
        "path": told(tmp_path / "told.csv"),
        "scheme": "ekman-6",
        "perspective": "writer",
    }
    options |= {"name": "mine", "version": "1"}
    rater, new, problems = file_predictions.import_predictions(**options, trained_on=taught.slug)
    assert new == 3
    assert [p.code for p in problems] == ["bad-prediction", "unknown-item"]
    clean = dict(Judgment.objects.filter(rater=rater).values_list("item__source_id", "out_of_fold"))
    assert clean == {"n0": True, "n1": False, "n2": True}
    again = file_predictions.import_predictions(**options, trained_on=taught.slug)
    assert (again[0], again[1]) == (rater, 0)
    assert Rater.objects.filter(kind="model").count() == 1


def test_an_undeclared_training_set_is_refused(notes: Collection, tmp_path: Path) -> None:
    with pytest.raises(ChoraleError) as refused:
        file_predictions.import_predictions(
            by=None, path=told(tmp_path / "told.csv"), scheme="ekman-6", perspective="writer", name="mine",
            version="1", trained_on=None,
        )  # fmt: skip
    assert refused.value.code == "training-undeclared"
    assert not Rater.objects.exists()

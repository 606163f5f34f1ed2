"""What is erased while a release is built is not in it, be it released by name or as one of a count."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection, transaction

from chorale.jobs import control, engine
from chorale.store import erased_meanwhile, erasure, erasure_reach, release_building, releases
from chorale.store.models import Corpus, Item, Rater, Release
from harmonize.problems import ChoraleError
from tests.service.test_release import RECIPE, SALT, built, fill, folder, store

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["store"]

HIDDEN = RECIPE.replace("[data]", '[data]\ncounts_only = ["letters"]')
"""The same release with every rating as one of a count."""


def meanwhile(row: Item | Rater, patch: pytest.MonkeyPatch) -> None:
    """The next build has read the database and written its files when this row is erased."""
    whole = release_building._build

    def slowly(*args: Any) -> dict[str, Any]:
        made = whole(*args)
        begun = erasure.begin(by=None, row=row, reason="Asked.")
        control.run_here(engine.start("erase", by=None, params={"erasure": begun.pk}))
        return made

    patch.setattr(release_building, "_build", slowly)


@pytest.mark.parametrize(("source", "recipe"), [("s3", RECIPE), ("r1", RECIPE), ("r1", HIDDEN)])
def test_what_is_erased_while_a_release_is_built_is_not_in_it(
    monkeypatch: pytest.MonkeyPatch, source: str, recipe: str
) -> None:
    """An item, a rater by their pseudonym, and one whose ratings are released as counts, under no name."""
    fill(1)
    row = Item.objects.filter(source_id=source).first() or Rater.objects.get(source_key=source)
    release = releases.draft_release(by=None, recipe=recipe, salt=SALT)
    with monkeypatch.context() as patch:
        meanwhile(row, patch)
        with pytest.raises(ChoraleError, match=r"Items or raters of .* were erased while it was built"):
            release_building.build_release(by=None, release=release)
    assert (Release.objects.get().state, folder(release).exists()) == ("failed", False)
    again = built(recipe)
    items = pq.read_table(folder(again) / "items.parquet", columns=["uuid", "goemotions_n"])
    assert (again.state, items.num_rows) == ("frozen", 39 if source == "s3" else 40)
    assert erasure_reach.key_of(row) not in items["uuid"].to_pylist()
    most = 4 if source == "s3" else 3  # three people of the corpus, and one here who consented
    assert max(items["goemotions_n"].to_pylist()) == most


def test_whoever_is_erased_elsewhere_keeps_no_release_from_being_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    fill(1)
    away = Corpus.objects.create(slug="away", title="Away", licence="CC0-1.0")
    row = Item.objects.create(uuid=uuid.uuid4(), corpus=away, source_id="x", modality="text", text="x")
    meanwhile(row, monkeypatch)
    release = releases.draft_release(by=None, recipe=HIDDEN, salt=SALT)
    assert release_building.build_release(by=None, release=release).state == "frozen"


def test_no_erasure_begins_while_a_release_is_frozen() -> None:
    """It waits for the freezing to end, and then finds a frozen release."""
    fill(1)
    row, begun = Item.objects.get(source_id="s3"), threading.Event()

    def begin() -> None:
        erasure.begin(by=None, row=row, reason="Asked.")
        begun.set()
        connection.close()

    with transaction.atomic():
        erased_meanwhile.hold()
        other = threading.Thread(target=begin)
        other.start()
        assert not begun.wait(0.7)
    other.join(20)
    assert begun.is_set()

"""Near duplicates in the database: groups within and across corpora, found again alike, nothing deleted."""

from __future__ import annotations

import uuid

import pytest

from chorale.jobs import control, engine
from chorale.store import bridge, drawing
from chorale.store.models import Corpus, Item, NearDuplicate
from harmonize.problems import ChoraleError

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = {
    "a": ["The ferry was cancelled and nobody knows when the next one goes to the island.", "Something else entirely."],
    "b": [
        "The ferry was cancelled, and nobody knows when the next one goes to the island!",
        "Nothing is alike to this.",
    ],
}


@pytest.fixture
def items() -> dict[str, Item]:
    made = {}
    for slug, texts in TEXTS.items():
        corpus = Corpus.objects.create(slug=slug, title=slug, licence="CC0-1.0")
        for number, text in enumerate(texts):
            made[f"{slug}{number}"] = Item.objects.create(
                uuid=uuid.uuid4(), corpus=corpus, source_id=str(number), modality="text", text=text
            )
    return made


def look(**params: object) -> dict[str, object]:
    return dict(control.run_here(engine.start("find_duplicates", by=None, params=params)).result)


def test_items_across_corpora_are_grouped_and_stay(items: dict[str, Item]) -> None:
    assert look() == {"items": 4, "groups": 1, "followers": 1, "kept": 1}
    found = NearDuplicate.objects.get()
    assert (found.item_id, found.leader_id) == (items["b0"].pk, items["a0"].pk)
    assert 0.8 <= found.similarity < 1
    assert Item.objects.count() == 4


def test_a_release_keeps_a_group_together(items: dict[str, Item]) -> None:
    Item.objects.filter(pk=items["a0"].pk).update(text_hash=uuid.UUID(int=1))
    Item.objects.filter(pk=items["b0"].pk).update(text_hash=uuid.UUID(int=2))
    look()
    drawn = bridge.table(drawing.ITEMS.format(items="true")).to_pylist()
    link = {row["uuid"]: row["duplicate"] for row in drawn}
    assert link[str(items["a0"].uuid)] == link[str(items["b0"].uuid)] == str(uuid.UUID(int=1))


def test_looking_again_replaces_what_was_found(items: dict[str, Item]) -> None:
    look()
    assert look(threshold=0.99)["followers"] == 0
    assert look()["kept"] == 1
    assert look(corpora=["a"]) == {"items": 2, "groups": 0, "followers": 0, "kept": 0}


def test_a_corpus_that_is_not_there_and_a_threshold_that_says_nothing(items: dict[str, Item]) -> None:
    with pytest.raises(ChoraleError, match="no corpus nowhere"):
        look(corpora=["nowhere"])
    with pytest.raises(ChoraleError, match="useful"):
        look(threshold=0.0)

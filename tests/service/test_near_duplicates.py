"""Near duplicates in the database: groups within and across corpora, found again alike, nothing deleted."""

from __future__ import annotations

import uuid

import pytest

from chorale.jobs import control, engine
from chorale.store import bridge, drawing, profiles
from chorale.store.models import Corpus, Item, NearDuplicate
from chorale.web import alike
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


def test_what_only_another_version_repeats_is_told_apart_and_still_released_together(items: dict[str, Item]) -> None:
    old = items["a0"].corpus
    new = Corpus.objects.create(slug="a-v2", family="a", version="2", previous=old, title="a", licence="CC0-1.0")
    again = [
        Item.objects.create(uuid=uuid.uuid4(), corpus=new, source_id=str(number), modality="text", text=text)
        for number, text in enumerate([*TEXTS["a"], TEXTS["a"][1] + "!"])
    ]
    look()
    assert (alike.copies(new), alike.copies(old), alike.copies(items["b0"].corpus)) == (0, 1, 0)
    shown = {group.leader: [f.item for f in group.followers] for group in alike.groups_of(new)}
    assert shown == {items["a0"]: [again[0], items["b0"]], items["a1"]: [again[1], again[2]]}
    of_old = {group.leader: [f.item for f in group.followers] for group in alike.groups_of(old)}
    assert of_old == {items["a0"]: [items["b0"]]}
    assert len(alike.groups_of(old, whole=True)) == 2
    told = profiles.count(new).body["alike"]
    assert (told["near"], told["versions"], told["across"]) == (0, 3, 0)
    again[2].delete()
    assert (alike.copies(new), [group.leader for group in alike.groups_of(new)]) == (1, [items["a0"]])
    Item.objects.update(text_hash=None)
    Item.objects.filter(pk=items["a0"].pk).update(text_hash=uuid.UUID(int=1))
    drawn = bridge.table(drawing.ITEMS.format(items="true")).to_pylist()
    assert sum(row["duplicate"] == str(uuid.UUID(int=1)) for row in drawn) == 3

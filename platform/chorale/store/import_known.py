"""What the database knows of the items and answers that a chunk speaks of: the ledger before it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from chorale.store.models import Corpus, CorpusPerson
from harmonize.corpora import Rating, Reading, Record
from harmonize.corpora.identity import item_name, stable_name, text_name
from harmonize.corpora.ledger import GROUP, Ledger, Slot, slot_of, vote_slot, votes_of
from harmonize.records import Status

Origin = tuple[int | None, int | None]  # source file and line


@dataclass
class Known:
    """The ledger of a chunk, and where its rows stand: item ids, response ids, and where each came from."""

    ledger: Ledger
    item_ids: dict[str, int] = field(default_factory=dict)
    response_ids: dict[str, int] = field(default_factory=dict)
    item_origin: dict[str, Origin] = field(default_factory=dict)
    answer_origin: dict[Slot, Origin] = field(default_factory=dict)


@dataclass
class Piece:
    """Readings of one file that are written together, with the public ids of what they may add.

    The ids need no database and are made while it is busy with the piece before. ``answers``: slot -> its response and
    its judgment; ``items``: source id -> the item's uuid; ``texts``: text -> its hash.
    """

    readings: list[Reading]
    answers: dict[Slot, tuple[str, str]] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, corpus: str, readings: list[Reading]) -> Piece:
        """A piece of a corpus, by its slug."""
        piece = cls(readings)
        for record in readings:
            if not isinstance(record, Record):
                continue
            if record.makes_item:
                if record.source_id not in piece.items:
                    piece.items[record.source_id] = item_name(corpus, record.source_id)
                if record.text and record.text not in piece.texts:
                    piece.texts[record.text] = text_name(record.text)
            for slot, layer in _slots(record):
                if slot not in piece.answers:
                    response = response_slot(corpus, slot)
                    piece.answers[slot] = (response, judgment_key(response, layer))
        return piece


def response_slot(corpus: str, slot: Slot) -> str:
    """The Response of an answer: its slot without the layer, which comes last.

    Votes are counts of nobody in particular: those of a second layer have responses of their own, paired with no vote
    of the first.
    """
    return stable_name("answer", corpus, *(slot if slot[0] == "vote" and slot[-1] else slot[:-1]))


def judgment_key(response: str, layer: int) -> str:
    """The public id of a judgment at its first revision."""
    return stable_name("judgment", response, layer, 0)


def known(corpus: Corpus, piece: Piece) -> Known:
    """Everything in the database that the records of a piece could repeat or contradict."""
    found = Known(Ledger())
    records = [reading for reading in piece.readings if isinstance(reading, Record)]
    _items(corpus, sorted({record.source_id for record in records if record.source_id}), found)
    _persons(corpus, sorted({person.key for record in records for person in record.persons}), found)
    keys: dict[str, Slot] = {}
    for record in records:
        new = record.source_id not in found.item_ids
        for slot, _ in _slots(record):
            if not new or slot[0] == "line":  # an item that is not here has no answers; a line may have moved
                keys[piece.answers[slot][1]] = slot
    if keys:
        _answers(keys, found)
    return found


def _slots(record: Record) -> list[tuple[Slot, int]]:
    """The slots of a record's answers; for votes one more a layer, to see whether the item has further votes."""
    slots = [(slot_of(record, rating), rating.layer) for rating in record.ratings]
    beyond = [(vote_slot(record.source_id, votes, layer), layer) for layer, votes in votes_of(record).items()]
    return slots + beyond


def _items(corpus: Corpus, source_ids: list[str], found: Known) -> None:
    sql = (
        "SELECT id, source_id, text, coalesce(media_facts->>'source', ''), facets, split, source_file_id, line, "
        '"group" '
        "FROM item WHERE corpus_id = %s AND source_id = ANY(%s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [corpus.pk, source_ids])
        for pk, name, text, media, facets, split, file, line, group in cursor:
            found.item_ids[name] = pk
            found.item_origin[name] = (file, line)
            found.ledger.items[name] = (text, media)
            told = {"split": split, GROUP: group}
            found.ledger.facts[name] = {**_json(facets), **{key: value for key, value in told.items() if value}}


def _persons(corpus: Corpus, keys: list[str], found: Known) -> None:
    if keys:
        rows = CorpusPerson.objects.filter(corpus=corpus, key__in=keys)
        found.ledger.persons.update(rows.values_list("key", "traits"))


def _json(value: Any) -> dict[str, Any]:
    return json.loads(value) if isinstance(value, str) else dict(value or {})


def _answers(keys: dict[str, Slot], found: Known) -> None:
    sql = (
        'SELECT j.key::text, j.layer, j.status, j.labels, j.intensities, j."values", r.slot::text, r.id, '
        "r.source_file_id, r.line FROM judgment j JOIN response r ON r.id = j.response_id WHERE j.key = ANY(%s::uuid[])"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(keys)])
        for key, layer, status, labels, strengths, values, slot, pk, file, line in cursor:
            place = keys[key]
            found.ledger.answers[place] = Rating(
                layer, None, status=Status(status), labels=tuple(labels or ()),
                strengths=tuple(strengths or ()), values=tuple(values or ()),
            )  # fmt: skip
            found.response_ids[slot] = pk
            found.answer_origin[place] = (file, line)

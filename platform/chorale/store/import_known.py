"""What the database knows of the items and answers that a chunk speaks of: the ledger before it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from chorale.store.models import Corpus, CorpusPerson
from harmonize.corpora import Rating, Record
from harmonize.corpora.identity import stable_name
from harmonize.corpora.ledger import Ledger, Slot, slot_of, vote_slot
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
    names: dict[Slot, tuple[str, str]] = field(default_factory=dict)  # of an answer: its response, its judgment


def response_slot(corpus: str, slot: Slot) -> str:
    """The Response of an answer: its slot without the layer, which is the last part of all but votes."""
    return stable_name("answer", corpus, *(slot if slot[0] == "vote" else slot[:-1]))


def judgment_key(response: str, layer: int) -> str:
    """The public id of a judgment at its first revision."""
    return stable_name("judgment", response, layer, 0)


def known(corpus: Corpus, records: Sequence[Record]) -> Known:
    """Everything in the database that these records could repeat or contradict."""
    found = Known(Ledger())
    _items(corpus, sorted({record.source_id for record in records if record.source_id}), found)
    _persons(corpus, sorted({person.key for record in records for person in record.persons}), found)
    keys: dict[str, Slot] = {}
    for record in records:
        new = record.source_id not in found.item_ids
        for slot, layer in _slots(record):
            if slot not in found.names:
                response = response_slot(corpus.slug, slot)
                found.names[slot] = (response, judgment_key(response, layer))
            if not new or slot[0] == "line":  # an item that is not here has no answers; a line may have moved
                keys[found.names[slot][1]] = slot
    if keys:
        _answers(keys, found)
    return found


def _slots(record: Record) -> list[tuple[Slot, int]]:
    """The slots of a record's answers; for votes one more, to see whether the item has further votes."""
    slots = [(slot_of(record, rating), rating.layer) for rating in record.ratings]
    votes = [rating for rating in record.ratings if rating.voice >= 0]
    return [*slots, (vote_slot(record.source_id, len(votes)), votes[0].layer)] if votes else slots


def _items(corpus: Corpus, source_ids: list[str], found: Known) -> None:
    sql = (
        "SELECT id, source_id, text, coalesce(media_facts->>'source', ''), facets, split, source_file_id, line "
        "FROM item WHERE corpus_id = %s AND source_id = ANY(%s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [corpus.pk, source_ids])
        for pk, name, text, media, facets, split, file, line in cursor:
            found.item_ids[name] = pk
            found.item_origin[name] = (file, line)
            found.ledger.items[name] = (text, media)
            found.ledger.facts[name] = {**_json(facets), **({"split": split} if split else {})}


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

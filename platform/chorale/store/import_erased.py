"""What was erased does not come in again: its rows are refused and not kept, an erased rater's ratings left out."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from chorale.store.models import Corpus, Erasure
from harmonize import corpora
from harmonize.corpora.identity import item_name
from harmonize.problems import Problem


def without_erased(corpus: Corpus, readings: Sequence[corpora.Reading]) -> list[corpora.Reading]:
    """The readings of a piece without what was erased, refused rows in its place; empty where nothing was, ever."""
    versions = Q(corpus=corpus) | (Q(corpus__family=corpus.family) if corpus.family else Q())
    gone = list(Erasure.objects.filter(versions).values_list("kind", "key", "corpus__slug"))
    if not gone:
        return []
    items = {(slug, key) for kind, key, slug in gone if kind == "item"}
    raters = {key.rpartition(":")[2] for kind, key, _ in gone if kind == "rater"}
    return [_one(reading, items, raters) for reading in readings]


def _one(reading: corpora.Reading, items: set[tuple[str, str]], raters: set[str]) -> corpora.Reading:
    if not isinstance(reading, corpora.Record):
        return reading
    if any(item_name(slug, reading.source_id) == key for slug, key in items):
        where = f"{reading.file}, line {reading.line}"
        problem = Problem(where, "speaks of an item that was erased here.", "Nothing: it stays out.", "erased")
        return corpora.Refused(reading.file, reading.line, reading.rows, reading.place, problem)
    reading.ratings = tuple(rating for rating in reading.ratings if rating.rater not in raters)
    reading.persons = tuple(person for person in reading.persons if person.key not in raters)
    return reading

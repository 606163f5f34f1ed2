"""The people of a corpus: what its files tell of authors, speakers and raters, by pseudonym."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.db import connection

from chorale.store.models import Corpus, CorpusPerson, SourceFile
from harmonize.corpora import Record
from harmonize.corpora.ledger import Taken

WRITE = """
INSERT INTO corpus_person (corpus_id, key, traits, source_file_id, line)
SELECT %s, n.key, n.traits, %s, n.line FROM unnest(%s::text[], %s::jsonb[], %s::int[]) AS n (key, traits, line)
ON CONFLICT (corpus_id, key) DO UPDATE SET traits = corpus_person.traits || excluded.traits
"""
LEND = """
UPDATE rater SET traits = rater.traits || p.traits FROM corpus_person p
WHERE rater.corpus_id = %s AND p.corpus_id = rater.corpus_id AND p.key = rater.source_key
  AND NOT rater.traits @> p.traits
"""


def write(corpus: Corpus, file: SourceFile, taken: Sequence[tuple[Record, Taken]]) -> None:
    """Keep what is new of people, inside the caller's transaction."""
    told: dict[str, tuple[dict[str, object], int]] = {}
    for record, new in taken:
        for key, traits in new.persons.items():
            before, line = told.get(key, ({}, record.line))
            told[key] = ({**before, **traits}, line)
    if not told:
        return
    traits = [json.dumps(found, ensure_ascii=False) for found, _ in told.values()]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [corpus.pk, file.pk, list(told), traits, [line for _, line in told.values()]])


def lend_traits(corpus: Corpus) -> int:
    """Give the raters of a corpus the traits of the persons they are, by which reports are cut; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(LEND, [corpus.pk])
        return int(cursor.rowcount)


def of_author(corpus: Corpus, key: str) -> CorpusPerson | None:
    """The person behind `Item.author` or `Rater.source_key`; None if the corpus tells nothing of them."""
    return CorpusPerson.objects.filter(corpus=corpus, key=key).first() if key else None

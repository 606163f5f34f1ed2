"""One chunk of a corpus into PostgreSQL: judged against what is known, then written by COPY.

What the chunk touches is looked up first and each record judged by the rules of `harmonize.corpora.ledger`; only what
is new is copied, straight into the tables, under a lock of the corpus that keeps a second import from coming between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from chorale.store import import_rows
from chorale.store.import_erased import without_erased
from chorale.store.import_known import Known, Piece, known
from chorale.store.models import Corpus, Item, Quarantine, Response, SourceFile
from harmonize import corpora
from harmonize.corpora.collect import Counts, refusal
from harmonize.corpora.ledger import Taken, slot_of

LOCK = 5_120  # class of our advisory locks for corpora


@dataclass
class Chunk:
    """What a chunk came to. ``own``: rows counted as duplicates that are themselves where the known thing came from."""

    counts: Counts = field(default_factory=Counts)
    own: int = 0
    items: int = 0
    judgments: int = 0
    refused: list[corpora.Refused] = field(default_factory=list)


def write_chunk(
    corpus: Corpus,
    file: SourceFile,
    descriptor: corpora.Descriptor,
    folder: Path,
    piece: Piece,
) -> Chunk:
    """Judge and write a piece of one file within the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, corpus.pk])
    if kept := without_erased(corpus, piece.readings):
        piece = Piece.of(corpus.slug, kept)
    before = known(corpus, piece)
    told = Chunk()
    readings = _without_mended(piece.readings, file, told)
    taken: list[tuple[corpora.Record, Taken]] = []
    for reading in readings:
        _judge(reading, before, file, told, taken)
    rows = import_rows.Rows(corpus, file, descriptor, folder, before, piece)
    told.items, told.judgments = rows.write(taken)
    import_rows.quarantine(corpus, file, told.refused)
    return told


def _without_mended(readings: Sequence[corpora.Reading], file: SourceFile, told: Chunk) -> list[corpora.Reading]:
    """All but the refused rows that were mended before: their file is read anew, and what came of them is known."""
    refused = [reading.line for reading in readings if isinstance(reading, corpora.Refused) and reading.rows]
    known = Quarantine.objects.filter(source_file=file, state="mended", line__in=refused).values_list("line", flat=True)
    mended = set(known if refused else ())
    left: list[corpora.Reading] = []
    for reading in readings:
        if not isinstance(reading, corpora.Refused) or reading.line not in mended:
            left.append(reading)
            continue
        here = {"source_file": file, "line": reading.line}
        told.counts.duplicates += reading.rows
        if Response.objects.filter(**here).exists() or Item.objects.filter(**here).exists():
            told.own += reading.rows
    return left


def _judge(
    reading: corpora.Reading,
    before: Known,
    file: SourceFile,
    told: Chunk,
    taken: list[tuple[corpora.Record, Taken]],
) -> None:
    if isinstance(reading, corpora.Repeat):
        told.counts.duplicates += reading.rows
    elif isinstance(reading, corpora.Refused):
        told.refused.append(reading)
        told.counts.quarantined += reading.rows
    elif reason := before.ledger.contradiction(reading):
        told.refused.append(refusal(reading, reason))
        told.counts.quarantined += reading.rows
    elif new := before.ledger.take(reading):
        taken.append((reading, new))
        told.counts.imported += reading.rows
    else:
        told.counts.duplicates += reading.rows
        told.own += reading.rows if _is_origin(reading, before, file) else 0


def _is_origin(record: corpora.Record, before: Known, file: SourceFile) -> bool:
    here = (file.pk, record.line)
    if before.item_origin.get(record.source_id) == here:
        return True
    return any(before.answer_origin.get(slot_of(record, rating)) == here for rating in record.ratings)

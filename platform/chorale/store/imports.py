"""Importing a corpus: registered by its descriptor, its files kept by hash, its readings written chunk by chunk.

Every row ends as imported, duplicate or quarantined, and the sum is kept on the file and on the corpus. A file's
counters tell of its first reading; what a later reading of the same file added stands in the job's result.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from chorale.store import audit, masking, object_store, raw_lines, registry, versions
from chorale.store.ahead import ahead
from chorale.store.import_chunk import Chunk, write_chunk
from chorale.store.import_known import Piece
from chorale.store.models import Corpus, Quarantine, SourceFile, User
from harmonize import corpora
from harmonize.corpora import archive, listing
from harmonize.corpora.collect import Counts
from harmonize.corpora.descriptor import NAME
from harmonize.corpora.opening import Source, sources
from harmonize.corpora.readers import read_source
from harmonize.problems import ChoraleError

COUNTERS = ("rows_read", "rows_imported", "rows_duplicate", "rows_quarantined")
WEIGHT = 20_000  # items and ratings that one transaction writes, about; long rows count for more
LONG = 512  # characters of a row that weigh as much as a rating, so that memory stays flat for long texts too
LONGEST = 10.0  # seconds of reading for one transaction: media take long to look at, and a worker's lease must hold


def unpacked(path: Path) -> Path:
    """The folder of a corpus: the path itself, or what an archive at that path unpacks to (once, by its hash).

    The folder may lie alone within another in the archive. ChoraleError as `harmonize.corpora.archive.unpack`, and
    `descriptor-missing` if there is no corpus.toml in it.
    """
    if not path.is_file():
        return path
    digest = sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    target = Path(settings.VAR) / "unpacked" / digest.hexdigest()
    if not target.exists():
        draft = target.with_suffix(f".{os.getpid()}")
        try:
            archive.unpack(path, draft)
            draft.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    found = sorted(target.rglob(NAME), key=lambda place: len(place.parts))
    if not found:
        raise ChoraleError("descriptor-missing", f"{path.name} holds no {NAME}.", "Draft one: describe_corpus.")
    return found[0].parent


@transaction.atomic
def register(*, by: User | None, folder: Path) -> Corpus:
    """The row of the corpus version that ``folder`` describes, with its schemes; made or brought up to date.

    A version that is new gets a row of its own beside the one before it (`chorale.store.versions`). ChoraleError
    `descriptor` for a faulty description.
    """
    descriptor = corpora.load(folder, find=registry.find)
    listing.renew(descriptor, folder)
    definition = descriptor.to_dict()
    digest = sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()
    for layer in descriptor.layers:
        registry.register_scheme(by=by, core=layer.scheme)
    row = _row_of(descriptor)
    if row.pk and row.descriptor_sha256 == digest:
        return row
    action = "corpus.describe" if row.pk else "corpus.create"
    if row.pk:  # another description may read the same bytes otherwise: every file is read anew
        Quarantine.objects.filter(corpus=row, state="open").delete()
        row.files.update(finished_at=None, **dict.fromkeys(COUNTERS, 0))
    for name in ("version", "title", "description", "licence", "licence_url", "citation", "source_url", "language"):
        setattr(row, name, getattr(descriptor, name))
    row.modality, row.perspective = descriptor.modality, descriptor.perspective[:20]
    row.descriptor, row.descriptor_sha256 = definition, digest
    row.save()
    audit.record(by, action, row, version=row.version, descriptor=digest)
    return row


def _row_of(descriptor: corpora.Descriptor) -> Corpus:
    """The row of this version of the corpus, locked; a new one, not yet saved, if there is none."""
    known = versions.of_family(descriptor.slug)
    for row in known:
        if row.version == descriptor.version:
            return Corpus.objects.select_for_update().get(pk=row.pk)
    if not known:
        return Corpus(slug=descriptor.slug, family=descriptor.slug)
    slug = versions.slug_of(descriptor.slug, descriptor.version)
    return Corpus(slug=slug, family=descriptor.slug, previous=known[-1], masked=known[-1].masked)


def describe(corpus: Corpus) -> corpora.Descriptor:
    """The descriptor of a registered corpus."""
    return masking.applied(corpus, corpora.parse(corpus.descriptor, name=corpus.slug, find=registry.find))


def files(corpus: Corpus, folder: Path) -> list[Source]:
    """The corpus's files under ``folder``, in reading order."""
    return sources(describe(corpus), folder)


@transaction.atomic
def keep(corpus: Corpus, source: Source) -> SourceFile:
    """The row of a source file that is about to be read from its beginning, its bytes kept by hash."""
    path = source.path
    if path is None:
        raise ChoraleError("file-missing", f"{source.name} is not there.", "Fetch it, or mend path in corpus.toml.")
    key, digest = object_store.put_file(path)
    row, _ = SourceFile.objects.get_or_create(
        corpus=corpus, name=source.name, sha256=digest, defaults={"bytes": path.stat().st_size, "stored_as": key}
    )
    if row.stored_as != key:
        raw_lines.drop(key)  # lines of it were erased since: the copy without them is kept, and not this one
    if row.finished_at is None:
        SourceFile.objects.filter(pk=row.pk).update(**dict.fromkeys(COUNTERS, 0))
    return row


def missing(corpus: Corpus, source: Source) -> None:
    """Note that a file of the descriptor is not there; no row was read from it."""
    Quarantine.objects.get_or_create(
        corpus=corpus,
        source_file=None,
        code="file-missing",
        where=source.name[:300],
        defaults={
            "line": 0,
            "what": "The file is not there.",
            "fix": "Fetch it, or mend path in corpus.toml.",
            "whole_file": True,
        },
    )


def known_before(row: SourceFile) -> Counts | None:
    """What a file counts for that was read whole before, under the same descriptor: nothing in it can be new."""
    if row.finished_at is None:
        return None
    return Counts(0, row.rows_imported + row.rows_duplicate, row.rows_quarantined)


def chunks(
    corpus: Corpus, descriptor: corpora.Descriptor, source: Source, folder: Path, start: corpora.Place
) -> Iterator[Piece]:
    """One file in pieces that end where reading can start again; the next is read while one is written."""
    yield from ahead(Piece.of(corpus.slug, part) for part in _pieces(descriptor, source, folder, start))


def _pieces(
    descriptor: corpora.Descriptor, source: Source, folder: Path, start: corpora.Place
) -> Iterator[list[corpora.Reading]]:
    piece: list[corpora.Reading] = []
    weight, begun = 0, time.monotonic()
    key = settings.PSEUDONYM_KEY.encode()
    for reading in read_source(descriptor, source, folder, key=key, start=start):
        piece.append(reading)
        if isinstance(reading, corpora.Record):
            weight += 1 + len(reading.ratings) + len(reading.raw) // LONG
        else:
            weight += 1
        if reading.place is not None and (weight >= WEIGHT or time.monotonic() - begun > LONGEST):
            yield piece
            piece, weight, begun = [], 0, time.monotonic()
    if piece:
        yield piece


def write(corpus: Corpus, file: SourceFile, descriptor: corpora.Descriptor, folder: Path, piece: Piece) -> Counts:
    """Write one piece within the caller's transaction and count its rows; returns what it added."""
    told: Chunk = write_chunk(corpus, file, descriptor, folder, piece)
    _count(corpus, file, told)
    return told.counts


def finish(corpus: Corpus, file: SourceFile) -> None:
    """Mark a file as read whole; until its bytes or the descriptor change it need not be read again."""
    SourceFile.objects.filter(pk=file.pk).update(finished_at=timezone.now())


def _count(corpus: Corpus, file: SourceFile, told: Chunk) -> None:
    counts = told.counts
    if file.finished_at is None:
        SourceFile.objects.filter(pk=file.pk).update(
            rows_read=F("rows_read") + counts.read,
            rows_imported=F("rows_imported") + counts.imported + told.own,
            rows_duplicate=F("rows_duplicate") + counts.duplicates - told.own,
            rows_quarantined=F("rows_quarantined") + counts.quarantined,
        )
    Corpus.objects.filter(pk=corpus.pk).update(
        items=F("items") + told.items, judgments=F("judgments") + told.judgments, **row_sums(corpus)
    )


def row_sums(corpus: Corpus) -> dict[str, int]:
    """The counters of a corpus: the sums over its files."""
    sums = SourceFile.objects.filter(corpus=corpus).aggregate(**{name: Sum(name, default=0) for name in COUNTERS})
    return {name: int(sums[name]) for name in COUNTERS}

"""Quarantine answered: a refused row is mended and read again, tried as it is, or dropped for good."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models import F

from chorale.store import audit, imports, object_store
from chorale.store.import_chunk import Chunk, write_chunk
from chorale.store.import_known import Piece
from chorale.store.models import Corpus, Quarantine, SourceFile, User
from harmonize import corpora
from harmonize.corpora.mending import reread
from harmonize.corpora.opening import sources
from harmonize.corpora.record import RAW_KEPT
from harmonize.problems import ChoraleError

NOWHERE = "no-media"
"""Where media are looked for once a corpus's folder is gone; nothing lies there, and no row reaches beyond it."""


@dataclass(frozen=True)
class Mended:
    """What became of a row: source rows imported, and such as say only what was known."""

    imported: int
    duplicates: int


@transaction.atomic
def mend(*, by: User | None, row: Quarantine, raw: str | None = None, folder: Path | None = None) -> Mended:
    """Read an open row again, as it is or as ``raw``, and take it in; the file's counters move with it.

    ``folder`` holds the corpus's media, where its rows name any. ChoraleError: `not-open`, `not-a-row`,
    `rows-changed`, or the code of what is still wrong, in which case nothing changes.
    """
    row = Quarantine.objects.select_for_update(of=("self",)).select_related("source_file", "corpus").get(pk=row.pk)
    file = row.source_file
    if row.state != "open":
        raise ChoraleError("not-open", f"This row is already {row.state}.", "Nothing to do.")
    if file is None or row.whole_file:
        raise ChoraleError("not-a-row", "This is a problem of a whole file.", "Mend the file and import it again.")
    if raw is None and len(row.raw) >= RAW_KEPT:
        raise ChoraleError("row-cut", "Only the beginning of this row was kept.", "Give the whole row.")
    where = folder or Path(settings.VAR) / NOWHERE
    kept = [_read(row, file, text, where) for text in (row.raw, row.raw if raw is None else raw)]
    before, now = (sum(reading.rows for reading in readings) for readings in kept)
    if before != now:
        raise ChoraleError("rows-changed", f"{before} rows became {now}.", "Keep each row; close its quotes.")
    told = write_chunk(row.corpus, file, imports.describe(row.corpus), where, Piece.of(row.corpus.slug, kept[1]))
    if told.counts.quarantined:
        problem = told.refused[0].problem
        raise ChoraleError(problem.code, f"{problem.where}: {problem.what}", problem.fix)
    _move(row.corpus, file, told)
    Quarantine.objects.filter(pk=row.pk).update(state="mended")
    audit.record(by, "quarantine.mend", row, raw=raw, where=row.where)
    return Mended(told.counts.imported, told.counts.duplicates)


def drop(*, by: User | None, row: Quarantine, reason: str) -> None:
    """Close an open row as not wanted; it stays counted as quarantined, with who decided and why."""
    changed = Quarantine.objects.filter(pk=row.pk, state="open").update(state="dropped")
    if not changed:
        raise ChoraleError("not-open", "This row is not open.", "Nothing to do.")
    audit.record(by, "quarantine.drop", row, reason=reason, where=row.where)


def replay(*, by: User | None, corpus: Corpus, folder: Path | None = None) -> tuple[int, int]:
    """Try every open row again as it stands (its item may have come in since); returns rows taken in and still open."""
    taken = 0
    rows = list(Quarantine.objects.filter(corpus=corpus, state="open", whole_file=False).order_by("pk"))
    for row in rows:
        try:
            mend(by=by, row=row, folder=folder)
            taken += 1
        except ChoraleError:
            continue
    return taken, len(rows) - taken


def _move(corpus: Corpus, file: SourceFile, told: Chunk) -> None:
    """Counters of the file and the corpus after rows left quarantine."""
    counts = told.counts
    SourceFile.objects.filter(pk=file.pk).update(
        rows_imported=F("rows_imported") + counts.imported,
        rows_duplicate=F("rows_duplicate") + counts.duplicates,
        rows_quarantined=F("rows_quarantined") - counts.imported - counts.duplicates,
    )
    Corpus.objects.filter(pk=corpus.pk).update(
        items=F("items") + told.items, judgments=F("judgments") + told.judgments, **imports.row_sums(corpus)
    )


def _read(row: Quarantine, file: SourceFile, raw: str, folder: Path) -> list[corpora.Reading]:
    descriptor = imports.describe(row.corpus)
    with TemporaryDirectory() as place:
        path = Path(place) / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        _fetch(file.stored_as, path)
        source = next((s for s in sources(descriptor, Path(place)) if s.name == file.name), None)
        if source is None:
            raise ChoraleError("file-unknown", f"corpus.toml has no {file.name} any more.", "Import the corpus again.")
        key = settings.PSEUDONYM_KEY.encode()
        return reread(descriptor, source, raw, line=row.line or 1, key=key, folder=folder)


def _fetch(key: str, path: Path) -> None:
    """The kept file at ``path``: a link where the store is a local folder, else a copy."""
    if not key:
        raise ChoraleError("file-erased", "The raw file was erased.", "Import the corpus again to mend its rows.")
    local = object_store.local_path(key)
    if local is not None:
        with suppress(OSError):  # another device
            path.hardlink_to(local)
            return
    source: IO[bytes]
    with object_store.open_key(key) as source, path.open("wb") as sink:
        while block := source.read(1 << 20):
            sink.write(block)

"""The database side of `bench-ingest`: our import, and the same rows by the plain ways."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from benchmarks.paired import FOLDER
from chorale.jobs import control, engine
from chorale.store import bridge, imports
from chorale.store.models import Rater, SourceFile

TABLES = ("judgment", "response", "rater", "quarantine", "item", "source_file", "shard", "job", "corpus")
CHILD = """
import sys, django
django.setup()
from benchmarks.ingest_database import bring_in
from benchmarks.paired import peak_memory
from pathlib import Path
bring_in(Path(sys.argv[1]))
print(round(peak_memory() * 2**20))
"""


def empty() -> None:
    """Empty tables, ids from 1."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY CASCADE")


def bring_in(folder: Path) -> None:
    """Our import, in this process."""
    params = {"folder": str(folder)}
    control.run_here(engine.start("import_corpus", by=None, params=params))


def forget_reading() -> None:
    """Make the known file look unread, so that every row is read and judged again."""
    SourceFile.objects.update(finished_at=None)


def recorded(folder: Path) -> list[Path]:
    """Import once and keep what was copied, a file a chunk: (table, columns, rows) thrice."""
    kept: list[tuple[str, Sequence[str], list[Any]]] = []
    genuine = bridge.copy_in

    def keeping(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        kept.append((table, columns, [tuple(row) for row in rows]))
        return genuine(table, columns, kept[-1][2])

    bridge.copy_in = keeping
    try:
        bring_in(folder)
    finally:
        bridge.copy_in = genuine
    files = []
    for number in range(0, len(kept), 3):
        files.append(FOLDER / "ingest-rows" / f"chunk-{number:06}.pickle")
        files[-1].write_bytes(pickle.dumps(kept[number : number + 3]))
    return files


def staged(chunks: Sequence[Path]) -> float:
    """Seconds to stage and insert recorded rows, a transaction a chunk; unpickling is not counted."""

    def put(table: str, columns: Sequence[str], rows: list[Any]) -> None:
        names = ", ".join(f'"{column}"' for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS stage_{table} AS SELECT {names} FROM {table} LIMIT 0"  # noqa: S608
            )
        bridge.copy_in(f"stage_{table}", columns, rows)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {names} FROM stage_{table} ON CONFLICT DO NOTHING"  # noqa: S608
            )
            cursor.execute(f"TRUNCATE stage_{table}")

    return _timed(chunks, put)


def bare(chunks: Sequence[Path]) -> float:
    """Seconds to COPY recorded rows straight into the tables."""
    return _timed(chunks, bridge.copy_in)


def _timed(chunks: Sequence[Path], put: Callable[..., Any]) -> float:
    spent = 0.0
    _referred_to(chunks[0].parent)
    for path in chunks:
        parts = pickle.loads(path.read_bytes())  # noqa: S301 - written above
        start = time.perf_counter()
        with transaction.atomic():
            for table, columns, rows in parts:
                put(table, columns, rows)
        spent += time.perf_counter() - start
    return spent


def _referred_to(folder: Path) -> None:
    """The rows that the recorded ones refer to, under the same ids, which start at 1 in empty tables."""
    corpus = imports.register(by=None, folder=folder)
    imports.keep(corpus, imports.files(corpus, folder)[0])
    Rater.objects.create(kind="source", pseudonym="bench-published", corpus=corpus, source_key="published")


def peak_of(folder: Path) -> float:
    """Peak resident bytes of a process of its own that imports a folder."""
    command = [sys.executable, "-c", CHILD, str(folder)]
    told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return float(told.stdout.split()[-1])

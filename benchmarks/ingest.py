"""`make bench-ingest`: importing against staging COPY + INSERT ON CONFLICT, importing again, memory, near duplicates.

uv installs datasketch into an environment of its own, as nothing else needs it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.ingest_corpus import write_corpus
from benchmarks.ingest_duplicates import duplicates
from benchmarks.paired import FOLDER, row, run_parts, seconds, sized
from benchmarks.server import database_url

RUNS = 3


def rows_and_again() -> list[dict[str, Any]]:
    """`ingest.rows`, with its ratio to a bare COPY beside it, and `ingest.again`."""
    from benchmarks import ingest_database as database

    folder = write_corpus(FOLDER / "ingest-rows", sized(1_000_000))
    database.empty()
    chunks = database.recorded(folder)
    staged, bare, again = [], [], []
    for _ in range(RUNS):  # both ways next to each other, so that a busy machine slows both
        database.empty()
        plain = database.staged(chunks)
        database.empty()
        ours = seconds(lambda: database.bring_in(folder))
        staged.append((plain, ours))
        again.append((ours, seconds(lambda: database.bring_in(folder))))
        database.forget_reading()
        again[-1] = (*again[-1], seconds(lambda: database.bring_in(folder)))
        database.empty()
        bare.append((database.bare(chunks), ours))
    size = {"rows": sized(1_000_000)}
    return [
        row("ingest.rows", "staging COPY + INSERT ON CONFLICT of the same rows (speed, target 0.6)", staged, **size),
        row("ingest.rows.copy", "a bare COPY of the same rows (speed, no target)", bare, **size),
        row("ingest.again", "the second import of a known file (target 3)", [(a, b) for a, b, _ in again], **size),
        row("ingest.again.read", "the second import, every row read again", [(a, c) for a, _, c in again], **size),
    ]


def memory() -> list[dict[str, Any]]:
    """`ingest.memory`: peak resident memory of an importing process, at ten times the rows."""
    from benchmarks import ingest_database as database

    peaks = []
    for claimed in (5_000_000, 500_000):
        folder = write_corpus(FOLDER / "ingest-memory", sized(claimed))
        database.empty()
        peaks.append(database.peak_of(folder))
    return [row("ingest.memory", "peak bytes at a tenth of the rows (target 1.2)", [(peaks[0], peaks[1])])]


def on_database(part: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """A part that fills a database, with Django set up on it."""
    with database_url():
        import django

        os.environ["DJANGO_SETTINGS_MODULE"] = "chorale.settings"
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        try:
            return part()
        finally:
            for name in ("ingest-rows", "ingest-memory"):
                shutil.rmtree(FOLDER / name, ignore_errors=True)


PARTS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "duplicates": lambda: duplicates(sized(1_000_000), sized(20_000)),
    "database": lambda: on_database(lambda: rows_and_again() + memory()),
}

if __name__ == "__main__":
    run_parts("ingest", PARTS, sys.argv[1:])

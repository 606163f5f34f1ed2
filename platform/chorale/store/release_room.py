"""The room a release is built in: one build at a time, nothing of one that was killed, nothing erased meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection

from chorale.store import object_store
from chorale.store.models import Erasure, Release
from exports.pseudonyms import PERSON, pseudonym
from exports.publish import sweep
from harmonize.problems import ChoraleError

LOCK = 0x52454C  # "REL": the first of the two numbers that PostgreSQL's advisory locks go by
WAIT_SECONDS = 10.0  # the server notices within moments that a killed process is gone


@contextmanager
def alone(release: Release) -> Iterator[None]:
    """Hold the release's lock, which goes with the process that holds it, and clear what killed builds left.

    Raises ChoraleError `release-building` where another process is at it.
    """
    end = time.monotonic() + WAIT_SECONDS
    while not _asked("SELECT pg_try_advisory_lock(%s, %s)", release):
        if time.monotonic() > end:
            what = f"{release} is being built by another process."
            raise ChoraleError("release-building", what, "Wait until that job has ended.")
        time.sleep(0.2)
    try:
        clear(release)
        yield
    finally:
        _asked("SELECT pg_advisory_unlock(%s, %s)", release)


def clear(release: Release) -> int:
    """Remove the hidden folders of builds of this version that were killed; how many. For who holds the lock."""
    local = object_store.local_path(release.folder) if release.folder else None
    return sweep(local.parent, of=local.name) if local else 0


def erased(release: Release, folder: Path) -> int:
    """How many items and raters in built files were erased since they were drawn from the database.

    Where nothing was ever erased nothing is read.
    """
    rows = list(Erasure.objects.values_list("kind", "key"))
    if not rows:
        return 0
    salt = bytes.fromhex(release.salt)
    people = [PERSON + pseudonym(key, salt=salt, purpose="rater") for kind, key in rows if kind == "rater"]
    gone = {"items": ("uuid", [key for kind, key in rows if kind == "item"]), "raters": ("rater", people)}
    found = 0
    for table, (column, keys) in gone.items():
        with pq.ParquetFile(folder / f"{table}.parquet") as file:
            for batch in file.iter_batches(columns=[column]):
                found += pc.sum(pc.is_in(batch.column(0), value_set=pa.array(keys, pa.string()))).as_py() or 0
    return found


def empty(release: Release) -> None:
    """Take away files that were built and never recorded."""
    fs, root = object_store.filesystem()
    if fs.exists(f"{root}/{release.folder}"):
        fs.rm(f"{root}/{release.folder}", recursive=True)


def _asked(sql: str, release: Release) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, [LOCK, release.pk])
        return bool(cursor.fetchone()[0])

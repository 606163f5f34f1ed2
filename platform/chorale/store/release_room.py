"""The room a release is built in: one build at a time, nothing left of one that was killed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from chorale.store import object_store
from chorale.store.models import Release
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


def taken(release: Release) -> bool:
    """Whether another process is building the release now."""
    if not _asked("SELECT pg_try_advisory_lock(%s, %s)", release):
        return True
    _asked("SELECT pg_advisory_unlock(%s, %s)", release)
    return False


def clear(release: Release) -> int:
    """Remove the hidden folders of builds of this version that were killed; how many. For who holds the lock."""
    local = object_store.local_path(release.folder) if release.folder else None
    return sweep(local.parent, of=local.name) if local else 0


def _asked(sql: str, release: Release) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, [LOCK, release.pk])
        return bool(cursor.fetchone()[0])

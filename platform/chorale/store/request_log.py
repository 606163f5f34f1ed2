"""Raw responses of a language model in the database, under their request's key."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from annotation.model_raters.response_log import Kept
from chorale.store.models import Job, ModelRequest, Rater

_INSERT = (
    "INSERT INTO model_request (key, rater_id, item, job_id, packed, prompt_tokens, completion_tokens, tries, seconds) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING"
)


class DatabaseLog:
    """The responses a rater ever got about some items, read once at the start; new ones go in by `flush`.

    `flush` may be called from another thread; it opens and closes a connection of its own there, and what it writes
    stands at once, whatever becomes of the step: a response is a fact that was paid for.
    """

    def __init__(self, rater: Rater, items: Iterable[UUID], job: Job | None = None) -> None:
        self._rater, self._job = rater, job
        kept = ModelRequest.objects.filter(rater=rater, item__in=list(items))
        self._kept = {row.key: _kept(row) for row in kept.iterator(chunk_size=500)}
        self._waiting: list[tuple[str, Kept]] = []
        self._lock = threading.Lock()

    def get(self, key: str) -> Kept | None:
        """The response of that key, if there is one."""
        return self._kept.get(key)

    def put(self, key: str, kept: Kept) -> None:
        """Keep a response; it is durable after the next `flush`."""
        with self._lock:
            self._kept[key] = kept
            self._waiting.append((key, kept))

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        if not taken:
            return
        job = self._job.pk if self._job else None
        rows = [
            (key, self._rater.pk, k.item, job, k.packed, k.prompt_tokens, k.completion_tokens, k.tries, k.seconds)
            for key, k in taken
        ]
        try:
            with connection.cursor() as cursor:
                cursor.executemany(_INSERT, rows)
        finally:
            if threading.current_thread() is not threading.main_thread():
                connection.close()


def _kept(row: ModelRequest) -> Kept:
    return Kept(str(row.item), bytes(row.packed), row.prompt_tokens, row.completion_tokens, row.tries, row.seconds)

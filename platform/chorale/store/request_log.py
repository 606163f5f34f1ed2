"""Raw responses of a language model in the database, under their request's key, and what was paid for them."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Executor
from uuid import UUID

from django.db import connection

from annotation.model_raters.response_log import Kept
from chorale.store.models import Endpoint, Job, ModelRequest, Rater

# One statement, so that no response is kept uncounted nor counted twice.
_KEEP = """
WITH new AS (
  INSERT INTO model_request (key, rater_id, item, job_id, packed, prompt_tokens, completion_tokens, tries, seconds,
    cost)
  SELECT x.key, %(rater)s, x.item, %(job)s, x.packed, x.prompt, x.completion, x.tries, x.seconds,
    (x.prompt * %(price_in)s::float8 + x.completion * %(price_out)s::float8) / 1e6
  FROM unnest(%(key)s::text[], %(item)s::uuid[], %(packed)s::bytea[], %(prompt)s::int[], %(completion)s::int[],
    %(tries)s::int2[], %(seconds)s::real[]) AS x (key, item, packed, prompt, completion, tries, seconds)
  ON CONFLICT (key) DO NOTHING RETURNING prompt_tokens, completion_tokens)
INSERT INTO model_spending AS spent (job_id, requests, prompt_tokens, completion_tokens)
  SELECT %(job)s::bigint, count(*), coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0)
  FROM new HAVING count(*) > 0 AND %(job)s::bigint IS NOT NULL
  ON CONFLICT (job_id) DO UPDATE SET requests = spent.requests + excluded.requests,
    prompt_tokens = spent.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = spent.completion_tokens + excluded.completion_tokens
"""


class DatabaseLog:
    """The responses a rater got about the items looked up so far; new ones go in by `flush`.

    `flush` may be called from another thread: it then works in that of ``writer``, or opens and closes a connection of
    its own. What it writes stands at once, whatever becomes of the step: a response is a fact that was paid for, at the
    prices of its ``endpoint``.
    """

    def __init__(self, rater: Rater, items: Iterable[UUID] = (), *, job: Job | None, endpoint: Endpoint) -> None:
        self._rater, self._job = rater, job
        self._prices = {"price_in": endpoint.price_in, "price_out": endpoint.price_out}
        self.writer: Executor | None = None
        self._kept: dict[str, Kept] = {}
        self._waiting: list[tuple[str, Kept]] = []
        self._lock = threading.Lock()
        self.look_up(items)

    def look_up(self, items: Iterable[UUID]) -> None:
        """Read what is kept about these items, before they are asked about."""
        if names := list(items):
            kept = ModelRequest.objects.filter(rater=self._rater, item__in=names)
            self._kept.update({row.key: _kept(row) for row in kept.iterator(chunk_size=500)})

    def forget(self, keys: Iterable[str]) -> None:
        """Responses that are durable and will not be asked for again, as what was made of them is stored."""
        for key in keys:
            self._kept.pop(key, None)

    def get(self, key: str) -> Kept | None:
        """The response of that key, if there is one."""
        return self._kept.get(key)

    def put(self, key: str, kept: Kept) -> None:
        """Keep a response; it is durable after the next `flush`."""
        with self._lock:
            self._kept[key] = kept
            self._waiting.append((key, kept))

    def flush(self) -> None:
        """Write what waits; a failed write leaves it waiting."""
        if self.writer:
            self.writer.submit(self.write).result()
            return
        try:
            self.write()
        finally:
            if threading.current_thread() is not threading.main_thread():
                connection.close()

    def write(self) -> None:
        """Write what waits, in this thread."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        if not taken:
            return
        kept = [one for _, one in taken]
        columns = {
            "key": [key for key, _ in taken],
            "item": [one.item for one in kept],
            "packed": [one.packed for one in kept],
            "prompt": [one.prompt_tokens for one in kept],
            "completion": [one.completion_tokens for one in kept],
            "tries": [one.tries for one in kept],
            "seconds": [one.seconds for one in kept],
        }
        try:
            with connection.cursor() as cursor:
                job = self._job.pk if self._job else None
                cursor.execute(_KEEP, {"rater": self._rater.pk, "job": job} | self._prices | columns)
        except BaseException:
            with self._lock:
                self._waiting = taken + self._waiting
            raise


def _kept(row: ModelRequest) -> Kept:
    return Kept(str(row.item), bytes(row.packed), row.prompt_tokens, row.completion_tokens, row.tries, row.seconds)

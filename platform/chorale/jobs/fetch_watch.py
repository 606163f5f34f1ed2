"""A job that fetches files: how much has come is told, and cancelling it ends the fetching."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from chorale.jobs import engine
from chorale.store.fetching import Told
from chorale.store.models import Job

EVERY = 1.0  # seconds


@contextmanager
def watching(job: Job) -> Iterator[Told]:
    """What to tell of each piece that arrives; raises `engine.Cancelled` once the person asked to stop.

    It may be called from any thread: the database is asked in one of its own, beside the job's transactions.
    """
    at = time.monotonic()

    def told(arrived: int) -> None:
        nonlocal at
        if time.monotonic() - at < EVERY:
            return
        at = time.monotonic()
        if thread.submit(_tell, job, arrived).result():
            raise engine.Cancelled

    with ThreadPoolExecutor(1, "fetch") as thread:
        try:
            yield told
        finally:
            thread.submit(_close).result()


def _tell(job: Job, arrived: int) -> bool:
    Job.objects.filter(pk=job.pk).update(message=f"{filesizeformat(arrived)} fetched", updated_at=timezone.now())
    return Job.objects.filter(pk=job.pk, cancel=True).exists()


def _close() -> None:
    """End the connection of the thread that calls; ``connection.close`` itself would be the caller's."""
    connection.close()

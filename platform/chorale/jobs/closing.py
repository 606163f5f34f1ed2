"""Progress of a closing step that computes for long, told beside its transaction: that shows nothing before its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

from chorale.jobs import engine
from chorale.store.models import Job

T = TypeVar("T")


def told(job: Job, words: str, parts: Sequence[T]) -> Iterator[T]:
    """The parts one by one, the job's message saying how many are done. Raises `Cancelled` once a person asked to stop.

    A thread writes it, on a connection of its own.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="closing") as beside:
        try:
            for count, part in enumerate(parts):
                if beside.submit(_tell, job.pk, f"{words}: {count} of {len(parts)}").result():
                    raise engine.Cancelled
                yield part
            beside.submit(_tell, job.pk, f"{words}: {len(parts)} of {len(parts)}").result()
        finally:
            beside.submit(_hang_up).result()


def _tell(pk: int, message: str) -> bool:
    """Set the message; whether the job is to stop."""
    Job.objects.filter(pk=pk).update(message=message[:300])
    return Job.objects.filter(pk=pk, cancel=True).exists()


def _hang_up() -> None:
    connection.close()

"""Failed items of a pre-label job, asked about again: one alone, some, or all."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from chorale.jobs import engine
from chorale.store.models import Job, ModelFailure, User
from harmonize.problems import ChoraleError

MOST = 10_000  # items a job names one by one; what is left can be asked again afterwards


def failures(job: Job) -> QuerySet[ModelFailure]:
    """What is known to have failed in this job and was not mended since."""
    return ModelFailure.objects.filter(job=job)


def start(*, by: User | None, job: Job, items: Sequence[UUID] | None = None) -> Job:
    """A job about failed items and no others: those named, or all (at most `MOST`).

    Raises ChoraleError `nothing-failed` where none of them failed or all were mended since.
    """
    failed = failures(job).order_by("pk").values_list("item__uuid", flat=True)
    if items is not None:
        failed = failed.filter(item__uuid__in=items)
    only = [str(name) for name in failed[:MOST]]
    if not only:
        raise ChoraleError(
            "nothing-failed", "Nothing failed that has not been mended.", "There is nothing to ask again."
        )
    return engine.start("prelabel", by=by, params=job.params | {"only": only}, title="Ask again about failed items")

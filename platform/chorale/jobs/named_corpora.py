"""The corpora that a job's parameters name."""

from __future__ import annotations

from chorale.jobs.engine import Json
from chorale.store.models import Corpus
from harmonize.problems import ChoraleError


def named(params: Json) -> list[Corpus]:
    """The corpora of ``params["corpora"]`` (slugs; none: all), in the order of their slugs. ChoraleError
    `unknown-corpus`."""
    wanted = params.get("corpora") or []
    rows = list(Corpus.objects.filter(slug__in=wanted) if wanted else Corpus.objects.all())
    if missing := sorted(set(wanted) - {row.slug for row in rows}):
        raise ChoraleError("unknown-corpus", f"There is no corpus {', '.join(missing)}.", "See the list of corpora.")
    return sorted(rows, key=lambda row: row.slug)

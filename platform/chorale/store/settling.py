"""Settling: from the votes of a scope to its soft labels, under every aggregation that its kind of scheme knows."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from annotation import aggregation
from annotation.aggregation.published import published
from chorale.store import aggregates, bridge
from chorale.store.models import Job, Scheme
from chorale.store.scopes import Scope
from harmonize.records import Judgments, Kind, SoftLabels

Method = Callable[[Judgments], SoftLabels]


def _posterior(judgments: Judgments) -> SoftLabels:
    return aggregation.dawid_skene(judgments).soft


def methods(kind: Kind) -> dict[str, Method]:
    """The aggregations that a kind of scheme knows, by the name they are stored under."""
    if kind == Kind.SINGLE:
        return {"votes": aggregation.vote_distribution, "dawid-skene": _posterior}
    if kind == Kind.SET:
        return {"votes": aggregation.vote_proportions, "dawid-skene": _posterior}
    if kind == Kind.INTENSITY:
        return {"mean": aggregation.intensity_mean}
    return {"mean": aggregation.dimension_mean}


def settle(scope: Scope, scheme: Scheme, perspective: str, *, job: Job | None = None) -> dict[str, int]:
    """Write the aggregates of people's blind votes in a scope; returns items a method. Dawid-Skene needs rater ids."""
    judgments = bridge.judgments(scheme, perspective=perspective, who="people", **scope.filters())
    written: dict[str, int] = {}
    if not len(judgments):
        return written
    identified = bool((judgments.rater >= 0).all())
    for name, method in methods(Kind(scheme.kind)).items():
        if name == "dawid-skene" and not identified:
            continue
        soft = method(judgments)
        with transaction.atomic():
            written[name] = aggregates.write(soft, scheme=scheme, perspective=perspective, method=name, job=job)
    return written


def settle_published(scope: Scope, scheme: Scheme, perspective: str, *, job: Job | None = None) -> int:
    """Write a corpus's own published labels, where it publishes no votes: n and entropy are null (SCIENCE rule 2)."""
    judgments = bridge.judgments(scheme, perspective=perspective, who="source", **scope.filters())
    if not len(judgments):
        return 0
    with transaction.atomic():
        return aggregates.write(
            published(judgments), scheme=scheme, perspective=perspective, method="published", job=job
        )

"""Harmonizing: a scope's judgments and soft labels under other schemes, each beside what its map loses there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from django.db import transaction

from annotation import aggregation
from annotation.aggregation.published import published
from chorale.store import aggregates, bridge, masks, registry
from chorale.store.models import Crosswalk, Job, Scheme
from chorale.store.scopes import Scope, layers_judged
from harmonize import affect, crosswalks
from harmonize.loss import loss_report
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics, SoftLabels

Json = dict[str, Any]


def perspectives(scope: Scope, crosswalk: Crosswalk) -> list[tuple[str, str]]:
    """The (who, perspective) pairs in a scope that this map applies to; who is "people" or "source"."""
    found = [("people", p) for scheme, p in layers_judged(scope) if scheme.pk == crosswalk.source_id]
    told = layers_judged(scope, ("source",))
    return found + [("source", p) for scheme, p in told if scheme.pk == crosswalk.source_id]


def harmonize(
    scope: Scope, crosswalk: Crosswalk, perspective: str, *, who: str = "people", job: Job | None = None
) -> Json:
    """Map each judgment, then aggregate (SCIENCE rule 6); write the result; keep and return the loss report.

    Raises `ChoraleError` where the map does not fit what was judged.
    """
    judgments = bridge.judgments(crosswalk.source, perspective=perspective, who=who, **scope.filters())  # type: ignore[arg-type]
    if not len(judgments):
        raise ChoraleError("nothing-judged", f"{scope.type} {scope.slug} has no judgments under {crosswalk.source}.")
    native = _aggregate(judgments, from_source=who == "source")
    hidden = masks.masked(native, crosswalk.source, perspective)
    native = masks.without(native, hidden)
    soft = _mapped(judgments, native, crosswalk, from_source=who == "source")
    soft = masks.without(soft, masks.through(hidden, crosswalk))
    report = loss_report(crosswalk.core, native if judgments.kind == Kind.DIMENSION else judgments).to_dict()
    method = "published" if who == "source" else "votes"
    with transaction.atomic():
        written = aggregates.write(
            soft,
            scope=scope,
            scheme=crosswalk.target,
            perspective=perspective,
            method=method,
            crosswalk=crosswalk,
            job=job,
        )
        kept = Crosswalk.objects.select_for_update().get(pk=crosswalk.pk)
        kept.loss = {**kept.loss, f"{scope.type}:{scope.slug}:{perspective}": report}
        kept.save(update_fields=["loss"])
    return {"items": written, "unmapped": mean(soft.unmapped), "loss": report}


def points(
    scope: Scope, scheme: Scheme, perspective: str, norms: str, *, via: Crosswalk | None = None, job: Job | None = None
) -> Json:
    """VAD points of people's judgments by word norms (SCIENCE rule 9: means only, the source stated in the method).

    ``via`` maps each judgment first, to a scheme whose labels the norms have words for; its unmapped share is told.
    """
    judgments = bridge.judgments(scheme, perspective=perspective, who="people", **scope.filters())
    table = affect.load_norms(norms)
    if via is not None:
        judgments = crosswalks.map_judgments(judgments, via.core)
    soft = affect.vad_points(judgments, table)
    target = registry.scheme(table.scheme)
    with transaction.atomic():
        written = aggregates.write(
            soft,
            scope=scope,
            scheme=target,
            perspective=perspective,
            method=f"points:{norms}",
            crosswalk=via,
            job=job,
        )
    return {"items": written, "unmapped": mean(soft.unmapped), "norms": norms, "source": table.cite}


def mean(values: Any) -> float | None:
    """The mean of the defined values; None where there are none."""
    if values is None or np.isnan(values).all():
        return None
    return float(np.nanmean(values))


def _aggregate(judgments: Judgments, *, from_source: bool) -> SoftLabels:
    if from_source:
        return published(judgments)
    by_kind = {
        Kind.SINGLE: aggregation.vote_distribution,
        Kind.SET: aggregation.vote_proportions,
        Kind.INTENSITY: aggregation.intensity_mean,
        Kind.DIMENSION: aggregation.dimension_mean,
    }
    return by_kind[judgments.kind](judgments)


def _mapped(judgments: Judgments, native: SoftLabels, crosswalk: Crosswalk, *, from_source: bool) -> SoftLabels:
    """A vote distribution maps by mass; sets, intensities and dimensions are mapped answer by answer first."""
    core = crosswalk.core
    if native.semantics == Semantics.DISTRIBUTION and core.target_labels.kind == Kind.SINGLE:
        return crosswalks.map_soft(native, core)
    mapped = crosswalks.map_judgments_counted(judgments, core)
    soft = _aggregate(mapped.judgments, from_source=from_source)
    if core.kind == crosswalks.CrosswalkKind.LABELS:
        soft = crosswalks.mask_inexpressible(soft, core)
    return replace(soft, unmapped=mapped.unmapped)

"""Measuring: the agreement of people in a scope, and of each model rater with them, kept as a report."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db import transaction

from annotation import agreement, agreement_report
from chorale.store import bridge
from chorale.store.models import AgreementReport, Job, Judgment, Rater, Scheme
from chorale.store.scopes import Scope
from harmonize.records import Judgments, Kind

Json = dict[str, Any]
PANEL_ROUNDS = 200  # resamples of the many figures beside the headline


def measure(
    scope: Scope, scheme: Scheme, perspective: str, *, rounds: int = 1000, seed: int = 0, job: Job | None = None
) -> AgreementReport:
    """Measure people's blind answers, then every model rater against them, and keep the report of this scope.

    A figure that is undefined stands in the report with its reason; a model that cannot be compared stands there with
    the reason too.
    """
    people = bridge.judgments(scheme, perspective=perspective, who="people", **scope.filters())
    body: Json = {
        "kind": scheme.kind,
        "labels": list(scheme.core.names),
        "counts": _counts(people),
        "people": _people(people, rounds=rounds, seed=seed),
        "panel": agreement_report.people_panel(people, rounds=min(rounds, PANEL_ROUNDS), seed=seed),
        "models": [
            _model(rater, people, scope.of_models(), scheme, perspective, rounds=rounds, seed=seed)
            for rater in _model_raters(scope.of_models(), scheme, perspective)
        ],
        "settings": {"rounds": rounds, "seed": seed, "level": 0.95, "blind_only": True},
    }
    with transaction.atomic():
        report, _ = AgreementReport.objects.update_or_create(
            scope_type=scope.type,
            scope=scope.slug,
            scheme=scheme,
            perspective=perspective,
            defaults={"body": body, "job": job},
        )
    return report


def _people(people: Judgments, *, rounds: int, seed: int) -> Json:
    """Overall alpha where the kind of scheme has one, and alpha for each label or dimension."""
    if people.kind == Kind.DIMENSION:
        parts = agreement.alpha_by_dimension(people, rounds=rounds, seed=seed)
        return {"overall": None, "parts": {name: c.to_dict() for name, c in parts.items()}}
    parts = agreement.alpha_by_label(people, rounds=rounds, seed=seed)
    overall = None
    if people.kind != Kind.INTENSITY:
        overall = agreement.alpha(people, rounds=rounds, seed=seed).to_dict()
    return {"overall": overall, "parts": {name: c.to_dict() for name, c in parts.items()}}


def _counts(people: Judgments) -> Json:
    """Items, judgments, raters (None without ids) and, for categories, how often each label was marked."""
    counted = people.select(people.counted)
    known = counted.rater[counted.rater >= 0]
    per_item = np.bincount(counted.item, minlength=len(counted.items)) if len(counted) else np.zeros(0, int)
    told: Json = {
        "items": int((per_item > 0).sum()),
        "items_shared": int((per_item > 1).sum()),
        "judgments": len(counted),
        "raters": len(np.unique(known)) if len(known) == len(counted) else None,
    }
    if counted.label is not None:
        marks = np.bincount(counted.label, minlength=len(counted.labels))
        told["marks"] = dict(zip(counted.labels, marks.tolist(), strict=True))
    return told


def _model_raters(scope: Scope, scheme: Scheme, perspective: str) -> list[Rater]:
    spoke = scope.judgments().filter(scheme=scheme, perspective=perspective, rater__kind="model")
    return list(Rater.objects.filter(pk__in=spoke.values("rater").distinct()).order_by("pseudonym"))


def _model(
    rater: Rater,
    people: Judgments,
    scope: Scope,
    scheme: Scheme,
    perspective: str,
    *,
    rounds: int,
    seed: int,
) -> Json:
    """One model against people, on predictions by fits that had not seen the item (SCIENCE rule 17)."""
    told: Json = {"rater": rater.pseudonym, "model": rater.model}
    unseen = bridge.judgments(
        scheme, perspective=perspective, who="model", rater=rater, out_of_fold=True, **scope.filters()
    )
    if not len(unseen):
        return {**told, "refused": "Every item it judged here was in its training; no out-of-fold prediction exists."}
    seen = Judgment.objects.filter(rater=rater, retired_at__isnull=True, item__ratertrainingitem__rater=rater)
    trained_on = {str(pk) for pk in seen.exclude(out_of_fold=True).values_list("item", flat=True)}
    figures = agreement.model_against_people(people, unseen, trained_on=trained_on, rounds=rounds, seed=seed)
    panel = agreement_report.model_panel(
        people, unseen, trained_on=trained_on, rounds=min(rounds, PANEL_ROUNDS), seed=seed
    )
    return {**told, **{k: v for k, v in figures.to_dict().items() if k != "model"}, "panel": panel}

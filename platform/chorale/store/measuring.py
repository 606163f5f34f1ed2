"""Measuring: the agreement of people in a scope, of each model rater with them, and of models among themselves.

Alphas, overall, by label and by slice, are of all judgments: their sums are taken block by block and kept
(`measured_blocks`), so memory is that of one block and a second measurement takes only what changed. The figures beside
them are of a fixed share of the items where the scope holds more than 200,000 judgments; "sample" says which.

``agreement_report.body``, the keys that pages and files read ("refused" in place of a part says why there is none):
"kind", "labels", "counts" {items, items_shared, judgments, raters, marks {label: n}}
"people" {"overall": coefficient or null, "parts": {label: coefficient}}
"weighted" the same by inverse chances of being drawn, or null where all chances are the same
"slices" [{"by": "corpus" | "language" | "facet NAME" | "rater TRAIT", "part", "figure": coefficient or null,
"parts": {label: coefficient}, "refused"}], "slices_dropped" [names with too many parts]
"filters" [{"rule", "figure", "before", "after": coefficients, "judgments_left_out", "items_left_out",
"raters_left_out"}]
"panel" as `agreement_report.people_panel` says, with "rater_pages", "flags" and "groups" as `rater_report` says
"models" [{"rater", "model", "items", "model_person", "person_person", "people", "by_label", "panel"} | {"refused"}],
the panel as `agreement_report.model_panel` says, with "preference" {label: {own, others, z}} and "groups" [{"by",
"part", "figure"}]: alpha of the model with the people of each group
"models_alone" {"overall", "parts", "pairs"} of two models or more, "shared_errors" [{"one", "other", "items",
"errors_one", "errors_other", "both", "expected", "phi", "same", "reason"}]
"settings" {"rounds", "seed", "level", "blind_only", "least_seconds"}
"sample" {"share", "judgments", "of"}: of items, for everything but people, weighted and slices
A coefficient is `annotation.agreement.Coefficient.to_dict()`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db import transaction

from annotation import agreement_report, rater_report
from annotation.agreement import AlphaStatistics, BlockSums
from chorale.store import bridge, measured_blocks, measured_filters, measured_models
from chorale.store.aggregates import plain
from chorale.store.measured_blocks import Layer
from chorale.store.models import AgreementReport, Job, Scheme
from chorale.store.scopes import Scope
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

Json = dict[str, Any]
PANEL_ROUNDS = 200  # resamples of the many figures beside the headline
PANEL_JUDGMENTS = 200_000  # of which the figures beside the alphas are taken
LEAST_SECONDS = 1.0  # an answer faster than this cannot have been read


def measure(
    scope: Scope, scheme: Scheme, perspective: str, *, job: Job | None = None, **options: Any
) -> AgreementReport:
    """Measure a layer in one go, without a job's steps; ``options`` as in `report`."""
    layer = Layer(scope, scheme, perspective)
    for block in measured_blocks.stale(layer):
        with transaction.atomic():
            measured_blocks.take(layer, block)
    with transaction.atomic():
        return report(layer, job=job, **options)


def report(
    layer: Layer,
    *,
    rounds: int = 1000,
    seed: int = 0,
    filters: list[Json] | None = None,
    least_seconds: float = LEAST_SECONDS,
    job: Job | None = None,
) -> AgreementReport:
    """The report of a layer from its kept sums and a sample of its answers, kept in turn, inside a transaction.

    ``filters`` as in `measured_filters.declared`. A figure that is undefined stands there with its reason; a model that
    cannot be compared too. Raises `ChoraleError` where nobody spoke.
    """
    sums = measured_blocks.added_up(layer)
    if sums is None:
        raise ChoraleError("nobody-spoke", f"No person judged {layer.scope.slug} so.", "Choose what was judged.")
    share = min(1.0, PANEL_JUDGMENTS / max(sums.judgments, 1))
    said = bridge.answers(layer.scheme, perspective=layer.perspective, share=share, **layer.scope.filters())
    people = said.judgments.select(said.planned)
    drawing = {"rounds": min(rounds, PANEL_ROUNDS), "seed": seed}
    whole = {"rounds": rounds, "seed": seed}
    panel = agreement_report.people_panel(people, scale=_scale(layer.scheme), **drawing)
    panel |= _of_raters(layer, said, people, least_seconds, sums)
    body: Json = {
        "kind": layer.scheme.kind,
        "labels": list(layer.scheme.core.names),
        "counts": _counts(sums, layer.scheme),
        "people": _figures(sums, "", "", **whole),
        "weighted": _figures(sums, "weighted", "", **whole) if _has(sums, "weighted") else None,
        "slices": [{"by": by, "part": part, **_slice(sums, by, part, **drawing)} for by, part in _telling(sums)],
        "slices_dropped": sorted(sums.dropped),
        "filters": _or_reason(lambda: measured_filters.applied(said, filters, panel.get("flags"), **drawing)),
        "panel": panel,
        "sample": {"share": share, "judgments": len(people), "of": sums.judgments},
        **measured_models.models(layer, people, share=share, whole=whole, drawing=drawing),
        "settings": {**whole, "level": 0.95, "blind_only": True, "least_seconds": least_seconds},
    }
    kept, _ = AgreementReport.objects.update_or_create(**layer.place, defaults={"body": plain(body), "job": job})
    return kept


def _figures(sums: BlockSums, by: str, part: str, **drawing: Any) -> Json:
    """Overall alpha where the kind of scheme has one, and alpha for each label or dimension."""
    overall = _coefficients(sums, (by, part, "overall"), **drawing)
    parts = _coefficients(sums, (by, part, "parts"), **drawing)
    refused = {key[2]: why for key, why in sums.refused.items() if key[:2] == (by, part)}
    told: Json = {"overall": next(iter(overall.values()), None), "parts": parts}
    return told | ({"refused": "; ".join(sorted(set(refused.values())))} if refused else {})


def _slice(sums: BlockSums, by: str, part: str, **drawing: Any) -> Json:
    found = _figures(sums, by, part, **drawing)
    return {"figure": found["overall"], "parts": found["parts"], "refused": found.get("refused", "")}


def _coefficients(sums: BlockSums, key: tuple[str, str, str], **drawing: Any) -> dict[str, Json]:
    found: AlphaStatistics | None = sums.sums.get(key)
    if found is None:
        return {}
    figures = found.coefficients(**drawing)
    return {name: figure.to_dict() for name, figure in zip(found.names, figures, strict=True)}


def _has(sums: BlockSums, by: str) -> bool:
    return any(key[0] == by for key in (*sums.sums, *sums.refused))


def _telling(sums: BlockSums) -> list[tuple[str, str]]:
    """The slices of which there are at least two parts: one alone is the whole."""
    found = sums.slices()
    many = {by for by, _ in found if sum(other == by for other, _ in found) > 1}
    return [(by, part) for by, part in found if by in many]


def _counts(sums: BlockSums, scheme: Scheme) -> Json:
    """Items, judgments, raters (None without ids) and, for categories, how often each label was marked."""
    told: Json = {
        "items": sums.items,
        "items_shared": sums.shared,
        "judgments": sums.judgments,
        "raters": None if sums.raters is None else len(sums.raters),
    }
    if scheme.kind != Kind.DIMENSION:
        told["marks"] = dict(zip(sums.labels, sums.marks.tolist(), strict=True))
    return told


def _scale(scheme: Scheme) -> list[tuple[float, float]] | None:
    """(step, range) of each dimension, for the test whether people split."""
    return [((d.step or (d.high - d.low) / 100), d.high - d.low) for d in scheme.core.dimensions] or None


def _of_raters(layer: Layer, said: bridge.Answers, people: Judgments, least: float, sums: BlockSums) -> Json:
    """Pages of raters and flags; without rater ids, why there are none."""
    lead_time, at = said.lead_time[said.planned], said.at[said.planned]
    timed: Json = {"lead_time": None if np.isnan(lead_time).all() else lead_time}
    timed["at"] = None if np.isnan(at).all() else at
    gold = bridge.rulings(layer.scheme, perspective=layer.perspective, items=people.items)
    ranges = [(d.low, d.high) for d in layer.scheme.core.dimensions]
    among = None if sums.raters is None else len(sums.raters)
    fits = gold.kind == (Kind.SET if people.kind == Kind.INTENSITY else people.kind)
    pages = _or_reason(lambda: rater_report.rater_pages(people, gold=gold if fits else None, ranges=ranges, **timed))
    flags = _or_reason(lambda: rater_report.rater_flags(people, floor=least, among=among, **timed))
    groups = _or_reason(lambda: rater_report.group_differences(people, measured_blocks.rater_groups(people)))
    return {"rater_pages": pages, "flags": flags, "groups": groups}


def _or_reason(part: Any) -> Any:
    try:
        return part()
    except ChoraleError as refusal:
        return {"refused": str(refusal)}

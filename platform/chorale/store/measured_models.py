"""Models measured: each against people, and among themselves, on predictions by fits that had not seen the item."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from annotation import agreement, agreement_report
from annotation import raters as measures
from annotation.aggregation.votes import marked_above
from chorale.store import bridge
from chorale.store.measured_blocks import Layer, rater_groups
from chorale.store.models import Judgment, Rater
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

Json = dict[str, Any]
MOST_GROUPS = 10
SEEN = "Every item it judged here was in its training; no out-of-fold prediction exists."


def models(layer: Layer, people: Judgments, *, share: float, whole: Json, drawing: Json) -> Json:
    """The keys "models", "models_alone" and "shared_errors" of a report, as `chorale.store.measuring` says.

    ``share`` of the items as the people's; ``whole`` and ``drawing``: rounds and seed of headline and other figures.
    A model says how likely a label is, not how strong: people who gave strengths are compared by what they marked.
    """
    people = marked_above(people, 0.0) if people.kind == Kind.INTENSITY else people
    told, unseen, trained = [], {}, {}
    for rater in _raters(layer):
        name = rater.pseudonym
        own = bridge.judgments(
            layer.scheme,
            perspective=layer.perspective,
            who="model",
            rater=rater,
            out_of_fold=True,
            share=share,
            **layer.scope.of_models().filters(),
        )
        head: Json = {"rater": name, "model": rater.model}
        if not len(own):
            told.append({**head, "refused": SEEN})
            continue
        unseen[name], trained[name] = own, _trained_on(rater)
        told.append(head | _against(people, own, trained[name], whole, drawing))
    return {
        "models": told,
        "models_alone": _alone(unseen, people, drawing),
        "shared_errors": _shared(unseen, people, trained),
    }


def _raters(layer: Layer) -> list[Rater]:
    spoke = layer.scope.of_models().judgments()
    spoke = spoke.filter(scheme=layer.scheme, perspective=layer.perspective, rater__kind="model")
    return list(Rater.objects.filter(pk__in=spoke.values("rater").distinct()).order_by("pseudonym"))


def _trained_on(rater: Rater) -> set[str]:
    """Items of its training that it judged otherwise than out of fold (SCIENCE rule 17)."""
    seen = Judgment.objects.filter(rater=rater, retired_at__isnull=True, item__ratertrainingitem__rater=rater)
    return {str(pk) for pk in seen.exclude(out_of_fold=True).values_list("item", flat=True)}


def _against(people: Judgments, own: Judgments, trained: set[str], whole: Json, drawing: Json) -> Json:
    try:
        figures = agreement.model_against_people(people, own, trained_on=trained, **whole).to_dict()
    except ChoraleError as refusal:
        return {"refused": str(refusal)}
    panel = agreement_report.model_panel(people, own, trained_on=trained, **drawing)
    panel |= {"preference": _preference(people, own, trained), "groups": _groups(people, own, trained, drawing)}
    return {**{key: value for key, value in figures.items() if key != "model"}, "panel": panel}


def _preference(people: Judgments, own: Judgments, trained: set[str]) -> Json:
    try:
        found = measures.model_preference(people, own, trained_on=trained)
    except ChoraleError as refusal:
        return {"refused": str(refusal)}
    return {
        label: {"own": found.own[0, k], "others": found.others[0, k], "z": found.z[0, k]}
        for k, label in enumerate(people.labels)
        if found.own[0, k] > 0 or found.others[0, k] > 0
    }


def _groups(people: Judgments, own: Judgments, trained: set[str], drawing: Json) -> Any:
    """The model beside each group of people by a trait that some told: whose perspective it resembles."""
    rows = []
    try:
        for by, group_of in rater_groups(people).items():
            if 1 < len(set(group_of.values())) <= MOST_GROUPS:
                found = measures.model_by_group(people, own, group_of, trained_on=trained, **drawing)
                rows += [{"by": by, "part": part, "figure": figure.to_dict()} for part, figure in found.items()]
    except ChoraleError as refusal:
        return {"refused": str(refusal)}
    return rows


def _alone(models: dict[str, Judgments], people: Judgments, drawing: Json) -> Json | None:
    """Agreement of models among themselves; None for fewer than two. That models agree is no evidence for them."""
    if len(models) < 2:
        return None
    kind = people.kind
    try:
        every = agreement.among_models(models, kind=kind, empty=agreement.may_be_empty(people))
        each = agreement.alpha_by_dimension if kind == Kind.DIMENSION else agreement.alpha_by_label
        overall = None if kind == Kind.DIMENSION else agreement.alpha(every, **drawing).to_dict()
        parts = {name: figure.to_dict() for name, figure in each(every, **drawing).items()}
        pairs = agreement_report.pairs(every)
    except ChoraleError as refusal:
        return {"refused": str(refusal)}
    return {"overall": overall, "parts": parts, "pairs": pairs}


def _shared(models: dict[str, Judgments], people: Judgments, trained: dict[str, set[str]]) -> Any:
    if len(models) < 2 or people.kind not in (Kind.SINGLE, Kind.SET):
        return []
    try:
        found = measures.shared_errors(people, models, trained_on=trained)
    except ChoraleError as refusal:
        return {"refused": str(refusal)}
    rows = []
    for part in found:
        row = asdict(part)
        (one, other), (first, second) = row.pop("models"), row.pop("errors")
        rows.append({"one": one, "other": other, "errors_one": first, "errors_other": second, **row})
    return rows

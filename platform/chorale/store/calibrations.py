"""Calibration maps as rows: fitted on people's votes about a collection, kept as versions, applied by later jobs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import transaction

from annotation.model_raters.calibration import CalibrationMap, CalibrationReport, calibrate, worse
from annotation.model_raters.folds import keys_of
from annotation.model_raters.items import text_hash
from annotation.model_raters.predictions import Predictions, Provenance
from chorale.store import audit, bridge, registry, shown
from chorale.store.models import Calibration, Collection, Item, Job, Rater, RaterTrainingItem, Scheme
from harmonize.problems import ChoraleError
from harmonize.records import Kind

Json = dict[str, Any]


def fit(rater: Rater, collection: Collection, *, method: str, seed: int = 0, rounds: int = 1000) -> CalibrationReport:
    """Fit a map on one half of the items that people and the rater judged, unseen by it; report it on the other."""
    scheme = scheme_of(rater)
    where: Json = {"perspective": rater.model["perspective"], "collection": collection}
    people = bridge.judgments(scheme, who="people", training=True, **where)
    model = bridge.judgments(scheme, who="model", rater=rater, out_of_fold=True, **where)
    if not len(people) or not len(model):
        raise ChoraleError(
            "calibration-few", "No item of the collection was judged by people and by this rater outside its training.",
            "Pre-label a collection that people labelled.",
        )  # fmt: skip
    return calibrate(people, model, method=method, groups=_groups(collection), seed=seed, rounds=rounds)


def scheme_of(rater: Rater) -> Scheme:
    """The scheme under which a model rater speaks. Refused (`calibration-scheme`) where it gives no probabilities."""
    if rater.kind != "model" or not rater.model.get("scheme"):
        raise ChoraleError("calibration-rater", f"{rater.pseudonym} is no model rater.", "Choose a model.")
    scheme = registry.scheme(rater.model["scheme"])
    if scheme.kind == Kind.DIMENSION:
        raise ChoraleError("calibration-scheme", "Dimensions have no probabilities to calibrate.", "Choose a scheme.")
    return scheme


def _groups(collection: Collection) -> dict[str, str]:
    """What must not be split between the halves: a group, else an equal text; items by row number as text."""
    rows = Item.objects.filter(pk__in=collection.members.values("item")).values_list("pk", "group", "corpus", "text")
    return {str(pk): f"{corpus}:{group}" if group else text_hash(text) for pk, group, corpus, text in rows}


@transaction.atomic
def keep(report: CalibrationReport, *, rater: Rater, collection: Collection, job: Job) -> Calibration:
    """Store a fitted map and the rater that speaks through it, whose training the fitted items join; an Event."""
    items = sorted(int(pk) for pk in report.map.fitted_on)
    fitted = asdict(report.map) | {"fitted_on": items}
    whole = json.dumps([rater.pseudonym, fitted], sort_keys=True)
    version = hashlib.sha256(whole.encode()).hexdigest()[:12]
    if known := Calibration.objects.filter(ref=f"{report.map.method}@{version}").first():
        return known
    identity = rater.model | {"calibration": f"{report.map.method}@{version}", "uncalibrated": rater.pseudonym}
    speaker = Rater.objects.create(kind="model", pseudonym=f"calibrated-{version}", model=identity)
    taught = set(rater.training.values_list("item", flat=True)) | set(items)
    RaterTrainingItem.objects.bulk_create(
        [RaterTrainingItem(rater=speaker, item_id=pk) for pk in sorted(taught)], batch_size=5000
    )
    told = {"items": report.items, "fitted": len(items), "before": report.before, "after": report.after}
    row = Calibration.objects.create(
        ref=f"{report.map.method}@{version}", rater=rater, calibrated=speaker, collection=collection, job=job,
        map=fitted, report=told, created_by=job.started_by,
    )  # fmt: skip
    audit.record(job.started_by, "calibration.fit", row, rater=rater.pseudonym, method=report.map.method)
    return row


def chosen(ref: str, rater: Rater) -> Calibration:
    """A rater's map by its ref. Raises ChoraleError `unknown-calibration` where the rater has no such map."""
    row = Calibration.objects.filter(ref=ref, rater=rater).first()
    if row is None:
        known = ", ".join(rater.calibrations.order_by("pk").values_list("ref", flat=True)) or "none was fitted"
        raise ChoraleError(
            "unknown-calibration", f"{rater.pseudonym} has no calibration '{ref}'.",
            f"Of this rater (model, prompt, way of asking): {known}.",
        )  # fmt: skip
    return row


def worsened(row: Calibration) -> tuple[str, ...]:
    """The proper scores that a map made worse on the half it was not fitted on."""
    return worse(row.report["before"], row.report["after"])


def refuse_worse(params: Json) -> None:
    """Refuse (`calibration-worse`) a job through a map that made a score worse, but for ``calibration_anyway``."""
    row = Calibration.objects.filter(ref=params.get("calibration") or "").first()
    if row is None or params.get("calibration_anyway"):
        return
    before, after = row.report["before"], row.report["after"]
    told = [f"{name} {before[name]['value']:.3f} before, {after[name]['value']:.3f} after" for name in worsened(row)]
    if told:
        raise ChoraleError(
            "calibration-worse", f"{row.ref} made the model worse on the half it was not fitted on: {'; '.join(told)}.",
            "Fit a map by the other method or on more votes, or say that you take it all the same.",
        )  # fmt: skip


@dataclass(frozen=True)
class Speaker:
    """A rater that speaks through a map, and the names under which items leaked into it."""

    rater: Rater
    map: CalibrationMap
    seen: frozenset[str]

    def apply(self, told: Predictions, items: list[Item]) -> Predictions:
        """The predictions, calibrated; those of items that the map was fitted on, their texts or groups, are seen."""
        leaked = {str(item.uuid) for item in items if not self.seen.isdisjoint(keys_of(shown.shown(item)))}
        names = told.judgments.items.to_pylist()
        marks = np.asarray([names[code] in leaked for code in told.judgments.item], np.bool_)
        states = np.where(marks, Provenance.SEEN, told.provenance).astype(np.uint8)
        return replace(told, judgments=self.map.apply(told.judgments), provenance=states)


@lru_cache(maxsize=4)
def of_speaker(rater: int | None) -> Speaker | None:
    """The speaker of a calibrated rater's row, for its primary key; None for none. Kept, as maps never change."""
    if rater is None:
        return None
    row = Calibration.objects.select_related("calibrated").get(calibrated=rater)
    told = row.map
    knots = tuple(tuple((float(x), float(y)) for x, y in label) for label in told["knots"])
    made = CalibrationMap(told["method"], Kind(told["kind"]), tuple(told["labels"]), told["temperature"], knots)
    fitted = Item.objects.filter(pk__in=told["fitted_on"])
    seen = frozenset(key for item in fitted.iterator(chunk_size=2000) for key in keys_of(shown.shown(item)))
    return Speaker(row.calibrated, made, seen)

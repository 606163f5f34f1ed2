"""Raters without a server as rows: installed functions, and predictions that were made elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
from django.db import transaction

from annotation.model_raters import plugin
from annotation.model_raters.folds import keys_of
from annotation.model_raters.from_file import read_predictions
from annotation.model_raters.plugin import FunctionRater
from annotation.model_raters.predictions import Provenance, plain_predictions
from chorale.store import audit, predictions, registry, shown
from chorale.store.models import Collection, Item, Rater, RaterTrainingItem, User
from harmonize.problems import ChoraleError, Problem


@transaction.atomic
def make(*, by: User | None, identity: dict[str, Any], perspective: str, trained_on: Iterable[int] = ()) -> Rater:
    """The row of a rater by its identity, made if it is new, with the items it learned from."""
    told = identity | {"perspective": perspective, "scores": None}
    version = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]
    row, made = Rater.objects.get_or_create(
        pseudonym=f"{identity['engine']}-{version}", defaults={"kind": "model", "model": told | {"version": version}}
    )
    if made:
        RaterTrainingItem.objects.bulk_create(
            [RaterTrainingItem(rater=row, item_id=pk) for pk in sorted(set(trained_on))], batch_size=5000
        )
        audit.record(by, "rater.make", row, engine=identity["engine"], name=identity["name"])
    return row


def function_rater(params: dict[str, Any]) -> FunctionRater:
    """The installed rater that a job's parameters name: ``rater`` and its ``options``."""
    if not params.get("rater"):
        raise ChoraleError("rater-unknown", "No installed rater was named.", f"Known: {', '.join(plugin.installed())}.")
    scheme = registry.scheme(params["scheme"]).core
    return plugin.load(params["rater"], scheme, **(params.get("options") or {}))


@transaction.atomic
def import_predictions(
    *,
    by: User | None,
    path: Path,
    scheme: str,
    perspective: str,
    name: str,
    version: str,
    trained_on: str | None,
) -> tuple[Rater, int, tuple[Problem, ...]]:
    """Predictions of a file as judgments of a rater; items are named by uuid, or by source id where that is unique.

    ``trained_on`` is the slug of a collection, "nothing", or None: an undeclared training set is refused, since no
    comparison with people would then be sound (`training-undeclared`). Returns rater, new judgments and problems.
    """
    if not trained_on:
        raise ChoraleError(
            "training-undeclared", "The model's training items are not named.", 'Name a collection or "nothing".'
        )
    row = registry.scheme(scheme)
    told, problems = read_predictions(path, row.core, rater=f"{name}@{version}")
    taught = [] if trained_on == "nothing" else _members(trained_on)
    identity = {"engine": "file", "name": name, "parameters": {"version": version}, "scheme": row.ref}
    rater = make(by=by, identity=identity, perspective=perspective, trained_on=[item.pk for item in taught])
    found = _found(told.items.to_pylist())
    unknown = [name for name in told.items.to_pylist() if name not in found]
    problems += tuple(Problem(path.name, f"No item '{n}'.", "Name items by uuid.", "unknown-item") for n in unknown)
    kept = told.select(np.asarray([name in found for name in told.items.to_pylist()]))
    uuids = [str(found[told.items[int(code)].as_py()].uuid) for code in kept.item]
    renamed = replace(kept, items=pa.array(uuids, pa.string()), item=np.arange(len(kept), dtype=np.int32))
    seen = {key for item in taught for key in keys_of(shown.shown(item))}
    items = [found[told.items[int(code)].as_py()] for code in kept.item]
    marks = [not seen.isdisjoint(keys_of(shown.shown(item))) for item in items]
    states = np.where(marks, Provenance.SEEN, Provenance.OUTSIDE).astype(np.uint8)
    new = predictions.write(
        plain_predictions(renamed, states), items, rater=rater, scheme=row, perspective=perspective, job=None
    )
    audit.record(by, "predictions.import", rater, file=path.name, judgments=new, problems=len(problems))
    return rater, new, problems


def _members(slug: str) -> list[Item]:
    collection = Collection.objects.filter(slug=slug).first()
    if collection is None:
        raise ChoraleError("unknown-collection", f"No collection '{slug}'.", "Create it first.")
    return list(Item.objects.filter(pk__in=collection.members.values("item")))


def _found(names: list[str]) -> dict[str, Item]:
    """Items by uuid, else by a source id that only one corpus uses."""
    by_uuid = {str(item.uuid): item for item in Item.objects.filter(uuid__in=[n for n in names if _is_uuid(n)])}
    rest = [name for name in names if name not in by_uuid]
    by_source: dict[str, list[Item]] = {}
    for item in Item.objects.filter(source_id__in=rest):
        by_source.setdefault(item.source_id, []).append(item)
    return by_uuid | {name: items[0] for name, items in by_source.items() if len(items) == 1}


def _is_uuid(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False

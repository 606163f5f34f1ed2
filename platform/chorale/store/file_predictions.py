"""Predictions that were made elsewhere, from a file to judgments of a rater, piece by piece."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
from django.db import transaction

from annotation.model_raters.folds import keys_of
from annotation.model_raters.from_file import read_predictions
from annotation.model_raters.predictions import Provenance, plain_predictions
from chorale.store import audit, local_raters, object_store, predictions, registry, shown
from chorale.store.models import Collection, Item, Job, Rater, User
from harmonize.problems import ChoraleError, Problem
from harmonize.records import Judgments

NOTHING = "nothing"
FOLDER = "predictions"
KEPT = re.compile(FOLDER + r"/[0-9a-f]{2}/[0-9a-f]{64}\.(csv|jsonl|parquet)")


@dataclass(frozen=True)
class Told:
    """What a file says: its sound rows, the problems of the others, and the rows in all."""

    judgments: Judgments
    problems: tuple[Problem, ...]

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return len(self.judgments) + len(self.problems)


@lru_cache(maxsize=1)
def read(key: str, scheme: str, rater: str) -> Told:
    """The predictions of a kept file; the latest stays in memory, as kept files never change."""
    if not KEPT.fullmatch(key):
        raise ChoraleError("prediction-file", f"'{key}' is no kept file of predictions.", "Upload it first.")
    core, path = registry.scheme(scheme).core, object_store.local_path(key)
    if path:
        return Told(*read_predictions(path, core, rater=rater))
    with tempfile.NamedTemporaryFile(suffix=Path(key).suffix) as spare, object_store.open_key(key) as source:
        shutil.copyfileobj(source, spare, 1 << 20)
        spare.flush()
        return Told(*read_predictions(Path(spare.name), core, rater=rater))


def rater_of(
    *, by: User | None, scheme: str, perspective: str, name: str, version: str, trained_on: str | None
) -> Rater:
    """The row of a model that speaks through files.

    ``trained_on`` is the slug of a collection, "nothing", or None: an undeclared training set is refused, since no
    comparison with people would then be sound (`training-undeclared`).
    """
    if not trained_on:
        raise ChoraleError(
            "training-undeclared", "The model's training items are not named.", 'Name a collection or "nothing".'
        )
    identity = {
        "engine": "file",
        "name": name,
        "parameters": {"version": version},
        "scheme": registry.scheme(scheme).ref,
    }
    taught = {item.pk for item in _members(trained_on)}
    rater = local_raters.make(by=by, identity=identity, perspective=perspective, trained_on=taught)
    if set(rater.training.values_list("item", flat=True)) != taught:
        raise ChoraleError(
            "training-changed", f"{name} {version} was imported as trained on other items.", "Give it another version."
        )
    return rater


def write(told: Judgments, *, rater: Rater, job: Job | None = None) -> tuple[int, tuple[Problem, ...]]:
    """Rows as judgments of the rater, inside a transaction: how many are new, and which name no item.

    Items are named by uuid, or by source id where that is unique. A row whose item, text or group the model was
    trained on is marked as seen.
    """
    names = told.items.to_pylist()
    found = _found(names)
    problems = tuple(
        Problem(name, f"There is no one item '{name}'.", "Name items by uuid.", "unknown-item")
        for name in names
        if name not in found
    )
    kept = told.select(np.asarray([names[code] in found for code in told.item], np.bool_))
    items = [found[names[int(code)]] for code in kept.item]
    uuids = pa.array([str(item.uuid) for item in items], pa.string())
    renamed = replace(kept, items=uuids, item=np.arange(len(kept), dtype=np.int32))
    seen = _seen(rater.pk)
    marks = [not seen.isdisjoint(keys_of(shown.shown(item))) for item in items]
    states = np.where(marks, Provenance.SEEN, Provenance.OUTSIDE).astype(np.uint8)
    scheme, perspective = registry.scheme(rater.model["scheme"]), rater.model["perspective"]
    what: dict[str, Any] = {"rater": rater, "scheme": scheme, "perspective": perspective, "job": job}
    return predictions.write(plain_predictions(renamed, states), items, **what), problems


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
    """A whole file at once, for scripts; returns rater, new judgments and problems. See `rater_of` and `write`."""
    rater = rater_of(by=by, scheme=scheme, perspective=perspective, name=name, version=version, trained_on=trained_on)
    told, problems = read_predictions(path, registry.scheme(scheme).core, rater=f"{name}@{version}")
    new, unknown = write(told, rater=rater)
    problems += unknown
    audit.record(by, "predictions.import", rater, file=path.name, judgments=new, problems=len(problems))
    return rater, new, problems


@lru_cache(maxsize=2)
def _seen(rater: int) -> frozenset[str]:
    """The names under which an item leaked into a rater's training."""
    taught = Item.objects.filter(ratertrainingitem__rater=rater)
    return frozenset(key for item in taught.iterator(chunk_size=2000) for key in keys_of(shown.shown(item)))


def _members(slug: str) -> list[Item]:
    if slug == NOTHING:
        return []
    collection = Collection.objects.filter(slug=slug).first()
    if collection is None:
        raise ChoraleError("unknown-collection", f"No collection '{slug}'.", "Create it first.")
    return list(Item.objects.filter(pk__in=collection.members.values("item")))


def _found(names: Sequence[str]) -> dict[str, Item]:
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

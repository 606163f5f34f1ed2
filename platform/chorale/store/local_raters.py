"""Raters without a server as rows: installed functions, lexicons, and files of predictions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from annotation.model_raters import plugin
from annotation.model_raters.plugin import FunctionRater
from chorale.store import audit, registry
from chorale.store.models import Rater, RaterTrainingItem, User
from harmonize.problems import ChoraleError


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

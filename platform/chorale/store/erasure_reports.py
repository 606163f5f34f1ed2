"""What kept figures say of an erased item or rater: their rows leave the reports, which say that they are stale.

Reports of agreement and of settling are figures of many; those that a person or an item stands in by itself go. The
figures of all stay, as they were measured, until somebody measures again; they say why they should.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection as Names
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chorale.store import deriving, object_store
from chorale.store.models import (
    AggregationReport,
    AgreementReport,
    AgreementSums,
    CollectionItem,
    Item,
    Job,
    Judgment,
    Rater,
    Response,
)

Json = dict[str, Any]
GONE = "One of these raters was erased. Measure again."


@transaction.atomic
def redact(row: Item | Rater, judged: QuerySet[Response]) -> int:
    """Take an item or a rater out of every kept report; returns how many reports changed. Twice changes nothing."""
    kind = "item" if isinstance(row, Item) else "rater"
    stale = {"why": f"{'An item' if kind == 'item' else 'A rater'} was erased. Measure again.",
             "since": timezone.now().date().isoformat()}  # fmt: skip
    touched = _touched(judged)
    count = 0
    for table in (AgreementReport, AggregationReport):
        for report in table.objects.filter(touched).select_for_update():
            body = _without(report.body, kind, str(row.pk))
            if body == report.body and "stale" in body:
                continue
            table.objects.filter(pk=report.pk).update(body=body | {"stale": stale})  # not its date: it is as old
            count += 1
    AgreementSums.objects.filter(touched).delete()
    return count


def _touched(judged: QuerySet[Response]) -> Q:
    """Reports of the scopes, schemes and perspectives under which these answers were given."""
    items = judged.values("item")
    collections = CollectionItem.objects.filter(item__in=items).values("collection__slug").distinct()
    scopes = (
        Q(scope_type="corpus", scope__in=Item.objects.filter(pk__in=items).values("corpus__slug").distinct())
        | Q(scope_type="collection", scope__in=collections)
        | Q(scope_type="campaign", scope__in=judged.exclude(campaign=None).values("campaign__slug").distinct())
    )
    pairs = Judgment.objects.filter(response__in=judged).values_list("scheme", "perspective").distinct()
    asked = Q(pk__in=[])
    for scheme, perspective in pairs:
        asked |= Q(scheme=scheme, perspective=perspective)
    return scopes & asked


def _without(value: Any, kind: str, key: str) -> Any:
    """A report's body without the rows that name this one; a matrix of which it is a row is given up whole."""
    if isinstance(value, list):
        return [_without(part, kind, key) for part in value if not _names(part, kind, key)]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, part in value.items():
        if kind == "rater" and name == "rater_pages" and isinstance(part, dict):
            part = {rater: page for rater, page in part.items() if rater != key}
        if kind == "rater" and isinstance(part, dict) and key in _listed(part.get("raters")):
            part = {"refused": GONE}
        found[name] = _without(part, kind, key)
    return found


def _names(part: Any, kind: str, key: str) -> bool:
    if not isinstance(part, dict):
        return False
    return str(part.get(kind)) == key or key in _listed(part.get(f"{kind}s"))


def _listed(value: Any) -> list[str]:
    """Keys that a list holds by themselves; a list of rows is looked through row by row."""
    return [str(one) for one in value if not isinstance(one, dict | list)] if isinstance(value, list) else []


def redact_derived(judged: QuerySet[Response]) -> int:
    """Take the items of these answers out of every kept file of derived columns; returns how many files changed."""
    items = dict(Item.objects.filter(pk__in=judged.values("item")).values_list("pk", "uuid"))
    uuids = pa.array([str(uuid) for uuid in items.values()], pa.string())
    count = 0
    for job in Job.objects.filter(kind=deriving.KIND).exclude(result={}):
        if job.result.get("file") and _rewritten(job, uuids, items.keys()):
            count += 1
    return count


def _rewritten(job: Job, uuids: pa.Array, keys: Names[int]) -> bool:
    fs, root = object_store.filesystem()
    old = job.result["file"]
    if not fs.exists(f"{root}/{old}"):
        return False
    with object_store.open_key(old) as file:
        table = pq.read_table(file)
    kept = table.filter(pc.invert(pc.is_in(table["item"], value_set=uuids)))
    if kept.num_rows == table.num_rows:
        return False
    with tempfile.TemporaryDirectory(prefix="chorale-") as spare:
        path = Path(spare) / "derived.parquet"
        pq.write_table(kept, path, compression="zstd")
        key, sha256 = object_store.put_file(path, prefix="derived")
    told = {"file": key, "sha256": sha256, "defined": kept.num_rows}
    with transaction.atomic():
        for holder, field in ((job, "result"), *((shard, "cursor") for shard in job.shards.all())):
            before = getattr(holder, field)
            if isinstance(before, dict) and before.get("file") == old:
                top = [pair for pair in before.get("top", []) if pair[0] not in keys]
                setattr(holder, field, before | told | ({"top": top} if "top" in before else {}))
                holder.save(update_fields=[field])
    if not Job.objects.filter(kind=deriving.KIND, result__file=old).exists():
        fs.rm_file(f"{root}/{old}")
    return True

"""Soft labels in the database: written whole for a scope and method, so that settling again changes nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import connection

from annotation.aggregation import ItemSplits
from chorale.store import bridge
from chorale.store.models import Aggregate, Corpus, Crosswalk, Job, Scheme
from chorale.store.scopes import Scope
from harmonize.records import Bool, Float64, SoftLabels

_COLUMNS = ("item_id", "values", "n", "entropy", "spread", "unmapped", "low", "high")
CHUNK = 50_000  # items whose names are held as texts at once
_SET = ", ".join(f'"{c}" = excluded."{c}"' for c in ("semantics", *_COLUMNS[1:], "job_id"))
_PLACE = "scheme_id, perspective, method, crosswalk_id, campaign_id, collection_id"
_OWNED = "campaign_id IS NOT DISTINCT FROM %s::bigint AND collection_id IS NOT DISTINCT FROM %s::bigint"
Json = dict[str, Any]


def write(
    soft: SoftLabels,
    *,
    scope: Scope,
    scheme: Scheme,
    perspective: str,
    method: str,
    crosswalk: Crosswalk | None = None,
    low: Float64 | None = None,
    high: Float64 | None = None,
    job: Job | None = None,
) -> int:
    """Upsert one aggregate an item (``soft.items`` are item ids), inside a transaction; returns how many.

    Those of another scope stay beside them: a campaign's, a collection's, and those of every voice. An item of ``soft``
    that has nothing to say (nobody rated it, or the way is undecided) loses an earlier row.
    """
    silent = np.isnan(soft.values).all(axis=1)
    place = (scheme.pk, perspective, method, _pk(crosswalk), *scope.owner().values())
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE settled (item_id bigint, values float8[], n int, entropy float8, spread float8[], "
            "unmapped float8, low float8[], high float8[]) ON COMMIT DROP"
        )
        count = bridge.copy_in("settled", _COLUMNS, _rows(soft, low, high, ~silent))
        names = ", ".join(f'"{c}"' for c in _COLUMNS)
        cursor.execute(
            f"INSERT INTO aggregate ({names}, {_PLACE}, semantics, job_id) "  # noqa: S608
            f"SELECT {names}, %s, %s, %s, %s::bigint, %s::bigint, %s::bigint, %s, %s::bigint "
            f"FROM settled ORDER BY item_id ON CONFLICT (item_id, {_PLACE}) DO UPDATE SET {_SET}",
            [*place, soft.semantics.value, _pk(job)],
        )
        cursor.execute("DROP TABLE settled")
        if silent.any():
            gone = [int(item) for item in soft.items.filter(pa.array(silent)).to_pylist()]
            cursor.execute(
                "DELETE FROM aggregate WHERE scheme_id = %s AND perspective = %s AND method = %s "  # noqa: S608
                f"AND crosswalk_id IS NOT DISTINCT FROM %s::bigint AND {_OWNED} AND item_id = ANY(%s)",
                [*place, gone],
            )
    return count


def write_verdicts(found: ItemSplits, *, scope: Scope, scheme: Scheme, perspective: str, method: str) -> None:
    """Lay each item's verdict and its evidence on its native row of ``method``, inside a transaction."""
    settings = {name: found.settings[name] for name in ("level", "least")}
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE judged (item_id bigint, verdict text, evidence text) ON COMMIT DROP")
        rows = zip(
            found.items.to_pylist(), found.verdict, found.p, found.adjusted, found.power, found.about, strict=True
        )
        told = (
            (
                int(item),
                str(verdict),
                json.dumps(plain({"p": p, "adjusted": adjusted, "power": power, "about": about, **settings})),
            )
            for item, verdict, p, adjusted, power, about in rows
        )
        bridge.copy_in("judged", ("item_id", "verdict", "evidence"), told)
        cursor.execute(
            "UPDATE aggregate a SET verdict = j.verdict, evidence = j.evidence::jsonb FROM judged j "  # noqa: S608
            "WHERE a.item_id = j.item_id AND a.scheme_id = %s AND a.perspective = %s AND a.method = %s "
            f"AND {_OWNED} AND a.crosswalk_id IS NULL "
            "AND (a.verdict, a.evidence) IS DISTINCT FROM (j.verdict, j.evidence::jsonb)",
            [scheme.pk, perspective, method, *scope.owner().values()],
        )
        cursor.execute("DROP TABLE judged")


def drop_unvoted(scope: Scope, scheme: Scheme, perspective: str) -> None:
    """Drop the scope's native aggregates of items of which no current judgment in it speaks any more (withdrawn,
    deleted)."""
    campaign = scope.owner()["campaign_id"]
    within = "" if campaign is None else "AND r.campaign_id = a.campaign_id "
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM aggregate a WHERE a.scheme_id = %s AND a.perspective = %s AND {_OWNED} "  # noqa: S608
            "AND a.crosswalk_id IS NULL AND NOT EXISTS ("
            "SELECT 1 FROM judgment j JOIN response r ON r.id = j.response_id "
            "WHERE j.item_id = a.item_id AND j.scheme_id = a.scheme_id AND j.perspective = a.perspective "
            f"{within}AND j.retired_at IS NULL)",
            [scheme.pk, perspective, *scope.owner().values()],
        )


def drop(scope: Scope, scheme: Scheme, perspective: str, method: str) -> None:
    """Drop every native row of a way in the scope."""
    rows = Aggregate.objects.filter(scheme=scheme, perspective=perspective, method=method, crosswalk=None)
    rows = rows.filter(item__corpus=scope.row) if isinstance(scope.row, Corpus) else rows
    rows.filter(**scope.owner()).delete()


def plain(value: Any) -> Any:
    """As JSON keeps it: None for what is not a finite number, lists for tuples and arrays."""
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _pk(row: Crosswalk | Job | None) -> Any:
    return row.pk if row else None


def _number(value: float) -> float | None:
    """NaN, an undefined figure, is null in the database."""
    return None if np.isnan(value) else float(value)


def _listed(column: Float64 | None, index: int) -> list[float | None] | None:
    return None if column is None else [None if v != v else v for v in column[index].tolist()]


def _rows(soft: SoftLabels, low: Float64 | None, high: Float64 | None, told: Bool) -> Iterator[tuple[Any, ...]]:
    """COPY rows of the items that have anything to say."""
    for start in range(0, len(soft), CHUNK):
        items = soft.items.slice(start, CHUNK).to_pylist()
        for index in start + np.flatnonzero(told[start : start + CHUNK]):
            yield (
                int(items[index - start]),
                _listed(soft.values, index),
                None if soft.n[index] < 0 else int(soft.n[index]),
                None if soft.entropy is None else _number(soft.entropy[index]),
                _listed(soft.spread, index),
                None if soft.unmapped is None else _number(soft.unmapped[index]),
                _listed(low, index),
                _listed(high, index),
            )

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
from chorale.store.models import Crosswalk, Job, Scheme
from harmonize.records import Bool, Float64, SoftLabels

_COLUMNS = ("item_id", "values", "n", "entropy", "spread", "unmapped", "low", "high")
_SET = ", ".join(f'"{c}" = excluded."{c}"' for c in ("semantics", *_COLUMNS[1:], "job_id"))
Json = dict[str, Any]


def write(
    soft: SoftLabels,
    *,
    scheme: Scheme,
    perspective: str,
    method: str,
    crosswalk: Crosswalk | None = None,
    low: Float64 | None = None,
    high: Float64 | None = None,
    job: Job | None = None,
) -> int:
    """Upsert one aggregate an item (``soft.items`` are item ids), inside a transaction; returns how many.

    An item of ``soft`` that has nothing to say (nobody rated it, or the way is undecided) loses an earlier row.
    """
    silent = np.isnan(soft.values).all(axis=1)
    place = (scheme.pk, perspective, method, _pk(crosswalk))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE settled (item_id bigint, values float8[], n int, entropy float8, spread float8[], "
            "unmapped float8, low float8[], high float8[]) ON COMMIT DROP"
        )
        count = bridge.copy_in("settled", _COLUMNS, _rows(soft, low, high, ~silent))
        names = ", ".join(f'"{c}"' for c in _COLUMNS)
        cursor.execute(
            f"INSERT INTO aggregate ({names}, scheme_id, perspective, method, crosswalk_id, semantics, job_id) "  # noqa: S608
            f"SELECT {names}, %s, %s, %s, %s::bigint, %s, %s::bigint FROM settled ORDER BY item_id "
            f"ON CONFLICT (item_id, scheme_id, perspective, method, crosswalk_id) DO UPDATE SET {_SET}",
            [*place, soft.semantics.value, _pk(job)],
        )
        cursor.execute("DROP TABLE settled")
        if silent.any():
            gone = [int(item) for item in soft.items.filter(pa.array(silent)).to_pylist()]
            cursor.execute(
                "DELETE FROM aggregate WHERE scheme_id = %s AND perspective = %s AND method = %s "
                "AND crosswalk_id IS NOT DISTINCT FROM %s::bigint AND item_id = ANY(%s)",
                [*place, gone],
            )
    return count


def write_verdicts(found: ItemSplits, *, scheme: Scheme, perspective: str, method: str) -> None:
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
            "UPDATE aggregate a SET verdict = j.verdict, evidence = j.evidence::jsonb FROM judged j "
            "WHERE a.item_id = j.item_id AND a.scheme_id = %s AND a.perspective = %s AND a.method = %s "
            "AND a.crosswalk_id IS NULL AND (a.verdict, a.evidence) IS DISTINCT FROM (j.verdict, j.evidence::jsonb)",
            [scheme.pk, perspective, method],
        )
        cursor.execute("DROP TABLE judged")


def drop_unvoted(scheme: Scheme, perspective: str) -> None:
    """Drop native aggregates of items that nobody's current judgment speaks of any more (withdrawn, deleted)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM aggregate a WHERE a.scheme_id = %s AND a.perspective = %s AND a.crosswalk_id IS NULL "
            "AND NOT EXISTS (SELECT 1 FROM judgment j WHERE j.item_id = a.item_id AND j.scheme_id = a.scheme_id "
            "AND j.perspective = a.perspective AND j.retired_at IS NULL)",
            [scheme.pk, perspective],
        )


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
    items = soft.items.to_pylist()
    for index in np.flatnonzero(told):
        yield (
            int(items[index]),
            _listed(soft.values, index),
            None if soft.n[index] < 0 else int(soft.n[index]),
            None if soft.entropy is None else _number(soft.entropy[index]),
            _listed(soft.spread, index),
            None if soft.unmapped is None else _number(soft.unmapped[index]),
            _listed(low, index),
            _listed(high, index),
        )

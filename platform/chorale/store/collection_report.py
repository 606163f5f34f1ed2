"""What a collection holds out of what it was drawn from: strata with inclusion probabilities, and balance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from chorale.store.models import Collection
from chorale.store.strata import POOL, Pool, Stratum
from chorale.store.strata_sql import BALANCED

Json = dict[str, Any]
MOST = 100  # values of a criterion that a table shows; the rest are added up


def planned(pool: Pool, strata: Sequence[Stratum]) -> Json:
    """What would be drawn: {"matched", "drawn", "strata": [{"stratum": {criterion: value}, "matched", "drawn",
    "probability", "asked"}], "effective_size"}.

    ``effective_size`` is Kish's (sum of weights)^2 / (sum of squared weights), weights 1 / probability: the simple
    random sample that would be as precise (Kish 1965, Survey Sampling, 11.7). ``asked`` stands where a quota was given.
    """
    drawn = sum(stratum.drawn for stratum in strata)
    weights = sum(stratum.matched for stratum in strata if stratum.drawn)
    squares = sum(stratum.matched**2 / stratum.drawn for stratum in strata if stratum.drawn)
    return {
        "matched": pool.matched,
        "drawn": drawn,
        "strata": [stratum.to_dict() for stratum in strata],
        "effective_size": weights**2 / squares if squares else 0.0,
    }


def drawn(collection: Collection, pool: Pool, strata: Sequence[Stratum]) -> Json:
    """As `planned`, with "balance": {criterion: [{"value", "matched", "drawn"}]} in falling order of ``matched``, and
    "alike": {"near": items that follow a leader, "exact": items whose text another item of the collection has}."""
    names = [*BALANCED, *(["label"] if pool.plan and pool.plan.scheme else [])]
    return {
        **planned(pool, strata),
        "balance": {name: _balance(collection, name) for name in names},
        "alike": _alike(collection),
    }


def _balance(collection: Collection, name: str) -> list[Json]:
    sql = (
        f'SELECT p."{name}", count(*), count(m.item_id) FROM {POOL} p LEFT JOIN collection_item m ON m.item_id = p.id '  # noqa: S608
        "AND m.collection_id = %s GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [collection.pk])
        rows = [{"value": value, "matched": n, "drawn": taken} for value, n, taken in cursor]
    rest = rows[MOST:]
    if not rest:
        return rows
    others = {"value": f"{len(rest)} others", **{key: sum(row[key] for row in rest) for key in ("matched", "drawn")}}
    return [*rows[:MOST], others]


def _alike(collection: Collection) -> Json:
    sql = (
        "SELECT count(n.item_id), count(i.text_hash) - count(DISTINCT i.text_hash) FROM collection_item m "
        "JOIN item i ON i.id = m.item_id LEFT JOIN near_duplicate n ON n.item_id = i.id WHERE m.collection_id = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [collection.pk])
        near, exact = cursor.fetchone()
    return {"near": near, "exact": exact}

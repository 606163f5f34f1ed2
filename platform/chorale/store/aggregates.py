"""Soft labels in the database: written whole for a scope and method, so that settling again changes nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from django.db import connection

from chorale.store import bridge
from chorale.store.models import Crosswalk, Job, Scheme
from harmonize.records import SoftLabels

_COLUMNS = ("item_id", "values", "n", "entropy", "spread", "unmapped")


def write(
    soft: SoftLabels,
    *,
    scheme: Scheme,
    perspective: str,
    method: str,
    crosswalk: Crosswalk | None = None,
    job: Job | None = None,
) -> int:
    """Upsert one aggregate an item (``soft.items`` are item ids), inside a transaction; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE settled (item_id bigint, values float8[], n int, entropy float8, spread float8[], "
            "unmapped float8) ON COMMIT DROP"
        )
        count = bridge.copy_in("settled", _COLUMNS, _rows(soft))
        cursor.execute(
            'INSERT INTO aggregate (item_id, scheme_id, perspective, method, semantics, "values", n, entropy, spread, '
            'unmapped, crosswalk_id, job_id) SELECT item_id, %s, %s, %s, %s, "values", n, entropy, spread, unmapped, '
            "%s, %s FROM settled ORDER BY item_id ON CONFLICT (item_id, scheme_id, perspective, method, crosswalk_id) "
            'DO UPDATE SET semantics = excluded.semantics, "values" = excluded."values", n = excluded.n, '
            "entropy = excluded.entropy, spread = excluded.spread, unmapped = excluded.unmapped, "
            "job_id = excluded.job_id",
            [scheme.pk, perspective, method, soft.semantics.value, _pk(crosswalk), _pk(job)],
        )
        cursor.execute("DROP TABLE settled")
    return count


def _pk(row: Crosswalk | Job | None) -> Any:
    return row.pk if row else None


def _number(value: float) -> float | None:
    """NaN, an undefined figure, is null in the database."""
    return None if np.isnan(value) else float(value)


def _rows(soft: SoftLabels) -> Iterator[tuple[Any, ...]]:
    """COPY rows of the items that have anything to say: an item nobody rated gets no aggregate."""
    for index, item in enumerate(soft.items.to_pylist()):
        values = soft.values[index]
        if np.isnan(values).all():
            continue
        yield (
            int(item),
            [_number(v) for v in values],
            None if soft.n[index] < 0 else int(soft.n[index]),
            None if soft.entropy is None else _number(soft.entropy[index]),
            None if soft.spread is None else [_number(v) for v in soft.spread[index]],
            None if soft.unmapped is None else _number(soft.unmapped[index]),
        )

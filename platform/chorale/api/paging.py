"""Keyset paging of the API: `?after=` the last id seen, `?limit=`; the answer says where the next page starts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

LIMIT = 1000


def page(rows: QuerySet[Any], *, after: int, limit: int) -> tuple[list[Any], int | None]:
    """Rows with a key above ``after``, at most ``limit`` (1..1000), and the key to go on from (None at the end)."""
    size = min(max(limit, 1), LIMIT)
    found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None

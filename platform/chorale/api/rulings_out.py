"""A ruling as the API tells it."""

from __future__ import annotations

from typing import Any

from chorale.store.models import Ruling


def told(row: Ruling) -> dict[str, Any]:
    """A row, read with its item, scheme and adjudicator."""
    names = row.scheme.core.names
    plain = ("perspective", "reason", "created_at", "retired_at")
    return {name: getattr(row, name) for name in plain} | {
        "id": row.pk,
        "item": row.item.uuid,
        "scheme": row.scheme.ref,
        "labels": None if row.labels is None else [names[code] for code in row.labels],
        "values": None if row.values is None else dict(zip(names, row.values, strict=True)),
        "decided_by": row.decided_by.username,
        "stands": row.retired_at is None,
    }

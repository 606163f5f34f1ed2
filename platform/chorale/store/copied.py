"""New rows of a model by COPY, with their ids: several times as fast as INSERT where there are thousands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

from chorale.store import bridge


def copy_new(rows: Sequence[models.Model]) -> None:
    """Write unsaved instances of one model inside the caller's transaction; each gets its id.

    A field that the first row leaves to the database's default is left to it by all of them. Signals are not sent.
    """
    if not rows:
        return
    model: Any = type(rows[0])
    fields = [f for f in model._meta.concrete_fields if f.primary_key or not _left(rows[0], f)]
    with connection.cursor() as cursor:
        wanted = [model._meta.db_table, model._meta.pk.column, len(rows)]
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", wanted)
        for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = number
    values = ([f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields] for row in rows)
    bridge.copy_in(model._meta.db_table, [f.column for f in fields], values)
    for row in rows:
        row._state.adding = False


def _left(row: models.Model, field: Any) -> bool:
    return isinstance(getattr(row, field.attname), DatabaseDefault)

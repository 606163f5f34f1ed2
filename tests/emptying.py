"""The test database emptied after a test that wrote for real: only the tables that hold rows.

Django's `flush` truncates all of them, and PostgreSQL makes new files for each: half a second for each of hundreds of
tests.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

KEPT = {"django_content_type", "auth_permission"}  # what `flush` would fill in again
MOST_BYTES = 16_000_000  # rows deleted leave dead ones behind: larger tables are truncated
_flush = TransactionTestCase._fixture_teardown


def install() -> None:
    """Have every transactional test end with `_empty`.

    Nothing sweeps the tables meanwhile: rows are found in the order in which they were written, as in new files.
    """
    with connection.cursor() as cursor:
        for name in _tables():
            cursor.execute(f'ALTER TABLE "{name}" SET (autovacuum_enabled = false)')
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[method-assign]


@cache
def _tables() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(names) - KEPT)


def _empty(case: TransactionTestCase) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() != (True,):
            _flush(case)  # only a superuser may delete without regard to foreign keys
            return
        full = _full(cursor)
        if any(size > MOST_BYTES for _, size in full):
            _flush(case)
            return
        with transaction.atomic():
            cursor.execute("SET LOCAL session_replication_role = replica")  # foreign keys are triggers
            for name, _ in full:
                cursor.execute(f'DELETE FROM "{name}"')


def _full(cursor: Any) -> list[tuple[str, int]]:
    """The tables of models that hold rows, with their size in bytes."""
    asked = (
        f"SELECT '{name}', pg_relation_size('\"{name}\"') WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in _tables()
    )
    cursor.execute(" UNION ALL ".join(asked))
    return list(cursor.fetchall())

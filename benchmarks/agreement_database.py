"""5M judgments from PostgreSQL to alpha with its interval, against reading the same query into Arrow."""

from __future__ import annotations

from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa

from annotation.agreement import alpha
from benchmarks.paired import both, spent_row
from benchmarks.server import database_url
from harmonize.records import Judgments, Kind

LABELS = 28
FILL = """
CREATE TABLE bench_judgment AS
SELECT i AS item, 5 * (hashint4(i * 7 + k) & 127) + k AS rater,
       ARRAY[CASE WHEN (hashint4(i * 31 + k) & 1) = 0 THEN (hashint4(i) & 31) % 28
                  ELSE (hashint4(i * 5 + k) & 31) % 28 END]::smallint[] AS labels
FROM generate_series(1, UNITS) AS i, generate_series(0, 4) AS k ORDER BY i
"""
QUERY = "SELECT item, rater, labels FROM bench_judgment ORDER BY item"


def database(units: int) -> list[dict[str, Any]]:
    """Writes a table of its own into the database of `DATABASE_URL`, else into an embedded one, and drops it."""
    with database_url() as url, adbc.connect(url) as link:
        run(link, "DROP TABLE IF EXISTS bench_judgment")
        try:
            run(link, FILL.replace("UNITS", str(units)))
            run(link, "ANALYZE bench_judgment")
            measured = both(lambda: figure(read(link)), lambda: read(link), runs=3)
        finally:
            run(link, "DROP TABLE IF EXISTS bench_judgment")
    return [spent_row("agreement.database", "the same query into Arrow", measured, judgments=5 * units)]


def run(link: Any, sql: str) -> None:
    """One statement, committed."""
    with link.cursor() as cursor:
        cursor.execute(sql)
    link.commit()


def read(link: Any) -> pa.Table:
    """The whole query as one Arrow table."""
    with link.cursor() as cursor:
        cursor.execute(QUERY)
        table = cursor.fetch_arrow_table()
    link.rollback()
    return table


def figure(table: pa.Table) -> float | None:
    """Alpha with 1,000 resamples of the table's judgments."""
    j = Judgments.from_arrow(table, kind=Kind.SINGLE, labels=[f"l{k}" for k in range(LABELS)])
    return alpha(j).value

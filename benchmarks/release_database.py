"""`release.build` and `release.download`: the claims that need a database of their own.

A release from a filled database against an ADBC read of the same rows and a bare Parquet write.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.paired import pairs, row
from benchmarks.release_download import download
from benchmarks.server import database_url
from exports.recipe_reader import read_recipe
from exports.release import build

NAME = "chorale_bench_release"
SERVED = 1 << 30
"""Bytes of the file that `release.download` serves."""

FILL = """
INSERT INTO corpus (slug, version, title, description, licence, licence_url, citation, source_url, language, modality,
    perspective, descriptor, descriptor_sha256, items, judgments, rows_read, rows_imported, rows_duplicate,
    rows_quarantined, diff, screening, masked, created_at)
  VALUES ('bench', '1', 'Bench', '', 'CC0-1.0', '', '', '', 'en', 'text', 'reader', '{{}}', '', 0, 0, 0, 0, 0, 0,
    '{{}}', '{{}}', '[]', now());
INSERT INTO rater (kind, pseudonym, corpus_id, source_key, language, traits, model, demo, created_at)
  SELECT 'person', 'r' || k, (SELECT id FROM corpus), 'r' || k, '', '{{}}', '{{}}', false, now()
  FROM generate_series(0, 199) AS k;
INSERT INTO item (uuid, corpus_id, source_id, modality, text, context, "group", speaker, author, media, media_sha256,
    media_facts, language, facets, split, reserved, created_at)
  SELECT md5('item' || i)::uuid, (SELECT id FROM corpus), 's' || i, 'text', 'line ' || i || repeat(' some words', 9),
    '[]', '', '', '', '', '', '{{}}', 'en', '{{}}', '', '', now() FROM generate_series(1, {items}) AS i;
INSERT INTO response (slot, item_id, rater_id, origin, arm, top_up, language, guideline_version, context_shown,
    modality_shown, external_revision)
  SELECT md5('slot' || i.id || '-' || k)::uuid, i.id, (SELECT min(id) FROM rater) + (i.id * 7 + k * 40) % 40 + k * 40,
    'imported', 'blind', false, '', '', false, '', '' FROM item i, generate_series(0, 4) AS k;
INSERT INTO judgment (key, response_id, item_id, rater_id, scheme_id, layer, revision, perspective, status, labels,
    native, created_at)
  SELECT md5('key' || r.id)::uuid, r.id, r.item_id, r.rater_id, {scheme}, 0, 0, 'reader', 0,
    ARRAY[hashint4(r.id::int) & 15, 16 + (hashint4(r.item_id::int) & 7)]::smallint[], '', now() FROM response r;
ANALYZE;
"""


def database(items: int) -> list[dict[str, Any]]:
    """Both rows, on a database of their own that is dropped at the end."""
    with database_url() as url, _spare_database(url), tempfile.TemporaryDirectory(prefix="chorale-bench-") as spare:
        served = download(Path(spare) / "served", size=SERVED)
        _fill(items)
        return [_measured(items, Path(spare)), served]


def _measured(items: int, folder: Path) -> dict[str, Any]:
    from benchmarks.release import RECIPE, SALT
    from chorale.store import drawing

    recipe = read_recipe(RECIPE)
    count = iter(range(1000))

    def ours() -> Path:
        with drawing.source(recipe) as source:
            place = folder / f"r{next(count)}"
            build(place, recipe, source, salt=SALT)
        return place

    done = ours()
    tables = [pq.read_table(done / f"{name}.parquet") for name in ("items", "judgments")]

    def bare() -> None:
        with drawing.source(recipe) as source:
            for batches in (source.items, source.judgments):
                pa.Table.from_batches(batches())
        for number, table in enumerate(tables):
            pq.write_table(table, folder / f"bare{number}.parquet", compression="zstd", compression_level=3)

    # Speed is work per second, so ours over the baseline is the baseline's time over ours.
    measured = [(below, above) for above, below in pairs(ours, bare, runs=3)]
    return row(
        "release.build", "ADBC read and bare pyarrow write of the same tables", measured, items=items, at_least=0.5
    )


@contextmanager
def _spare_database(url: str) -> Iterator[None]:
    import psycopg

    parts = urlsplit(url)
    with psycopg.connect(url, autocommit=True) as link:
        link.execute(f"DROP DATABASE IF EXISTS {NAME}")
        link.execute(f"CREATE DATABASE {NAME}")
    os.environ["DATABASE_URL"] = urlunsplit(parts._replace(path=f"/{NAME}"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "chorale.settings"
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "platform"))
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", verbosity=0)
    try:
        yield
    finally:
        connections.close_all()
        os.environ["DATABASE_URL"] = url
        with psycopg.connect(url, autocommit=True) as link:
            link.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def _fill(items: int) -> None:
    from django.db import connection

    from benchmarks.release import SCHEME
    from chorale.store import registry

    scheme = registry.scheme(SCHEME).pk
    with connection.cursor() as cursor:
        for statement in FILL.format(items=items, scheme=scheme).split(";\n"):
            if statement.strip():
                cursor.execute(statement)

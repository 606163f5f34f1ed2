"""An import tells how fast it goes, how long it will take, and how many rows there will be."""

from __future__ import annotations

from pathlib import Path

import pytest

from chorale.jobs import control, engine, import_pace
from chorale.store.models import Job, Shard

pytestmark = pytest.mark.django_db(transaction=True)

DESCRIPTOR = """
[corpus]
slug = "even"
title = "Even rows"
licence = "CC0-1.0"
citation = "none"
source_url = "none"
language = "en"
[[files]]
path = "*.csv"
shape = "items"
columns = { id = "id", text = "text" }
"""


def test_half_way_the_total_is_known_and_the_message_tells_speed_and_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chorale.store.imports.WEIGHT", 100)
    monkeypatch.setattr(import_pace, "PATIENCE", 0.0)
    (tmp_path / "corpus.toml").write_text(DESCRIPTOR)
    for name in ("a", "b"):
        rows = "".join(f"{name}{n:04},Text {n:04}\n" for n in range(1000))
        (tmp_path / f"{name}.csv").write_text(f"id,text\n{rows}")
    job = engine.start("import_corpus", by=None, params={"folder": str(tmp_path)})
    engine.work_on(Shard.objects.get(job=job, number=0).pk, seconds=0.0)
    row = Job.objects.get(pk=job.pk)
    assert 0 < row.done < 2000
    assert row.total == pytest.approx(2000, rel=0.02)
    place, speed, left = row.message.split("; ")
    assert place.startswith("a.csv, line ")
    assert speed.endswith(" rows/s")
    assert (left.startswith("about "), left.endswith(" left")) == (True, True)
    Shard.objects.filter(job=job).update(lease_until=None)
    ended = control.run_here(job)
    assert ended.done == ended.total == ended.result["read"] == 2000

"""kill -9 of a real Celery worker amid an import: the rows of an undisturbed run, none lost, none doubled."""

from __future__ import annotations

import csv
import random
import time
from pathlib import Path

import pytest

from chorale.jobs import control, engine
from chorale.store.models import Corpus, Item, Job, Judgment, Quarantine, Rater, Response, Shard, SourceFile
from tests.service.test_import import bring_in, snapshot
from tests.stack import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

LETTERS = 14_000
DESCRIPTOR = """
[corpus]
slug = "many"
title = "Many"
licence = "CC0-1.0"
citation = "none"
source_url = "none"
language = "en"
[[layers]]
name = "emotion"
scheme = "goemotions-28"
perspective = "writer"
[[files]]
path = "ratings.csv"
shape = "ratings"
columns = { id = "id", text = "text", rater = "rater" }
answers = [{ column = "labels", separator = ";" }]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ratings of many letters, two raters each; some rows are repeated and some are wrong."""
    rng = random.Random(9)
    with (tmp_path / "ratings.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["id", "rater", "labels", "text"])
        for number in range(LETTERS):
            text = f"Letter {number}, {rng.choice(['fine', 'foul', 'grey'])} day"
            for rater in ("r1", "r2"):
                labels = rng.choice(["joy", "joy;love", "anger", "hangry"] if number % 50 == 0 else ["joy", "sadness"])
                rows.writerow([f"i{number}", rater, labels, text])
                if number % 90 == 0:
                    rows.writerow([f"i{number}", rater, labels, text])
    (tmp_path / "corpus.toml").write_text(DESCRIPTOR, encoding="utf-8")
    return tmp_path


def counters() -> tuple[int, ...]:
    corpus = Corpus.objects.get(slug="many")
    told = (corpus.rows_read, corpus.rows_imported, corpus.rows_duplicate, corpus.rows_quarantined)
    assert told[0] == sum(told[1:])
    return (*told, corpus.items, corpus.judgments)


def test_an_import_killed_in_the_middle_gives_the_rows_of_an_undisturbed_run(folder: Path, worker: Worker) -> None:
    bring_in(folder)
    undisturbed, told = snapshot(), counters()
    for table in (Judgment, Response, Rater, Quarantine, Item, SourceFile, Corpus):
        table.objects.all().delete()

    job = engine.start("import_corpus", by=None, params={"folder": str(folder)})
    end = time.monotonic() + 90
    while not Job.objects.get(pk=job.pk).done:
        assert time.monotonic() < end, "the worker never began"
        time.sleep(0.01)
    worker.kill()
    done = Job.objects.get(pk=job.pk).done
    assert done < told[0], "the worker was too fast to be killed in the middle"
    Shard.objects.filter(job=job, lease_until__isnull=False).update(lease_until="2000-01-01T00:00Z")  # time passes
    worker.restart()
    engine.nudge(job)  # as the sweep of beat does
    ended = control.wait(job, timeout=200)
    assert ended.done == ended.result["read"] == told[0]
    assert snapshot() == undisturbed
    assert counters() == told

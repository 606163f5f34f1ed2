"""What is in quarantine, and for what, the database keeps as rows come and go; problems of whole files are marked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from chorale.jobs import control, engine
from chorale.store import imports, mending, people
from chorale.store.models import Corpus, Quarantine, QuarantineTally
from chorale.store.models.people import Role
from chorale.web.views.corpora import Corpora
from harmonize.problems import ChoraleError

pytestmark = pytest.mark.django_db
DESCRIPTOR = """
[corpus]
slug = "odd"
version = "1"
title = "Odd"
licence = "CC0-1.0"
citation = "Nobody (2026)."
source_url = "https://a.invalid"
language = "en"
[[layers]]
name = "emotion"
scheme = "ekman-6-neutral@1.0.0"
perspective = "writer"
""" + "".join(
    f"""[[files]]
path = "{path}"
shape = "aggregated"
columns = {{ id = "id", text = "text" }}
answers = [{{ layer = "emotion", column = "feeling" }}]
"""
    for path in ("a.csv", "b.json", "c.csv")
)
ODD = """INSERT INTO quarantine (corpus_id, line, code, "where", what)
SELECT %s, n, 'ragged-row', 'a.csv, line ' || n, 'It is odd.' FROM generate_series(1, 3000) n"""


@pytest.fixture
def corpus() -> Corpus:
    return Corpus.objects.create(slug="odd", title="Odd", licence="CC0-1.0")


def kept() -> Counter[tuple[str, str, bool]]:
    rows = QuarantineTally.objects.filter(rows__gt=0).values_list("code", "state", "whole_file", "rows")
    return Counter({(code, state, whole): n for code, state, whole, n in rows})


def counted() -> Counter[tuple[str, str, bool]]:
    return Counter(Quarantine.objects.values_list("code", "state", "whole_file"))


def test_each_way_of_writing_moves_the_tally(corpus: Corpus) -> None:
    assert kept() == Counter()
    with connection.cursor() as cursor:
        cursor.execute(ODD, [corpus.pk])
    imports.missing(corpus, type("Source", (), {"name": "b.csv"})())
    assert kept() == counted() == {("ragged-row", "open", False): 3000, ("file-missing", "open", True): 1}
    for row in Quarantine.objects.filter(whole_file=False)[:3]:
        mending.drop(by=None, row=row, reason="odd")
    Quarantine.objects.filter(line__gt=2990).update(state="mended", code="other")
    Quarantine.objects.filter(line=2980).delete()
    assert kept() == counted()
    assert kept()["ragged-row", "open", False] == 3000 - 3 - 10 - 1
    corpus.delete()
    assert (kept(), QuarantineTally.objects.count()) == (Counter(), 0)


def test_an_import_tells_files_from_rows(settings: Any, tmp_path: Path) -> None:
    settings.OBJECT_STORE, folder = (tmp_path / "objects").as_uri(), tmp_path / "odd"
    folder.mkdir()
    (folder / "corpus.toml").write_text(DESCRIPTOR)
    (folder / "a.csv").write_text("id,text,feeling\n1,A letter,joy\n2,ragged\n3,A note,gloomy\n")
    (folder / "b.json").write_text('[{"id": "4", "text": "A card", "feeling": "joy"}, {"id": "5", "te')
    control.run_here(engine.start("import_corpus", by=None, params={"folder": str(folder)}))
    assert kept() == counted()
    assert dict(Quarantine.objects.values_list("code", "whole_file")) == {
        "ragged-row": False, "unknown-label": False, "not-json": True, "file-missing": True,
    }  # fmt: skip
    assert Quarantine.objects.get(code="not-json").line == 1  # read until there, and no further
    with pytest.raises(ChoraleError, match="whole file"):
        mending.mend(by=None, row=Quarantine.objects.get(code="not-json"))


def test_the_list_and_the_card_read_no_row_that_they_do_not_show(corpus: Corpus, client: Client, settings: Any) -> None:
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.STORAGES = settings.STORAGES | plain
    with connection.cursor() as cursor:
        cursor.execute(ODD, [corpus.pk])
        cursor.execute("ANALYZE quarantine")
    request = RequestFactory().get("/corpora/")
    request.user = people.create(by=None, username="ann", password="long-enough-1", roles=[Role.ADMIN])
    plan = Corpora(request).narrowed().explain()
    assert "quarantine_whole_file" in plan
    assert "on quarantine " not in plan.replace("quarantine_whole_file on quarantine ", "")
    client.force_login(request.user)
    with CaptureQueriesContext(connection) as asked:
        shown = client.get("/corpora/odd/").content.decode()
    assert "ragged-row" in shown
    assert "3,000" in shown
    for query in asked.captured_queries:
        assert 'FROM "quarantine"' not in query["sql"] or '"whole_file"' in query["sql"].split("WHERE")[1]

"""A ZIP of pictures in class folders, without any table, through the steps of the wizard into the database."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from chorale.jobs import bringing_in, control
from chorale.store import intakes, mending, people
from chorale.store.models import Corpus, Intake, Item, Judgment, Quarantine, SourceFile
from chorale.store.models.people import Role
from chorale.store.quarantine_folders import folder_of
from tests.core.corpora.test_media_and_archives import png
from tests.core.corpora.test_media_folders import CLASSES, pictures

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_zip_of_class_folders_comes_in_and_its_broken_picture_is_mended(tmp_path: Path, settings: Any) -> None:
    settings.VAR, settings.OBJECT_STORE = tmp_path / "var", (tmp_path / "objects").as_uri()
    settings.IMPORT_PATHS = [tmp_path]
    pictures(tmp_path / "moods", CLASSES)
    (tmp_path / "moods/train/sad/broken.png").write_bytes(png()[:30])
    packed = shutil.make_archive(str(tmp_path / "moods"), "zip", tmp_path, "moods")
    intake = intakes.begin(by=None, origin="path", address=packed)
    control.run_here(bringing_in.describe(by=None, intake=intake))
    intake.refresh_from_db()
    intakes.describe(by=None, intake=intake, toml=intake.descriptor.replace("TODO", "CC0-1.0"))
    told = control.run_here(bringing_in.bring_in(by=None, intake=intake)).result
    assert (told["imported"], told["quarantined"], told["corpus"]) == (12, 1, "moods")
    assert set(Item.objects.values_list("split", flat=True)) == {"train", "test"}
    assert set(Judgment.objects.values_list("native", flat=True)) == {"happy", "sad", "angry"}
    corpus, row = Corpus.objects.get(), Quarantine.objects.get()
    folder = folder_of(corpus)
    assert folder is not None
    (folder / "train/sad/broken.png").write_bytes(png(90, 9))
    assert mending.mend(by=None, row=row, folder=folder).imported == 1
    assert Item.objects.get(source_id="train/sad/broken.png").media_facts["width"] == 90
    again = control.run_here(bringing_in.bring_in(by=None, intake=Intake.objects.get())).result
    assert (again["imported"], again["duplicates"], SourceFile.objects.count()) == (0, 13, 1)


def test_what_an_archive_holds_is_described_by_command(tmp_path: Path) -> None:
    pictures(tmp_path / "moods", CLASSES)
    packed = shutil.make_archive(str(tmp_path / "moods"), "zip", tmp_path, "moods")
    said, told = StringIO(), StringIO()
    call_command("describe_corpus", packed, stdout=said, stderr=told)
    assert 'slug = "moods"' in said.getvalue()
    assert "12 would be imported" in told.getvalue()
    with pytest.raises(CommandError, match="Unpack moods"):
        call_command("describe_corpus", packed, write=True)


def test_a_corpus_tells_what_was_not_read_to_its_end(client: Client, settings: Any) -> None:
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.STORAGES = settings.STORAGES | plain
    corpus = Corpus.objects.create(slug="cut", title="Cut", licence="CC0-1.0")
    client.force_login(people.create(by=None, username="ann", password="long-enough-1", roles=[Role.ADMIN]))
    page = reverse("corpus", args=["cut"])
    assert b"not whole" not in client.get(page).content
    file = SourceFile.objects.create(corpus=corpus, name="posts.parquet", sha256="0" * 64, bytes=1)
    Quarantine.objects.create(
        corpus=corpus,
        source_file=file,
        line=0,
        code="columnar-unreadable",
        where="posts.parquet",
        what="It is cut.",
        whole_file=True,
    )
    Quarantine.objects.create(corpus=corpus, line=3, code="ragged-row", where="a.csv, line 3", what="It is ragged.")
    shown = client.get(page).content.decode()
    assert "posts.parquet is not read to its end" in shown
    assert "It is cut." in shown
    assert "It is ragged." not in shown
    assert b"not whole" in client.get(reverse("corpora")).content

"""A ZIP of pictures in class folders, without any table, through the steps of the wizard into the database."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from chorale.jobs import bringing_in, control
from chorale.store import intakes, mending
from chorale.store.models import Corpus, Intake, Item, Judgment, Quarantine, SourceFile
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

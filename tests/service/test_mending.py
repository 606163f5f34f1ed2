"""Quarantined rows mended, tried again and dropped; the row sum closes after each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chorale.store import mending
from chorale.store.models import Corpus, Event, Judgment, Quarantine
from harmonize.problems import ChoraleError
from tests.service.test_import import SAMPLES, bring_in

pytestmark = pytest.mark.django_db(transaction=True)


def sums() -> tuple[int, int, int]:
    corpus = Corpus.objects.get(slug="letters")
    assert corpus.rows_read == corpus.rows_imported + corpus.rows_duplicate + corpus.rows_quarantined == 1913
    return corpus.rows_imported, corpus.rows_duplicate, corpus.rows_quarantined


def test_a_mended_row_is_imported_and_leaves_quarantine() -> None:
    bring_in(SAMPLES / "letters")
    ragged = Quarantine.objects.get(code="ragged-row")
    told = mending.mend(by=None, row=ragged, raw="L311,birch,joy;love,9.1")
    assert (told.imported, told.duplicates) == (1, 0)
    assert sums() == (1909, 1, 3)
    said = Judgment.objects.get(item__source_id="L311")
    assert (said.native, said.response.line) == ("joy,love", 411)
    ragged.refresh_from_db()
    assert ragged.state == "mended"
    assert Event.objects.filter(action="quarantine.mend").count() == 1
    assert bring_in(SAMPLES / "letters")["imported"] == 0
    assert sums() == (1909, 1, 3)


def test_a_row_that_is_still_wrong_changes_nothing() -> None:
    bring_in(SAMPLES / "letters")
    row, before = Quarantine.objects.get(code="unknown-label"), Quarantine.objects.count()
    for raw, code in (
        ("L024,amber,joy;peckish,7.5", "unknown-label"),
        ("L024,amber", "ragged-row"),
        ("L311,amber,joy,1\nL311,birch,joy,1", "rows-changed"),
        (None, "unknown-label"),
    ):
        with pytest.raises(ChoraleError) as told:
            mending.mend(by=None, row=row, raw=raw)
        assert told.value.code == code
    assert sums() == (1908, 1, 4)
    assert (Quarantine.objects.count(), Quarantine.objects.filter(state="open").count()) == (before, before)


def test_replay_takes_in_what_has_become_possible(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    shutil.copytree(SAMPLES / "letters", folder)
    bring_in(folder)
    with (folder / "new_letters.csv").open("a") as grown:
        grown.write("L999,writer1@letters.example,5,A letter that was missing.\n")
    bring_in(folder)
    assert mending.replay(by=None, corpus=Corpus.objects.get()) == (1, 3)
    assert Judgment.objects.get(item__source_id="L999").native == "sadness"


def test_a_dropped_row_stays_counted_and_cannot_be_mended() -> None:
    bring_in(SAMPLES / "letters")
    row = Quarantine.objects.get(code="conflicting-rating")
    mending.drop(by=None, row=row, reason="a slip of the pen")
    assert sums() == (1908, 1, 4)
    with pytest.raises(ChoraleError, match="dropped"):
        mending.mend(by=None, row=row)

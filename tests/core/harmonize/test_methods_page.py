"""The loss figures on the methods page are those that the command prints."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harmonize import crosswalks
from harmonize.affect.__main__ import measured, table
from harmonize.loss.__main__ import rows

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "methods-harmonize.md").read_text(encoding="utf-8").splitlines()
CORPORA = Path(os.environ.get("CHORALE_DATA", ROOT.parent / "shared" / "data"))
DATA, EMOBANK = CORPORA / "goemotions", CORPORA / "emobank" / "reader.csv"


def stated() -> list[str]:
    """The lines of the page's loss tables that name a crosswalk."""
    names = tuple(f"| {crosswalk.ref} |" for crosswalk in crosswalks.shipped())
    return [line for line in PAGE if line.startswith(names)]


def test_every_shipped_crosswalk_has_its_figures_and_they_are_the_ones_computed() -> None:
    printed = list(rows(None))
    assert {line.split()[1] for line in printed if "@" in line} == {c.ref for c in crosswalks.shipped()}
    assert [line for line in printed if line not in PAGE] == []


@pytest.mark.skipif(not DATA.is_dir(), reason="GoEmotions is not under CHORALE_DATA")
def test_the_figures_on_the_corpus_and_nothing_stale_beside_them() -> None:
    printed = list(rows(DATA))
    assert [line for line in printed if line not in PAGE] == []
    assert [line for line in stated() if line not in printed] == []


@pytest.mark.skipif(not EMOBANK.is_file(), reason="EmoBank is not under CHORALE_DATA")
def test_the_residual_beside_k_means() -> None:
    assert [line for line in table(measured(EMOBANK)) if line not in PAGE] == []

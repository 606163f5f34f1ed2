"""The loss figures on the methods page are those that the command prints."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harmonize.loss.__main__ import rows

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "methods-harmonize.md").read_text(encoding="utf-8").splitlines()
DATA = Path(os.environ.get("CHORALE_DATA", ROOT.parent / "shared" / "data")) / "goemotions"


def test_even_base_rates() -> None:
    printed = list(rows(None))
    assert len(printed) > 40
    assert [line for line in printed if line not in PAGE] == []


@pytest.mark.skipif(not DATA.is_dir(), reason="GoEmotions is not under CHORALE_DATA")
def test_the_corpus() -> None:
    assert [line for line in rows(DATA) if line not in PAGE] == []

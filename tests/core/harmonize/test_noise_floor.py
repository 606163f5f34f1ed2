"""The noise floor of a real corpus: two halves of BRIGHTER's raters under one scheme."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harmonize import corpora, crosswalks, schemes
from harmonize.crosswalks.evidence import noise_floor, rater_halves

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("CHORALE_DATA", ROOT.parent / "shared" / "data")) / "brighter" / "arq"


@pytest.mark.skipif(not DATA.is_dir(), reason="BRIGHTER is not under CHORALE_DATA")
def test_two_halves_of_brighter_raters_move_a_third_of_the_mass() -> None:
    descriptor = corpora.load(ROOT / "tests" / "corpora" / "brighter-arq" / "corpus.toml")
    whole = corpora.collect(descriptor, corpora.read(descriptor, DATA, key=b"noise floor"))
    judgments = corpora.judgments(whole, "emotion")
    present = crosswalks.map_judgments(judgments, crosswalks.load("brighter-6--ekman-6-set"))
    floor = noise_floor(rater_halves(present), schemes.load("ekman-6-set"))
    assert floor.fit.n == 1_856
    assert floor.moved == pytest.approx(0.363, abs=0.02)
    assert floor.fit.learned.brier == pytest.approx(0.250, abs=0.01)
    assert floor.fit.base.brier == pytest.approx(0.377, abs=0.01)

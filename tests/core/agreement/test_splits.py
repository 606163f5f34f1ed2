"""Genuine splits: planted ones are found, noise is not called a split, little evidence is undecidable."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.aggregation import Verdict, label_splits, splits
from annotation.aggregation.splits import benjamini_hochberg
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import random_sets

LABELS = ["a", "b", "c"]


def made(n, planted, seed=0, items=200, noise=0.12):
    """``planted`` items are split evenly between a and b; the others have one label, with noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(items):
        truth = LABELS[rng.integers(3)]
        for r in range(n):
            heard = truth if rng.random() > noise else LABELS[rng.integers(3)]
            rows.append((f"u{i}", f"r{r}", LABELS[r % 2] if i < planted else heard))
    return Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=LABELS)


def test_planted_splits_are_found():
    found = splits(made(20, planted=10))
    assert all(verdict == Verdict.SPLIT for verdict in found.verdict[:10])
    assert sum(verdict == Verdict.SPLIT for verdict in found.verdict[10:]) <= 4
    assert sum(verdict == Verdict.ONE for verdict in found.verdict[10:]) > 150


def test_noise_alone_is_not_a_split():
    false = [sum(v == Verdict.SPLIT for v in splits(made(15, planted=0, seed=s)).verdict) for s in range(5)]
    assert np.mean(np.array(false) > 0) <= 0.4  # at least one false discovery in a family: about 5 % a family
    assert sum(false) <= 3


def test_few_votes_are_undecidable():
    assert set(splits(made(5, planted=10)).verdict) == {Verdict.UNDECIDABLE}
    found = splits(made(5, planted=10, noise=0.5), least=3)
    assert Verdict.UNDECIDABLE in found.verdict  # tested, but an even split would not be seen
    assert np.nanmax(found.power) < 0.8


def test_power_grows_with_votes():
    few, many = (np.nanmean(splits(made(n, planted=5), least=4).power) for n in (6, 20))
    assert many > few


def test_one_label_of_sets():
    rng = np.random.default_rng(1)
    rows = []
    for i in range(150):
        p = 0.5 if i < 8 else rng.choice([0.05, 0.95])
        for r in range(24):
            mark = r % 2 == 0 if i < 8 else rng.random() < p
            rows.append((f"u{i}", f"r{r}", ["x"] if mark else []))
    found = label_splits(Judgments.from_ratings(rows, kind=Kind.SET, labels=["x", "y"]), "x")
    assert all(verdict == Verdict.SPLIT for verdict in found.verdict[:8])
    assert sum(verdict == Verdict.SPLIT for verdict in found.verdict[8:]) <= 3


def test_adjusted_p_by_hand():
    p = np.array([0.01, np.nan, 0.04, 0.03])
    assert benjamini_hochberg(p) == pytest.approx([0.03, np.nan, 0.04, 0.04], nan_ok=True)


def test_kinds_are_refused():
    with pytest.raises(ChoraleError):
        splits(random_sets(0))
    with pytest.raises(ChoraleError):
        label_splits(made(3, 0, items=3), "a")

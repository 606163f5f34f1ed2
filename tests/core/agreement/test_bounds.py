"""The human upper bound by hand, and splits on a dimension planted and found."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from annotation.aggregation import Verdict, dimension_splits
from annotation.evaluation import human_upper_bound
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import from_matrix, random_matrix, random_sets

LEVELS = ["1", "2", "3", "4"]


def test_single_labels_by_hand():
    matrix = random_matrix(2, units=25)
    truth, own = [], []
    for column in zip(*matrix, strict=True):
        for r, x in enumerate(column):
            rest = [y for k, y in enumerate(column) if k != r and y is not None]
            tops = [y for y in set(rest) if rest.count(y) == max(map(rest.count, rest))]
            if x is not None and len(tops) == 1:
                truth.append(tops[0])
                own.append(x)
    found = human_upper_bound(from_matrix(matrix, labels=LEVELS), rounds=100)
    assert found.overall["exact match"].value == pytest.approx(accuracy_score(truth, own))
    assert found.overall["macro F1"].value == pytest.approx(f1_score(truth, own, average="macro"))
    assert found.overall["macro F1"].low < found.overall["macro F1"].value < found.overall["macro F1"].high


def test_sets_by_hand():
    j = random_sets(3, units=15)
    marks, n = j.marks(), len(j)
    truth, own = [], []
    for k in range(n):
        rest = marks[(j.item == j.item[k]) & (np.arange(n) != k)]
        if len(rest):
            truth.append(rest.mean(axis=0) > 0.5)
            own.append(marks[k])
    found = human_upper_bound(j, rounds=0).overall
    assert found["micro F1"].value == pytest.approx(f1_score(np.array(truth), np.array(own), average="micro"))


def test_people_without_ids_have_no_upper_bound():
    j = from_matrix(random_matrix(0), labels=LEVELS)
    j.rater[:] = -1
    with pytest.raises(ChoraleError, match="no rater ids"):
        human_upper_bound(j)


def numeric(n, planted, seed=0, items=150, apart=4.0):
    """Ratings 1..9: ``planted`` items have two opinions, the others one; noise of SD 0.8."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(items):
        center = rng.uniform(3.5, 6.5)
        for r in range(n):
            opinion = center + (apart / 2 if r % 2 else -apart / 2) * (i < planted)
            rows.append((f"u{i}", f"r{r}", [np.clip(np.round(opinion + rng.normal() * 0.8), 1, 9)]))
    return Judgments.from_ratings(rows, kind=Kind.DIMENSION, labels=["V"])


def test_planted_opinions_are_found():
    found = dimension_splits(numeric(16, 8), "V", step=1, apart=4)
    assert all(v == Verdict.SPLIT for v in found.verdict[:8])
    assert sum(v == Verdict.SPLIT for v in found.verdict[8:]) <= 2
    assert sum(v == Verdict.ONE for v in found.verdict[8:]) > 120
    assert found.between[:8].min() > 0.7


def test_noise_alone_and_few_ratings():
    assert sum(v == Verdict.SPLIT for v in dimension_splits(numeric(12, 0), "V", step=1, apart=4).verdict) <= 2
    assert set(dimension_splits(numeric(5, 5), "V", step=1, apart=4).verdict) == {Verdict.UNDECIDABLE}
    weak = dimension_splits(numeric(8, 0), "V", step=1, apart=0.5)
    assert set(weak.verdict) == {Verdict.UNDECIDABLE}  # opinions half a step apart could not be seen
    with pytest.raises(ChoraleError, match="distances"):
        dimension_splits(numeric(8, 0, items=5), "V", step=0, apart=1)

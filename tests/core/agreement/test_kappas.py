"""Kappas and percent agreement: published figures, definitions by loops, scikit-learn, properties, refusals."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from annotation.agreement import ac1, ac2, alpha, cohen, fleiss, percent_agreement
from annotation.agreement.weights import weights
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import from_matrix, golden, random_matrix, random_sets

LEVELS = ["1", "2", "3", "4", "5"]
CASES = {"fleiss": 0, "wikipedia": 1, "sas": 3, "anxiety": 4}


def case(name):
    return golden("kappa_fleiss_cohen")["cases"][CASES[name]]


def from_counts(counts):
    rows = [
        (f"i{i}", f"r{r}", str(label))
        for i, line in enumerate(counts)
        for r, label in enumerate(np.repeat(np.arange(len(line)), line))
    ]
    labels = [str(k) for k in range(len(counts[0]))]
    return Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=labels)


def from_contingency(table):
    rows = []
    for a, line in enumerate(table):
        for b, count in enumerate(line):
            for _ in range(count):
                rows += [(f"i{len(rows)}", "one", str(a)), (f"i{len(rows)}", "two", str(b))]
    return Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=[str(k) for k in range(len(table))])


def test_fleiss_1971():
    found = case("fleiss")
    figure = fleiss(from_counts(found["counts_subjects_by_categories"]))
    assert figure.value == pytest.approx(found["computed_here"], abs=1e-12)
    assert round(figure.value, 3) == 0.430
    j = from_counts(found["counts_subjects_by_categories"])
    n = 30 * 6
    identity = 1 - (1 - figure.value) * (n - 1) / n  # SCIENCE 16
    assert alpha(j, rounds=0).value == pytest.approx(identity, abs=1e-12)
    assert round(identity, 5) == 0.43341


def test_fleiss_on_wikipedia():
    found = case("wikipedia")
    figure = fleiss(from_counts(found["counts_subjects_by_categories"]), rounds=0)
    assert figure.value == pytest.approx(found["computed_here"], abs=1e-12)
    shown = [percent_agreement(from_counts([line]), rounds=0).value for line in found["counts_subjects_by_categories"]]
    assert np.round(shown, 3).tolist() == found["per_subject_agreement"]


def test_cohen_as_sas():
    found = case("sas")
    j, expected = from_contingency(found["contingency"]), found["expected"]
    plain = cohen(j, "one", "two")
    assert round(plain.value, 4) == expected["kappa"]
    assert round(plain.se, 3) == expected["ase"]
    linear = cohen(j, "one", "two", weight="linear")
    assert round(linear.value, 4) == expected["weighted_linear_kappa"]
    assert round(linear.se, 4) == expected["weighted_ase"]


def test_cohen_as_r_irr():
    found = case("anxiety")
    ratings = np.array(found["ratings_subjects_by_raters"])[:, 1:]
    used = [1, 2, 3, 4, 6]  # R irr drops the unused category 5
    rows = [(f"i{i}", f"r{k}", str(x)) for i, line in enumerate(ratings) for k, x in enumerate(line)]
    j = Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=[str(x) for x in used])
    expected = found["expected_kappa2_on_columns_2_3"]
    for weight, name in (("identity", "unweighted"), ("linear", "equal(linear)"), ("quadratic", "squared(quadratic)")):
        assert cohen(j, "r0", "r1", weight=weight, rounds=0).value == pytest.approx(expected[name], abs=5e-8)


@pytest.mark.parametrize("weight", ["identity", "linear", "quadratic"])
@pytest.mark.parametrize("seed", range(3))
def test_cohen_as_scikit_learn(weight, seed):
    matrix = random_matrix(seed, units=40, raters=2)
    both = [(a, b) for a, b in zip(*matrix, strict=True) if a is not None and b is not None]
    theirs = cohen_kappa_score(
        *zip(*both, strict=True), labels=[1, 2, 3, 4], weights=None if weight == "identity" else weight
    )
    j = from_matrix(matrix, labels=LEVELS[:4])
    assert cohen(j, "o0", "o1", weight=weight, rounds=0).value == pytest.approx(theirs, abs=1e-12)


def test_ac1_as_gwet():
    # The 12 x 4 data of Krippendorff 2011, as in Gwet's irrCAC (cac.raw4raters): AC1 .77544, agreement .81818.
    j = from_matrix(golden("krippendorff_alpha")["cases"][0]["reliability_data_observers_by_units"], labels=LEVELS)
    assert ac1(j, rounds=0).value == pytest.approx(0.77544, abs=5e-6)
    assert percent_agreement(j, rounds=0).value == pytest.approx(0.81818, abs=5e-6)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("weight", ["identity", "linear", "quadratic", "ordinal", "radical"])
def test_ac2_and_agreement_by_definition(seed, weight):
    matrix = random_matrix(seed)
    table = weights(weight, 4)
    columns = [[x - 1 for x in column if x is not None] for column in zip(*matrix, strict=True)]
    shared = [column for column in columns if len(column) > 1]
    agreement = np.mean([np.mean([table[a, b] for a, b in itertools.permutations(c, 2)]) for c in shared])
    p = np.mean([[column.count(k) / len(column) for k in range(4)] for column in columns if column], axis=0)
    chance = table.sum() / (4 * 3) * (p * (1 - p)).sum()
    j = from_matrix(matrix, labels=LEVELS[:4])
    assert percent_agreement(j, weight=weight, rounds=0).value == pytest.approx(agreement)
    assert ac2(j, weight=weight, rounds=0).value == pytest.approx((agreement - chance) / (1 - chance))


def test_permuting_raters_changes_nothing():
    matrix = random_matrix(3)
    one, two = (from_matrix(m, labels=LEVELS[:4]) for m in (matrix, matrix[::-1]))
    assert ac1(one, rounds=0).value == pytest.approx(ac1(two, rounds=0).value, abs=1e-12)
    assert cohen(one, "o0", "o1", rounds=0).value == pytest.approx(cohen(one, "o1", "o0", rounds=0).value, abs=1e-12)


def test_intervals_hold_the_value():
    j = from_matrix(random_matrix(5, units=80, missing=0.0), labels=LEVELS[:4])
    for figure in (ac1(j), ac2(j), fleiss(j), percent_agreement(j), cohen(j, "o0", "o1")):
        assert figure.low < figure.value < figure.high
        assert figure.se == pytest.approx((figure.high - figure.low) / 3.92, rel=0.15)


def test_refusals():
    uneven = from_matrix([[1, 2, 3], [1, 2, 3], [1, None, 3]], labels=LEVELS)
    assert fleiss(uneven).value is None
    assert "2 to 3" in fleiss(uneven).reason
    same = from_matrix([[1, 1], [1, 1]], labels=LEVELS)
    assert fleiss(same).value is None
    assert cohen(same, "o0", "o1").value is None
    apart = from_matrix([[1, None], [None, 2]], labels=LEVELS)
    assert "share no item" in cohen(apart, "o0", "o1").reason
    assert ac1(apart).value is None
    with pytest.raises(ChoraleError, match="judged nothing"):
        cohen(same, "o0", "nobody")
    with pytest.raises(ChoraleError):
        ac1(random_sets(0))
    with pytest.raises(ChoraleError, match="No weights"):
        ac2(same, weight="cubic")

"""Krippendorff's alpha: published figures, the definition by brute force, properties, an independent package."""

from __future__ import annotations

import itertools

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.agreement import alpha, alpha_by_dimension, alpha_by_label
from annotation.agreement.distances import jaccard, masi
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Status
from tests.core.agreement.data import from_matrix, golden, random_matrix, random_sets

LEVELS = ["1", "2", "3", "4", "5"]
METRICS = ["nominal", "ordinal", "interval", "ratio"]


def brute(judgments, distance):
    """Alpha from its definition: every ordered pair of ratings, within units and over all of them."""
    units: dict[int, list] = {}
    for item, answer in judgments:
        units.setdefault(item, []).append(answer)
    units = {item: given for item, given in units.items() if len(given) > 1}
    values = [answer for given in units.values() for answer in given]
    n = len(values)
    observed = sum(
        sum(distance(a, b) for a, b in itertools.permutations(given, 2)) / (len(given) - 1) for given in units.values()
    )
    expected = sum(distance(a, b) for a, b in itertools.permutations(values, 2))
    return 1 - (observed / n) / (expected / (n * (n - 1)))


@pytest.mark.parametrize(("case", "metric"), [*((0, metric) for metric in METRICS), (1, "nominal"), (1, "interval")])
def test_published(case, metric):
    found = golden("krippendorff_alpha")["cases"][case]
    figure = alpha(from_matrix(found["reliability_data_observers_by_units"], labels=LEVELS), metric=metric, rounds=0)
    assert figure.value == pytest.approx(found["expected"][metric], abs=5e-4)
    computed = found["computed_here_with_pypi_krippendorff_0.9.0"][metric]
    assert figure.value == pytest.approx(computed, abs=5e-7)


@pytest.mark.parametrize("case", [2, 3])
def test_published_triples(case):
    found = golden("krippendorff_alpha")["cases"][case]
    triples = found.get("triples_coder_item_label") or [(w, t, x) for w, t, x in found["triples_worker_task_label"]]
    rows = [(item, coder, label) for coder, item, label in triples]
    labels = sorted({row[2] for row in rows})
    figure = alpha(Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=labels), rounds=0)
    assert figure.value == pytest.approx(found["expected"]["nominal"], abs=1e-7)


def test_published_sets():
    found = golden("krippendorff_alpha")["cases"][4]
    rows = [(task, worker, marks) for worker, task, marks in found["triples_worker_task_label"]]
    j = Judgments.from_ratings(rows, kind=Kind.SET, labels=["dog", "cat", "mouse"])
    exact = found["expected"]["exact_set_match_distance"]
    assert alpha(j, metric="nominal", rounds=0).value == pytest.approx(exact, abs=1e-12)
    assert alpha(j, metric="masi", rounds=0).value == pytest.approx(2 / 3, abs=1e-12)  # exact thirds, SCIENCE 16
    assert found["expected"]["masi_distance (nltk)"] == pytest.approx(2 / 3, abs=1e-3)  # .67 and .33 there


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("seed", range(6))
def test_independent_package(metric, seed):
    matrix = random_matrix(seed, units=30)
    data = np.array([[np.nan if x is None else x for x in line] for line in matrix], dtype=float)
    theirs = krippendorff.alpha(reliability_data=data, level_of_measurement=metric)
    assert alpha(from_matrix(matrix, labels=LEVELS), metric=metric, rounds=0).value == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_circular_by_definition(seed):
    matrix = random_matrix(seed)
    rows = [(u, x) for line in matrix for u, x in enumerate(line) if x is not None]
    expected = brute(rows, lambda a, b: np.sin(np.pi * (a - b) / 4) ** 2)
    j = from_matrix(matrix, labels=["1", "2", "3", "4"])
    assert alpha(j, metric="circular", rounds=0).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("metric", "distance"), [("jaccard", jaccard), ("masi", masi)])
@pytest.mark.parametrize("seed", range(4))
def test_sets_by_definition(metric, distance, seed):
    j = random_sets(seed)
    marks = j.marks()
    table = distance(marks)
    expected = brute([(item, row) for row, item in enumerate(j.item)], lambda a, b: table[a, b])
    assert alpha(j, metric=metric, rounds=0).value == pytest.approx(expected, abs=1e-12)


def test_set_distances_of_pairs():
    sets = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 0]], dtype=bool)
    expected = [[0, 1 - 1 / 2 * 2 / 3, 1, 1], [0, 0, 1 - 1 / 3 * 1 / 3, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert masi(sets) == pytest.approx(np.triu(expected) + np.triu(expected).T)
    assert jaccard(sets)[0, 1] == pytest.approx(0.5)


@pytest.mark.parametrize("seed", range(3))
def test_distributions_by_definition(seed):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([0.5, 0.5, 0.5], size=18).astype(np.float32)
    rows = [(f"u{i // 3}", f"r{i % 3}", p[i]) for i in range(18)]
    j = Judgments.from_ratings(rows, kind=Kind.PROBABILITY, labels=["a", "b", "c"])
    p = p.astype(float)

    def divergence(a, b):
        m = (p[a] + p[b]) / 2
        return (np.sum(p[a] * np.log2(p[a] / m)) + np.sum(p[b] * np.log2(p[b] / m))) / 2

    distances = {
        "hellinger": lambda a, b: ((np.sqrt(p[a]) - np.sqrt(p[b])) ** 2).sum() / 2,
        "euclidean": lambda a, b: ((p[a] - p[b]) ** 2).sum() / 2,
        "jensen-shannon": divergence,
    }
    for metric, distance in distances.items():
        expected = brute([(i // 3, i) for i in range(18)], distance)
        assert alpha(j, metric=metric, rounds=0).value == pytest.approx(
            expected, abs=1e-6
        )  # float32 rows sum to 1 ± 1e-7


@pytest.mark.parametrize("seed", range(4))
def test_by_label_is_binary_alpha(seed):
    j = random_sets(seed)
    marks = j.marks()
    for label, figure in alpha_by_label(j, rounds=0).items():
        column = marks[:, j.labels.index(label)]
        binary = [(item, bool(column[row])) for row, item in enumerate(j.item)]
        assert figure.value == pytest.approx(brute(binary, lambda a, b: float(a != b)), abs=1e-12)


def test_by_label_of_strengths():
    strengths = [[{"joy": 2}, {"joy": 3}], [{}, {"joy": 1}], [{}, {}], [{"joy": 1}, {"joy": 1}], [{}, {"fear": 2}]]
    rows = [(f"u{u}", f"r{r}", x) for u, pair in enumerate(strengths) for r, x in enumerate(pair)]
    j = Judgments.from_ratings(rows, kind=Kind.INTENSITY, labels=["joy", "fear", "anger"])
    data = np.array([[2, 0, 0, 1, 0], [3, 1, 0, 1, 0]], dtype=float)
    theirs = krippendorff.alpha(reliability_data=data, level_of_measurement="ordinal")
    figures = alpha_by_label(j, metric="ordinal", rounds=0)
    assert figures["joy"].value == pytest.approx(theirs, abs=1e-12)
    assert figures["anger"].value is None
    marked = krippendorff.alpha(reliability_data=(data > 0).astype(float), level_of_measurement="nominal")
    assert alpha_by_label(j, rounds=0)["joy"].value == pytest.approx(marked, abs=1e-12)


@pytest.mark.parametrize("metric", ["interval", "ordinal", "ratio"])
def test_by_dimension_with_missing_values(metric):
    rng = np.random.default_rng(3)
    values = np.round(rng.normal(size=(20, 3, 2)) + rng.normal(size=(20, 1, 2)) + 5).clip(1, 9)
    values[rng.random(values.shape) < 0.2] = np.nan
    rows = [(f"u{u}", f"r{r}", values[u, r]) for u in range(20) for r in range(3)]
    j = Judgments.from_ratings(rows, kind=Kind.DIMENSION, labels=["V", "A"])
    for k, figure in enumerate(alpha_by_dimension(j, metric=metric, rounds=0).values()):
        theirs = krippendorff.alpha(reliability_data=values[:, :, k].T, level_of_measurement=metric)
        assert figure.value == pytest.approx(theirs, abs=1e-12)


def permuted(matrix, order):
    return [matrix[k] for k in order]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(4)), st.permutations(["1", "2", "3", "4"]))
def test_permuting_raters_and_relabelling_change_nothing(seed, order, names):
    matrix = random_matrix(seed)
    j = from_matrix(matrix, labels=["1", "2", "3", "4"])
    value = alpha(j, rounds=0).value
    again = from_matrix(permuted(matrix, order), labels=["1", "2", "3", "4"])
    assert alpha(again, rounds=0).value == pytest.approx(value, abs=1e-12)
    renamed = [[None if x is None else names[x - 1] for x in line] for line in matrix]
    assert alpha(from_matrix(renamed, labels=["1", "2", "3", "4"]), rounds=0).value == pytest.approx(value, abs=1e-12)


def test_duplicated_units_narrow_the_interval_and_keep_observed():
    matrix = random_matrix(5, units=40)
    once, four = alpha(from_matrix(matrix, labels=LEVELS)), alpha(from_matrix([x * 4 for x in matrix], labels=LEVELS))
    assert four.observed == pytest.approx(once.observed)
    assert four.high - four.low < 0.6 * (once.high - once.low)
    assert four.se == pytest.approx(once.se / 2, rel=0.05)


def test_perfect_agreement_with_variance_is_one():
    assert alpha(from_matrix([[1, 2, 3], [1, 2, 3]]), rounds=0).value == pytest.approx(1.0)


def test_undefined_is_said_to_be_undefined():
    same = alpha(from_matrix([[1, 1, 1], [1, 1, 1]], labels=LEVELS))
    assert same.value is None
    assert "variance" in same.reason
    assert same.units == 3
    alone = alpha(from_matrix([[1, None, 2], [None, 1, None]], labels=LEVELS))
    assert alone.value is None
    assert "two raters" in alone.reason
    assert alone.units == 0
    values = Judgments.from_ratings([("a", "x", [0.1]), ("a", "y", [0.1])], kind=Kind.DIMENSION, labels=["V"])
    assert alpha(values).value is None


def test_only_counted_judgments_enter():
    j = from_matrix([[1, 2, 1, 2], [1, 2, 2, 1]], labels=LEVELS)
    j.status[2] = Status.CANNOT_TELL
    dropped = from_matrix([[1, 2, None, 2], [1, 2, 2, 1]], labels=LEVELS)
    assert alpha(j, rounds=0).value == pytest.approx(alpha(dropped, rounds=0).value)
    assert alpha(j, rounds=0).ratings == 6


def test_misuse_is_refused():
    j = from_matrix([[1, 2], [1, 1]], labels=LEVELS)
    with pytest.raises(ChoraleError, match="does not fit"):
        alpha(j, metric="masi")
    twice = Judgments.from_ratings([("a", "x", "1"), ("a", "x", "2"), ("a", "y", "1")], kind=Kind.SINGLE, labels=LEVELS)
    with pytest.raises(ChoraleError, match="repeat"):
        alpha(twice)
    named = Judgments.from_ratings([("a", "x", "joy"), ("a", "y", "fear")], kind=Kind.SINGLE, labels=["joy", "fear"])
    with pytest.raises(ChoraleError, match="no numeric values"):
        alpha(named, metric="interval")
    with pytest.raises(ChoraleError, match="dimensions"):
        alpha(Judgments.from_ratings([("a", "x", [1, 2])], kind=Kind.DIMENSION, labels=["V", "A"]))


def test_unknown_raters_are_enough_for_alpha_and_are_said_to_be_unknown():
    rows = [("a", None, "1"), ("a", None, "1"), ("b", None, "2"), ("b", None, "1")]
    figure = alpha(Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=LEVELS), rounds=0)
    assert figure.raters is None
    assert figure.value == pytest.approx(1 - (2 / 4) / (6 / 12))

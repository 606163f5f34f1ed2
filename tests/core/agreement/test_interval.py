"""Intervals and errors: against recomputing by hand, against the delta method, reproducible, and by shards."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.agreement import alpha, alpha_by_label, by_label, packed, statistics, unpacked
from annotation.agreement.bootstrap import percentiles
from annotation.agreement.statistics import AlphaStatistics
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import from_matrix, random_matrix, random_sets

LEVELS = ["1", "2", "3", "4"]


def resample_by_hand(matrix, metric, rounds, seed):
    """Alpha of resampled units, computed from the ratings anew in every round."""
    rng = np.random.default_rng(seed)
    order = [int(name[1:]) for name in from_matrix(matrix, labels=LEVELS).items.to_pylist()]
    units = [u for u in order if sum(line[u] is not None for line in matrix) > 1]
    found = []
    for _ in range(rounds):
        drawn = rng.integers(0, len(units), size=len(units))
        taken = [[line[units[k]] for k in drawn] for line in matrix]
        found.append(alpha(from_matrix(taken, labels=LEVELS), metric=metric, rounds=0).value)
    return np.array([np.nan if x is None else x for x in found], dtype=float)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio", "circular"])
def test_bootstrap_is_recomputing_on_resampled_units(metric):
    matrix = random_matrix(1, units=25)
    figure = alpha(from_matrix(matrix, labels=LEVELS), metric=metric, rounds=60, seed=9)
    low, high, defined = percentiles(resample_by_hand(matrix, metric, 60, 9), 0.95)
    assert (figure.low, figure.high, figure.rounds) == (pytest.approx(low), pytest.approx(high), defined)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio", "circular"])
def test_gradient_is_the_derivative(metric):
    found = statistics(from_matrix(random_matrix(2, units=30), labels=LEVELS), metric=metric)
    total = found.rows.sum(axis=0)
    step = 1e-6 * np.maximum(np.abs(total), 1)
    numeric = [
        (found.values((total + side)[None]) - found.values((total - side)[None]))[0] / (2 * side.max())
        for side in np.diag(step)
    ]
    assert found.form.gradient(total) == pytest.approx(np.array(numeric), abs=1e-6)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
def test_delta_error_is_near_the_bootstrap_spread(metric):
    j = from_matrix(random_matrix(3, units=400), labels=LEVELS)
    found = statistics(j, metric=metric)
    from annotation.agreement.bootstrap import resampled

    draws = resampled(found.rows, found.values, rounds=2000, seed=0)
    assert found.errors()[0] == pytest.approx(draws.std(), rel=0.06)


def test_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    everything = random_matrix(77, units=20_000, missing=0.0)
    truth = alpha(from_matrix(everything, labels=LEVELS), rounds=0).value
    hits = 0
    for seed in range(120):
        drawn = rng.integers(0, 20_000, size=80)
        figure = alpha(
            from_matrix([[line[k] for k in drawn] for line in everything], labels=LEVELS), rounds=300, seed=seed
        )
        hits += figure.low <= truth <= figure.high
    assert 0.87 <= hits / 120 <= 0.995  # 95 %, three binomial standard errors below


def test_seed_and_blocks():
    j = random_sets(4, units=30)
    assert alpha(j, seed=3).to_dict() == alpha(j, seed=3).to_dict()
    assert alpha(j, seed=3).low != alpha(j, seed=4).low
    seen = []
    alpha(j, rounds=50, progress=lambda blocks: (seen.append(b) or b for b in blocks))
    assert seen


def test_clusters_are_resampled_whole():
    matrix = random_matrix(6, units=40, missing=0.0)
    copies = [line * 5 for line in matrix]
    plain = alpha(from_matrix(copies, labels=LEVELS))
    j = from_matrix(copies, labels=LEVELS)
    cluster = [int(name[1:]) % 40 for name in j.items.to_pylist()]
    whole = alpha(j, clusters=cluster)
    single = alpha(from_matrix(matrix, labels=LEVELS))
    assert whole.value == pytest.approx(plain.value)
    assert whole.high - whole.low == pytest.approx(single.high - single.low, rel=0.15)
    assert whole.high - whole.low > 1.7 * (plain.high - plain.low)


def halves(j: Judgments) -> list[Judgments]:
    even = j.item % 2 == 0
    return [j.select(even), j.select(~even)]


@pytest.mark.parametrize("metric", ["masi", "jaccard", "nominal"])
def test_shards_of_sets_add_up(metric):
    j = random_sets(8, units=60)
    if metric == "nominal":
        j = from_matrix(random_matrix(8, units=60), labels=LEVELS)
    whole = statistics(j, metric=metric, shard=True)
    first, second = (statistics(half, metric=metric, shard=True) for half in halves(j))
    merged = first.merge(second)
    got, expected = merged.coefficients(rounds=200)[0], whole.coefficients(rounds=200)[0]
    assert got.value == pytest.approx(expected.value, abs=1e-12)
    assert (got.low, got.se) == (pytest.approx(expected.low), pytest.approx(expected.se))
    assert (got.units, got.ratings, got.raters) == (expected.units, expected.ratings, expected.raters)
    assert got.value == pytest.approx(alpha(j, metric=metric, rounds=0).value, abs=1e-12)


def test_shards_by_label_add_up():
    j = random_sets(9, units=60)
    first, second = (by_label(half, shard=True)[0] for half in halves(j))
    got = [figure.value for figure in first.merge(second).coefficients(rounds=0)]
    assert got == pytest.approx([figure.value for figure in alpha_by_label(j, rounds=0).values()])


def test_shards_that_differ_are_refused():
    j = from_matrix(random_matrix(1), labels=LEVELS)
    hashed: AlphaStatistics = statistics(j, shard=True)
    with pytest.raises(ChoraleError, match="hashed"):
        statistics(j).merge(statistics(j))
    with pytest.raises(ChoraleError, match="different metrics"):
        hashed.merge(statistics(j, metric="ordinal", shard=True))


def test_hashed_groups_keep_value_and_error():
    j = from_matrix(random_matrix(10, units=3000), labels=LEVELS)
    plain, hashed = statistics(j), statistics(j, shard=True)
    assert hashed.coefficients(rounds=0)[0].value == pytest.approx(plain.coefficients(rounds=0)[0].value, abs=1e-12)
    assert hashed.errors()[0] == pytest.approx(plain.errors()[0], rel=0.1)


def test_one_unit_has_no_interval():
    figure = alpha(from_matrix([[1], [2], [2]], labels=LEVELS))
    assert figure.value is not None
    assert (figure.low, figure.high, figure.se) == (None, None, None)


def test_kinds_without_one_figure_are_refused():
    rows = [("a", "x", {"joy": 1}), ("a", "y", {"joy": 2})]
    j = Judgments.from_ratings(rows, kind=Kind.INTENSITY, labels=["joy"])
    with pytest.raises(ChoraleError, match="does not fit"):
        alpha(j)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio", "masi"])
def test_packed_statistics_are_the_same(metric):
    j = random_sets(2, units=20) if metric == "masi" else from_matrix(random_matrix(2, units=20), labels=LEVELS)
    found = statistics(j, metric=metric, shard=True)
    again = unpacked(packed(found))
    assert [x.to_dict() for x in again.coefficients()] == [x.to_dict() for x in found.coefficients()]
    doubled = again.merge(statistics(j, metric=metric, shard=True))
    assert doubled.coefficients(rounds=0)[0].units == 2 * found.coefficients(rounds=0)[0].units


def test_packed_panels_are_the_same():
    found = by_label(random_sets(3, units=20), shard=True)[0]
    assert [x.to_dict() for x in unpacked(packed(found)).coefficients()] == [x.to_dict() for x in found.coefficients()]


def test_shards_with_other_levels_add_up():
    """One shard has not seen every level of an ordered scale."""
    rng = np.random.default_rng(4)
    rows = []
    for u in range(60):
        for r in range(4):
            strength = int(rng.integers(0, 2 if u < 30 else 4))
            rows.append((f"u{u}", f"r{r}", {"a": strength} if strength else {}))
    j = Judgments.from_ratings(rows, kind=Kind.INTENSITY, labels=["a"])
    parts = [by_label(j.select(part), metric="ordinal", shard=True)[0] for part in (j.item < 30, j.item >= 30)]
    whole = by_label(j, metric="ordinal", shard=True)[0]
    for one, two in (parts, parts[::-1]):
        merged = one.merge(two).coefficients(rounds=0)[0]
        assert merged.value == pytest.approx(whole.coefficients(rounds=0)[0].value, abs=1e-12)
        assert merged.se == pytest.approx(whole.coefficients(rounds=0)[0].se, abs=1e-12)


def test_shards_with_many_label_sets_need_stated_groups():
    j = random_sets(5, units=40)
    parts = [statistics(j.select(part), shard=True, groups=50) for part in (j.item < 10, j.item >= 10)]
    merged = parts[0].merge(parts[1])
    assert len(merged.rows) == 50
    assert merged.coefficients(rounds=0)[0].value == pytest.approx(alpha(j, rounds=0).value, abs=1e-12)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_weights_are_repeated_items(metric):
    """An item that weighs 3 counts as three items, but for the scale of the weights in n - 1."""
    matrix = random_matrix(2, units=30, missing=0.2)
    times = np.random.default_rng(0).integers(1, 4, size=30)
    repeated = [[value for value, k in zip(line, times, strict=True) for _ in range(k)] for line in matrix]
    j = from_matrix(matrix)
    weights = times[[int(name[1:]) for name in j.items.to_pylist()]]
    weighted = statistics(j, metric=metric, weights=weights, shard=True, groups=64).coefficients(rounds=0)[0]
    whole = alpha(from_matrix(repeated), metric=metric, rounds=0)
    assert weighted.value == pytest.approx(whole.value, abs=1e-12)
    assert weighted.observed == pytest.approx(whole.observed, abs=1e-12)
    scaled = alpha(j, metric=metric, weights=weights * 7.0, rounds=0)
    assert scaled.value == pytest.approx(alpha(j, metric=metric, weights=weights, rounds=0).value, abs=1e-12)
    assert "as many as" in scaled.notes[0]


def test_weights_mend_a_stratified_sample():
    """Items on which people split are drawn ten times as often: unweighted alpha is too low, weighted is not."""
    rng = np.random.default_rng(7)
    rows, hard = [], rng.random(6000) < 0.2
    for u in range(6000):
        truth = rng.integers(3)
        for r in range(3):
            heard = rng.integers(3) if rng.random() < (0.9 if hard[u] else 0.1) else truth
            rows.append((f"u{u}", f"r{r}", "abc"[heard]))
    j = Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=list("abc"))
    chance = np.where(hard, 0.9, 0.09)
    drawn = rng.random(6000) < chance
    part = j.select(drawn[j.item])
    whole, plain = alpha(j, rounds=0).value, alpha(part, rounds=0).value
    weighted = alpha(part, weights=1 / chance, rounds=200)
    assert plain < whole - 0.1
    assert abs(weighted.value - whole) < 3 * weighted.se
    assert weighted.low < weighted.value < weighted.high


def test_weights_must_be_above_zero_and_one_an_item():
    j = from_matrix(random_matrix(0))
    for weights in ([1.0] * 3, [0.0] * len(j.items)):
        with pytest.raises(ChoraleError, match="weights above 0"):
            alpha(j, weights=weights)

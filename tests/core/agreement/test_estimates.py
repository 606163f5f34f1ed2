"""Smoothed shares, rater-aware dimension estimates, EmotionLines' rule and rulings."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from annotation import aggregation as agg
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics
from tests.core.agreement.data import random_sets


def single(rows, labels=("a", "b", "c")):
    return Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=labels)


def numeric(block):
    rows = [(f"i{i}", f"r{r}", [x]) for i, line in enumerate(block) for r, x in enumerate(line) if x == x]
    return Judgments.from_ratings(rows, kind=Kind.DIMENSION, labels=["V"])


def test_dirichlet_shares_by_hand():
    j = single([("x", "1", "a"), ("x", "2", "a"), ("x", "3", "b"), ("y", "1", "c")])
    found = agg.dirichlet_smoothed(j, strength=2.0, base="uniform")
    assert found.soft.semantics == Semantics.DISTRIBUTION
    assert found.soft.values[0] == pytest.approx(np.array([2 + 2 / 3, 1 + 2 / 3, 2 / 3]) / 5)
    assert found.soft.values.sum(axis=1) == pytest.approx(1)
    assert found.low[0, 0] == pytest.approx(stats.beta(2 + 2 / 3, 1 + 4 / 3).ppf(0.025))
    assert found.soft.spread[0, 0] == pytest.approx(stats.beta(2 + 2 / 3, 1 + 4 / 3).std())
    toward = agg.dirichlet_smoothed(j, strength=1e9)
    assert toward.soft.values[1] == pytest.approx([2 / 4, 1 / 4, 1 / 4])


def test_dirichlet_of_sets_is_beta_by_label():
    j = random_sets(0)
    found, plain = agg.dirichlet_smoothed(j, strength=1e-7), agg.vote_proportions(j)
    assert found.soft.semantics == Semantics.PROPORTIONS
    assert found.soft.values == pytest.approx(plain.values, abs=1e-5)
    with pytest.raises(ChoraleError):
        agg.dirichlet_smoothed(j, strength=0)


def test_more_votes_narrow_the_bounds():
    few = single([("x", str(k), "a" if k % 2 else "b") for k in range(4)])
    many = single([("x", str(k), "a" if k % 2 else "b") for k in range(40)])
    width = [np.ptp([f.low[0, 0], f.high[0, 0]]) for f in map(agg.dirichlet_smoothed, (few, many))]
    assert width[1] < 0.5 * width[0]


def test_z_scores_remove_offset_and_stretch():
    rng = np.random.default_rng(0)
    truth = rng.normal(5, 1, 40)
    block = np.column_stack([truth, 2 * truth - 4, truth + 1]).astype(np.float32).astype(float)
    found = agg.z_scored(numeric(block))
    assert found.soft.spread == pytest.approx(np.zeros((40, 1)), abs=1e-5)  # all raters say the same, once standardised
    flat = (block - block.mean(axis=0)) / block.std(axis=0)
    expected = block.mean() + block.std() * flat.mean(axis=1)
    assert found.soft.values[:, 0] == pytest.approx(expected, abs=1e-5)
    short = agg.z_scored(numeric(block[:3]), least=5)
    assert short.soft.values[:, 0] == pytest.approx(block[:3].mean(axis=1), abs=1e-6)


def test_evaluator_weights_by_hand():
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 1, 60)
    block = (
        np.column_stack([truth + rng.normal(0, s, 60) for s in (0.2, 0.5, 0.3)] + [-truth])
        .astype(np.float32)
        .astype(float)
    )
    found = agg.evaluator_weighted(numeric(block))
    weights = [max(np.corrcoef(block[:, r], np.delete(block, r, axis=1).mean(axis=1))[0, 1], 0) for r in range(4)]
    assert found.weight[:, 0] == pytest.approx(weights)
    assert found.weight[3, 0] == 0  # answers against the others
    assert found.soft.values[:, 0] == pytest.approx(np.average(block, axis=1, weights=weights), abs=1e-6)


def test_estimators_need_raters():
    j = Judgments.from_ratings([("a", None, [1.0])], kind=Kind.DIMENSION, labels=["V"])
    for estimate in (agg.z_scored, agg.evaluator_weighted):
        with pytest.raises(ChoraleError, match="no rater ids"):
            estimate(j)


def test_emotionlines_rule():
    rows = [("two", str(k), x) for k, x in enumerate("aaabb")]
    rows += [("three", str(k), x) for k, x in enumerate("aaabc")] + [("tie", str(k), x) for k, x in enumerate("aabb")]
    hard = agg.emotionlines_rule(single(rows))
    assert hard.decided.tolist() == [True, False, False]
    assert hard.present[0].tolist() == [True, False, False]


def test_rulings_stand_over_the_aggregate_and_say_what_they_changed():
    before = agg.plurality(single([("x", "1", "a"), ("x", "2", "b"), ("y", "1", "c"), ("z", "1", "a")]))
    found = agg.with_rulings(before, single([("x", "judge", "b"), ("y", "judge", "c"), ("elsewhere", "judge", "a")]))
    assert found.hard.decided.all()
    assert found.hard.present[0].tolist() == [False, True, False]
    assert found.ruled.tolist() == [True, True, False]
    assert found.changed.tolist() == [True, False, False]
    assert not before.decided[0]  # the aggregate itself is untouched
    with pytest.raises(ChoraleError, match="two rulings"):
        agg.with_rulings(before, single([("x", "judge", "b"), ("x", "other", "a")]))
    with pytest.raises(ChoraleError, match="another scheme"):
        agg.with_rulings(before, single([("x", "judge", "q")], labels=("q",)))

"""Designs are balanced; strengths and their reliability come back from answers drawn of known strengths."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import spearmanr

from annotation.comparisons import Rankings, balanced, design_facts, reliability, strengths
from annotation.comparisons.rankings import PRIOR
from annotation.studio.comparing import compared, questions, scheme
from harmonize.problems import ChoraleError


@pytest.mark.parametrize(("items", "size", "per_item"), [(50, 4, 8), (31, 4, 8), (20, 2, 6), (40, 5, 3)])
def test_a_design_shows_each_item_equally_often_and_hardly_any_two_twice(items: int, size: int, per_item: int) -> None:
    design = balanced(items, size=size, per_item=per_item, seed=3)
    facts = design_facts(design, items)
    assert all(len(set(row)) == size for row in design.tolist())
    assert len({tuple(sorted(row)) for row in design.tolist()}) == len(design)
    assert (facts["least"], facts["most"] - per_item) in {(per_item, 0), (per_item, 1)}
    met = items * (items - 1) / 2
    assert facts["again"] <= max(0.02 * met, len(design) * size * (size - 1) / 2 - met)
    assert np.array_equal(design, balanced(items, size=size, per_item=per_item, seed=3))


def test_a_design_that_cannot_be_is_refused() -> None:
    with pytest.raises(ChoraleError, match="tuples of 4"):
        balanced(3, size=4, per_item=2)


def test_two_items_by_hand() -> None:
    """Three wins against one, each side with the prior's wins and losses: the strengths solve the score equation."""
    told = Rankings(np.array([[0, 1]] * 3 + [[1, 0]]), items=2, tied=np.zeros(4, dtype=bool))
    gap = np.diff(strengths(told))[0]

    def slope(w: float) -> float:  # d log posterior / d log w at w_0 = w, w_1 = 1 / w
        return 3 + PRIOR - 4 * w / (w + 1 / w) - 2 * PRIOR * w / (w + 1)

    assert slope(float(np.exp(-gap / 2))) == pytest.approx(0, abs=1e-6)


def test_strengths_are_the_maximum_of_the_likelihood() -> None:
    rng = np.random.default_rng(1)
    order = np.array([rng.permutation(5)[:3] for _ in range(60)])
    told = Rankings(order, items=5, tied=np.zeros(60, dtype=bool))

    def loss(x: np.ndarray) -> float:
        w = np.exp(x)
        sums = np.cumsum(w[order][:, ::-1], axis=1)[:, ::-1]
        said = np.log(w[order][:, :-1]) - np.log(sums[:, :-1])
        prior = PRIOR * (np.log(w / (w + 1)) + np.log(1 / (w + 1)))
        return float(-said.sum() - prior.sum())

    best = minimize(loss, np.zeros(5), tol=1e-12).x
    assert strengths(told) - strengths(told)[0] == pytest.approx(best - best[0], abs=0.02)


def test_a_tie_stands_half_either_way_and_a_stranger_has_no_strength() -> None:
    one = strengths(Rankings(np.array([[0, 1]]), items=3, tied=np.array([True])))
    assert one[:2] == pytest.approx([0, 0])
    assert np.isnan(one[2])


@pytest.mark.parametrize("size", [2, 4])
def test_strengths_and_reliability_come_back(size: int) -> None:
    rng = np.random.default_rng(7)
    true = rng.normal(0, 1.5, 30)
    design = np.repeat(balanced(30, size=size, per_item=10, seed=1), 6, axis=0)
    drawn = true[design] + rng.gumbel(size=design.shape)  # Luce's model: the order of strengths plus Gumbel noise
    order = np.take_along_axis(design, np.argsort(-drawn, axis=1), axis=1)
    told = Rankings(order, items=30, tied=np.zeros(len(order), dtype=bool))
    assert spearmanr(strengths(told), true).statistic > 0.95
    found, noise = (
        reliability(told, rounds=20),
        reliability(Rankings(rng.permuted(design, axis=1), 30, told.tied), rounds=20),
    )
    assert found.value is not None
    assert found.value > 0.85
    assert noise.value is not None
    assert noise.value < 0.4


def test_a_comparison_asks_by_letters_and_reads_its_answers() -> None:
    assert [q.name for q in questions("list", 4, "joy")] == ["first", "second", "third"]
    assert questions("pair", 2, "joy")[0].words == "Which of the two shows more joy?"
    assert [label.name for label in scheme(3).labels] == ["A", "B", "C"]
    assert compared("pair", [5, 8], {"more": 1}).order == (8, 5)
    assert compared("pair", [5, 8], {"more": None}).tied
    assert compared("list", [5, 8, 2], {"first": 2, "second": 0}).order == (2, 5, 8)
    told = compared("best-worst", [5, 8, 2], {"most": 2, "least": 1})
    assert (told.best, told.worst) == (2, 8)
    faults = [compared("best-worst", [5, 8, 2], said).fault for said in ({"most": 1}, {"most": 1, "least": 1})]
    assert faults == ["not answered", "one letter twice"]
    with pytest.raises(ChoraleError, match="3 to 6"):
        questions("best-worst", 2, "joy")

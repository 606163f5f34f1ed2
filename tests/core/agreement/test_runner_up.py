"""The runner-up's votes by chance: every outcome counted, two labels as the binomial, drawn ones as an oracle."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from annotation.aggregation.runner_up import runner_up_tail


def by_enumeration(profile, votes):
    """Every sequence of votes with its chance."""
    tail = np.zeros(votes + 1)
    for said in product(range(len(profile)), repeat=votes):
        second = np.sort(np.bincount(said, minlength=len(profile)))[-2]
        tail[: second + 1] += np.prod([profile[k] for k in said])
    return tail


@pytest.mark.parametrize("profile", [[0.7, 0.2, 0.1], [0.25, 0.25, 0.5], [1.0, 0.0, 0.0], [0.9, 0.05, 0.03, 0.02]])
@pytest.mark.parametrize("votes", [2, 5, 6])
def test_every_outcome_counted(profile, votes):
    assert runner_up_tail(np.array(profile), votes) == pytest.approx(by_enumeration(profile, votes), abs=1e-12)


def test_two_labels_are_binomial():
    tail, chance = runner_up_tail(np.array([0.83, 0.17]), 30), stats.binom(30, 0.17).pmf(np.arange(31))
    seen = np.minimum(np.arange(31), 30 - np.arange(31))
    assert tail == pytest.approx([chance[seen >= r].sum() for r in range(31)], abs=1e-13)


def test_drawn_votes_agree():
    rng, profile = np.random.default_rng(0), np.array([0.6, 0.2, 0.1, 0.05, 0.05])
    second = np.sort(rng.multinomial(25, profile, size=200_000), axis=1)[:, -2]
    seen = [(second >= r).mean() for r in range(26)]
    assert runner_up_tail(profile, 25) == pytest.approx(seen, abs=0.005)


def test_order_of_labels_does_not_matter_and_small_chances_stay_small():
    profile = np.array([0.99, 0.004, 0.003, 0.003])
    assert runner_up_tail(profile, 40) == pytest.approx(runner_up_tail(profile[::-1], 40), rel=1e-9)
    tail = runner_up_tail(profile, 40)
    assert (np.diff(tail) <= 0).all()
    assert 0 < tail[12] < 1e-12

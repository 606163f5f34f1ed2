"""Learned crosswalks recover simulated ones, with intervals that cover as often as they say."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from harmonize import crosswalks, schemes
from harmonize.crosswalks.intervals import block_intervals, bounded_ends
from harmonize.crosswalks.learn import Moments, learn, learn_chunks
from harmonize.crosswalks.simplex import fit_rows, project
from harmonize.problems import ChoraleError
from harmonize.records import Float64

EKMAN, PLUTCHIK = schemes.load("ekman-6"), schemes.load("plutchik-8")

PAGE = Path(__file__).parents[3] / "docs" / "methods-harmonize.md"


def stated_coverage() -> dict[tuple[str, float, int], list[float]]:
    """The table of the methods page: (source label, Dirichlet parameter, votes) to the four coverages."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if "| Dirichlet(" in line:
            kind, weights, votes, *shares = (cell.strip() for cell in line.strip("| ").split("|"))
            spread = float(Fraction(weights.removeprefix("Dirichlet(").removesuffix(")")))
            found[kind, spread, int(votes)] = [float(share.split()[0]) for share in shares]
    return found


STATED = stated_coverage()


def truth(rng: np.random.Generator, spread: float = 2.0) -> Float64:
    return rng.dirichlet(np.full(8, spread), size=6)


def simulated(
    rng: np.random.Generator, weights: Float64, n: int, raters: int, *, hard: bool = False
) -> tuple[Float64, Float64]:
    """Items with a soft (or single) source label, and ``raters`` votes under the target scheme each."""
    x = np.eye(6)[rng.integers(0, 6, n)] if hard else rng.dirichlet(np.full(6, 0.4), size=n)
    chance = x @ weights
    return x, rng.multinomial(raters, chance / chance.sum(axis=1, keepdims=True)) / raters


def test_projection_is_the_nearest_point_on_the_simplex() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(50, 4))
    near = project(rows)
    np.testing.assert_allclose(near.sum(axis=1), 1)
    assert (near >= 0).all()
    others = rng.dirichlet(np.ones(4), size=(200, 50))
    assert (((near - rows) ** 2).sum(axis=1) <= ((others - rows) ** 2).sum(axis=2).min(axis=0) + 1e-12).all()


def test_noiseless_maps_come_back_exactly() -> None:
    rng = np.random.default_rng(1)
    weights = truth(rng)
    weights[0] = np.eye(8)[3]
    x = rng.dirichlet(np.ones(6), size=500)
    found = fit_rows(x.T @ x, x.T @ (x @ weights))
    np.testing.assert_allclose(found, weights, atol=1e-6)


def test_hard_labels_give_the_conditional_shares() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 6, 5000), rng.integers(0, 8, 5000)
    x, y = np.eye(6)[a], np.eye(8)[b]
    found = learn(x, y, EKMAN, PLUTCHIK)
    shares = np.array([[(b[a == s] == t).mean() for t in range(8)] for s in range(6)])
    np.testing.assert_allclose(found.weights, shares, atol=1e-9)


def covered(raters: int, spread: float, *, hard: bool, runs: int, **options: float) -> tuple[Float64, Float64]:
    """Whether each true weight lay inside its interval, and how many votes each expects for or against it, the fewer.

    ``runs`` simulated crosswalks of 48 weights each, every one learned from 3,000 items.
    """
    rng = np.random.default_rng(3)
    hits, votes = [], []
    for _ in range(runs):
        weights = truth(rng, spread)
        x, y = simulated(rng, weights, 3000, raters, hard=hard)
        moments = Moments.empty(6, 8)
        moments.add(x, y)
        low, high = block_intervals(moments.xx, moments.xy, **options)
        hits.append((low <= weights) & (weights <= high))
        votes.append(np.minimum(weights, 1 - weights) * 500 * raters)
    return np.array(hits, dtype=np.float64), np.array(votes)


@pytest.mark.parametrize("hard", [False, True], ids=["soft", "hard"])
@pytest.mark.parametrize("spread", [2.0, 0.5, 0.1], ids=["even", "sparse", "nearly-hard"])
@pytest.mark.parametrize("raters", [1, 5])
def test_intervals_cover_as_stated(raters: int, spread: float, hard: bool) -> None:
    hits, votes = covered(raters, spread, hard=hard, runs=60 if spread >= 0.5 else 300)
    # The standard error of a coverage of .95 is .004 over 2,880 weights, .002 over 14,400 of the nearly hard designs,
    # where every interval that may reach 0 covers more: a wrong interval does not pass by luck.
    often, interior, every = hits[votes >= 5].mean(), hits[votes >= 0.05].mean(), hits.mean()
    assert min(often, interior, every) >= 0.93
    assert max(often, interior, every) <= 0.97
    seldom = hits[votes < 5].mean()
    assert (votes < 5).sum() < 100 or seldom >= 0.93
    stated = STATED["single" if hard else "soft", spread, raters]
    np.testing.assert_allclose([often, seldom, interior, every], stated, atol=0.004)


@pytest.mark.parametrize("true", [0.0, 0.05, 0.5, 1.0, 1.7, 2.0, 5.0])
def test_bounded_ends_cover_every_value_alike(true: float) -> None:
    """What Feldman and Cousins promise: summed over all estimates that a value may give, 95 % of them cover it."""
    estimates = true + np.linspace(-6, 6, 24_001)
    low, high = bounded_ends(estimates, np.ones(len(estimates)), 10**6, 0.95)
    chance = stats.norm.pdf(estimates - true) * 12 / 24_000
    assert chance[(low <= true) & (true <= high)].sum() == pytest.approx(0.95, abs=0.001)
    assert low.min() >= 0
    assert high.min() > 0
    assert min(np.diff(low).min(), np.diff(high).min()) >= 0


def test_the_published_interval_is_the_one_that_was_tried() -> None:
    rng = np.random.default_rng(11)
    x, y = simulated(rng, truth(rng), 3000, 5)
    found, moments = learn(x, y, EKMAN, PLUTCHIK), Moments.empty(6, 8)
    moments.add(x, y)
    np.testing.assert_allclose([found.low, found.high], block_intervals(moments.xx, moments.xy))


def test_the_coverage_test_would_notice_a_wrong_interval() -> None:
    narrow, _ = covered(5, 2.0, hard=False, runs=60, level=0.9)
    assert narrow.mean() < 0.93
    wide, _ = covered(5, 2.0, hard=False, runs=60, level=0.99)
    assert wide.mean() > 0.97
    blind, _ = covered(1, 0.5, hard=True, runs=60, few=0.0)
    assert blind.mean() < 0.93, "the jackknife alone takes a pair never seen for impossible"


def test_what_was_never_seen_together_is_not_impossible() -> None:
    x, y = np.eye(6)[np.arange(600) % 6], np.eye(8)[np.arange(600) % 6]
    found = learn(x, y, EKMAN, PLUTCHIK, blocks=20)
    np.testing.assert_allclose(found.weights, np.eye(6, 8), atol=1e-9)
    assert (found.low[found.weights < 0.5] == 0).all()
    np.testing.assert_allclose(found.high[found.weights < 0.5], stats.beta.ppf(0.95, 0.5, 100.5), rtol=1e-4)
    assert (found.high[found.weights > 0.5] == 1).all()


def test_streams_equal_arrays_and_rare_labels_stay_unknown() -> None:
    rng = np.random.default_rng(4)
    x, y = simulated(rng, truth(rng), 3000, 5)
    x[:, 5] = 0
    x /= x.sum(axis=1, keepdims=True)
    x[7] = np.nan
    whole = learn(x, y, EKMAN, PLUTCHIK)
    parts = learn_chunks(((x[i : i + 1000], y[i : i + 1000]) for i in range(0, 3000, 1000)), EKMAN, PLUTCHIK)
    np.testing.assert_allclose(whole.weights, parts.weights, atol=1e-6)
    assert np.isnan(whole.weights[5]).all()
    assert (whole.n, whole.seen) == (2999, 3000)
    made = whole.crosswalk(data="a simulation")
    assert crosswalks.check(made) == []
    assert crosswalks.sssom.read(crosswalks.sssom.write(made)) == made
    assert made.matrix()[5].sum() == 0


def test_too_few_items_are_refused() -> None:
    with pytest.raises(ChoraleError, match="are needed"):
        learn(np.eye(6), np.eye(8)[:6], EKMAN, PLUTCHIK)

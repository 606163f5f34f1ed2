"""Learned crosswalks recover simulated ones, with intervals that cover as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from harmonize import crosswalks, schemes
from harmonize.crosswalks.learn import learn, learn_chunks
from harmonize.crosswalks.simplex import fit_rows, project
from harmonize.problems import ChoraleError
from harmonize.records import Float64

EKMAN, PLUTCHIK = schemes.load("ekman-6"), schemes.load("plutchik-8")


def truth(rng: np.random.Generator) -> Float64:
    return rng.dirichlet(np.full(8, 2.0), size=6)


def simulated(rng: np.random.Generator, weights: Float64, n: int, raters: int) -> tuple[Float64, Float64]:
    """Items with a soft source label, and ``raters`` votes under the target scheme each."""
    x = rng.dirichlet(np.full(6, 0.4), size=n)
    y = np.stack([rng.multinomial(raters, row / row.sum()) for row in x @ weights]) / raters
    return x, y


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


@pytest.mark.parametrize("raters", [1, 5])
def test_intervals_cover_as_stated(raters: int) -> None:
    rng = np.random.default_rng(3)
    hits = []
    for _ in range(60):
        weights = truth(rng)
        found = learn(*simulated(rng, weights, 3000, raters), EKMAN, PLUTCHIK)
        hits.append((found.low <= weights) & (weights <= found.high))
    assert 0.93 <= np.mean(hits) <= 0.97


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

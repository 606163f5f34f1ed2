"""Fitted Gaussians: bounded, with a reject class and the item's own uncertainty, and their error beside k-means."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from harmonize import schemes
from harmonize.affect import category_points, category_posterior, fit_gaussians
from harmonize.affect.__main__ import measured
from harmonize.affect.gaussians import Gaussians, to_logit
from harmonize.affect.residual import residual, round_trip_values
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Semantics, SoftLabels

VAD = schemes.load("vad-5")
NAMES = ("joy", "fear", "neutral")
CENTRES = np.array([[4.2, 3.6, 3.3], [1.8, 3.9, 2.1], [3.0, 2.2, 3.0]])


def labelled(n: int = 900, seed: int = 0) -> tuple[SoftLabels, SoftLabels, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    v = np.clip(CENTRES[truth] + rng.normal(0, 0.35, (n, 3)), 1, 5)
    items, count = pa.array([str(k) for k in range(n)]), np.full(n, 5, np.int32)
    categories = SoftLabels(Semantics.DISTRIBUTION, items, NAMES, np.eye(3)[truth], count, "votes")
    return categories, SoftLabels(Semantics.DIMENSION, items, VAD.names, v, count, "mean"), truth


def fitted() -> Gaussians:
    categories, values, _ = labelled()
    return fit_gaussians(categories, values, VAD, neutral="neutral")


def means(v: Float64, spread: Float64 | None = None) -> SoftLabels:
    items = pa.array([str(k) for k in range(len(v))])
    return SoftLabels(Semantics.DIMENSION, items, VAD.names, v, np.full(len(v), 4, np.int32), "mean", spread=spread)


def test_points_are_the_means_of_the_items() -> None:
    found = fitted()
    np.testing.assert_allclose(found.points, CENTRES, atol=0.1)
    categories, values, truth = labelled()
    np.testing.assert_allclose(found.points[0], values.values[truth == 0].mean(axis=0))
    back = category_points(categories, found)
    np.testing.assert_allclose(back.values[truth == 1], np.tile(found.points[1], (int((truth == 1).sum()), 1)))


def test_posteriors_find_the_category_and_sum_to_one_with_the_reject_class() -> None:
    _, values, truth = labelled(seed=1)
    posterior = category_posterior(values, fitted())
    assert posterior.unmapped is not None
    np.testing.assert_allclose(posterior.values.sum(axis=1) + posterior.unmapped, 1)
    assert (posterior.values.argmax(axis=1) == truth).mean() > 0.95


def test_what_is_far_from_all_is_rejected() -> None:
    posterior = category_posterior(means(np.array([[1.2, 1.1, 4.9], CENTRES[0]])), fitted())
    assert posterior.unmapped is not None
    assert posterior.unmapped[0] > 0.9
    assert posterior.unmapped[1] < 0.1


def test_priors_count_and_are_named() -> None:
    between = means((CENTRES[[0]] + CENTRES[[2]]) / 2)
    even = category_posterior(between, fitted(), np.ones(3))
    tilted = category_posterior(between, fitted(), np.array([10.0, 1, 1]))
    assert tilted.values[0, 0] > even.values[0, 0]
    assert "prior stated" in tilted.method


def test_an_uncertain_item_is_pulled_to_the_prior() -> None:
    near = CENTRES[[0]] * 0.8 + CENTRES[[2]] * 0.2
    sure = category_posterior(means(near, np.zeros((1, 3))), fitted(), np.ones(3), reject=0.0)
    unsure = category_posterior(means(near, np.full((1, 3), 2.0)), fitted(), np.ones(3), reject=0.0)
    assert sure.values.max() > unsure.values.max()


def test_the_ends_of_the_scale_are_inside() -> None:
    assert np.isfinite(to_logit(np.array([[1.0, 5.0, 3.0]]), VAD)).all()
    posterior = category_posterior(means(np.array([[5.0, 5, 5], [np.nan, 1, 1]])), fitted())
    assert np.isfinite(posterior.values[0]).all()
    assert np.isnan(posterior.values[1]).all()


def test_the_round_trip_is_stated_beside_kmeans_of_as_many_groups() -> None:
    _, values, _ = labelled(seed=2)
    trip = round_trip_values(values, fitted())
    assert trip.groups == 3
    assert 0.8 * trip.kmeans.overall < trip.categories.overall < 1.2 * trip.kmeans.overall
    assert trip.categories.low < trip.categories.overall < trip.categories.high
    assert all(kept is not None and 0 < kept < 1 for kept in trip.categories.kept)


def test_residual_by_definition() -> None:
    found = residual(np.array([[0.0, 0], [2, 2]]), np.array([[1.0, 0], [1, 2]]))
    assert found.rmse == (1.0, 0.0)
    assert found.kept == (0.0, 1.0)
    assert found.kept_overall == 0.5


def test_the_share_kept_has_an_interval_that_covers_what_it_estimates() -> None:
    rng = np.random.default_rng(7)
    held = []
    for seed in range(60):
        truth = rng.normal(0, [1.0, 2.0], (300, 2))
        found = residual(truth, truth + rng.normal(0, 0.5, (300, 2)), rounds=200, seed=seed)
        wanted = np.array([1 - 0.25, 1 - 0.25 / 4, 1 - 0.5 / 5])
        low = np.array([*found.kept_low, found.kept_overall_low], dtype=np.float64)
        high = np.array([*found.kept_high, found.kept_overall_high], dtype=np.float64)
        held.append((low <= wanted) & (wanted <= high))
    assert 0.88 < np.mean(held) <= 0.99


def test_a_dimension_that_does_not_vary_keeps_no_share() -> None:
    found = residual(np.array([[1.0, 0], [1, 2]]), np.array([[1.0, 0], [1, 2]]), rounds=20)
    assert found.kept == (None, 1.0), "undefined is None, never 1 and never 0"
    assert found.kept_low[0] is None


def test_many_items_are_resampled_in_groups_with_like_intervals() -> None:
    rng = np.random.default_rng(8)
    truth = rng.normal(size=(12_000, 2))
    found = residual(truth, truth + rng.normal(0, 0.5, truth.shape), rounds=300)
    expected = 1.96 * np.sqrt(2 / 12_000) * 0.25 * 1.2  # delta method: 1 - a / b with both chi-squared
    (low, high), _ = zip(found.kept_low, found.kept_high, strict=True)
    assert low is not None
    assert high is not None
    assert high - low == pytest.approx(2 * expected, rel=0.4)


def test_misuse() -> None:
    categories, values, _ = labelled()
    with pytest.raises(ChoraleError, match="no category 'calm'"):
        fit_gaussians(categories, values, VAD, neutral="calm")
    with pytest.raises(ChoraleError, match="reject class"):
        category_posterior(values, fit_gaussians(categories, values, VAD, neutral=None), reject=0.0)
    with pytest.raises(ChoraleError, match="one mass"):
        fit_gaussians(replace(categories, semantics=Semantics.PROPORTIONS), values, VAD, neutral="neutral")
    with pytest.raises(ChoraleError, match="same items"):
        fit_gaussians(labelled(10)[0], values, VAD, neutral="neutral")
    flat = replace(values, values=CENTRES[categories.values.argmax(axis=1)])
    with pytest.raises(ChoraleError, match="do not vary"):
        fit_gaussians(categories, flat, VAD, neutral="neutral")
    few = categories.values.copy()
    few[:, 1] = 0
    with pytest.raises(ChoraleError, match="Too few items for fear"):
        fit_gaussians(replace(categories, values=few), values, VAD, neutral="neutral")


EMOBANK = Path(os.environ.get("CHORALE_DATA", Path(__file__).parents[4] / "shared" / "data")) / "emobank"


@pytest.mark.skipif(not EMOBANK.is_dir(), reason="EmoBank is not under CHORALE_DATA")
def test_emobank_through_seven_gaussians_and_back_beside_seven_means() -> None:
    trip = measured(EMOBANK / "reader.csv")
    assert (trip.categories.n, trip.groups) == (10_325, 7)
    assert trip.kmeans.overall == pytest.approx(0.201, abs=0.005)
    assert trip.categories.overall == pytest.approx(0.235, abs=0.005)

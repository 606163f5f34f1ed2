"""Anchoring: the definition, a known effect recovered with honest intervals, and what leaves it unchanged."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.anchoring import anchoring
from annotation.anchoring import pull as pulled
from harmonize.problems import ChoraleError


def world(seed: int, *, pull: float, items: int = 60, raters: int = 8) -> tuple[np.ndarray, ...]:
    """Raters with leanings of their own, items of different ease, and a suggestion that pulls those who see it."""
    random = np.random.default_rng(seed)
    item, rater = (a.ravel().astype(np.int32) for a in np.meshgrid(np.arange(items), np.arange(raters), indexing="ij"))
    ease, lean = random.normal(0, 0.12, items), random.normal(0, 0.1, raters)
    saw = random.random(len(item)) < 0.5
    chance = np.clip(0.45 + ease[item] + lean[rater] + pull * saw, 0.02, 0.98)
    return random.random(len(item)) < chance, saw, item, rater


def test_the_effect_is_the_difference_of_two_shares() -> None:
    agrees, saw, item, rater = world(1, pull=0.2)
    shown = [a for a, s in zip(agrees, saw, strict=True) if s]
    hidden = [a for a, s in zip(agrees, saw, strict=True) if not s]
    effect = anchoring(agrees, saw, item, rater, rounds=64).effect
    assert effect == pytest.approx(sum(shown) / len(shown) - sum(hidden) / len(hidden))


@pytest.mark.parametrize("pull", [0.0, 0.25])
def test_the_interval_holds_the_truth_as_often_as_it_says(pull: float) -> None:
    held = 0
    for seed in range(40):
        result = anchoring(*world(seed, pull=pull), rounds=300, seed=seed)
        assert result.low is not None
        assert result.high is not None
        held += result.low <= pull <= result.high
    assert held >= 35  # 95 % of 40 is 38; the bootstrap is conservative


@pytest.mark.parametrize("towards", [0.0, 0.4])
def test_numbers_are_drawn_to_a_number_by_as_much_as_it_comes_nearer(towards: float) -> None:
    held = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        _, saw, item, rater = world(seed, pull=0)
        far = 2 + random.normal(0, 0.3, 60)[item] + random.normal(0, 0.2, 8)[rater] + random.normal(0, 0.5, len(item))
        found = pulled(far - towards * saw, saw, item, rater, rounds=200, seed=seed)
        assert found.low is not None
        assert found.high is not None
        assert found.hidden == pytest.approx((far - towards * saw)[~saw].mean())
        held += found.low <= towards <= found.high
    assert held >= 17
    alone = pulled(np.ones(4), saw[:4], item[:4], rater[:4])
    assert (alone.effect, bool(alone.reason)) == (None, True)


def test_names_of_items_and_raters_do_not_matter() -> None:
    agrees, saw, item, rater = world(3, pull=0.1)
    order = np.random.default_rng(0).permutation(len(item))
    other = anchoring(agrees[order], saw[order], item[order], 7 - rater[order], rounds=64)
    assert other.effect == pytest.approx(anchoring(agrees, saw, item, rater, rounds=64).effect)


def test_clustered_answers_widen_the_interval() -> None:
    agrees, saw, item, rater = world(5, pull=0.1)
    alone = np.arange(len(item), dtype=np.int32)
    clustered, loose = anchoring(agrees, saw, item, rater), anchoring(agrees, saw, alone, alone)
    assert clustered.high is not None
    assert clustered.low is not None
    assert loose.high is not None
    assert loose.low is not None
    assert anchoring(np.repeat(agrees, 3), np.repeat(saw, 3), np.repeat(item, 3), np.repeat(rater, 3)).effect == (
        pytest.approx(clustered.effect)
    )
    assert clustered.high - clustered.low > 0.9 * (loose.high - loose.low)


def test_no_effect_is_told_where_an_arm_is_too_small() -> None:
    agrees, saw, item, rater = world(2, pull=0.2)
    nobody = anchoring(agrees, np.zeros_like(saw), item, rater)
    assert (nobody.effect, nobody.shown) == (None, None)
    assert nobody.reason
    assert anchoring(agrees, saw, item, np.zeros_like(rater)).effect is None


def test_columns_of_different_length_are_misuse() -> None:
    agrees, saw, item, rater = world(2, pull=0.2)
    with pytest.raises(ChoraleError):
        anchoring(agrees[1:], saw, item, rater)

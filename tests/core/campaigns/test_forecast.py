"""The forecast of an interval's width, against simulation: rate as many items more as it says, and it is as narrow."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.agreement import alpha
from annotation.agreement.forecast import forecast
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind


def rated(items: int, raters: int, seed: int, *, share: float = 2 / 3) -> Judgments:
    """Each rater says the item's own label two times in three, or at another ``share``."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 4, items)
    said = np.where(rng.random((items, raters)) < share, true[:, None], rng.integers(0, 4, (items, raters)))
    rows = [(f"i{i}", f"r{r}", "abcd"[said[i, r]]) for i in range(items) for r in range(raters)]
    return Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=tuple("abcd"))


def half(items: int, seed: int, *, raters: int = 3, share: float = 2 / 3) -> float:
    found = alpha(rated(items, raters, seed, share=share), rounds=400, seed=seed)
    assert found.high is not None
    assert found.low is not None
    return (found.high - found.low) / 2


@pytest.mark.parametrize("wanted", [0.06, 0.04])
def test_rating_as_many_more_as_it_says_makes_the_interval_that_narrow(wanted: float) -> None:
    told = []
    for seed in range(4):
        now = alpha(rated(80, 3, seed), rounds=400, seed=seed)
        assert now.low is not None
        assert now.high is not None
        told.append(forecast(low=now.low, high=now.high, items=80, ratings=240, wanted=wanted).items)
    reached = np.mean([half(80 + int(np.mean(told)), seed) for seed in range(10, 14)])
    assert reached == pytest.approx(wanted, rel=0.15)


def test_by_hand_and_what_the_rest_of_the_items_allow() -> None:
    told = forecast(low=0.5, high=0.7, items=50, ratings=100, wanted=0.05, left=150)
    assert (told.items, told.ratings, told.at_end, told.reachable) == (150, 300, 0.05, True)
    assert forecast(low=0.5, high=0.7, items=50, ratings=100, wanted=0.2).items == 0
    with pytest.raises(ChoraleError, match="no interval"):
        forecast(low=0.5, high=0.5, items=50, ratings=100, wanted=0.05)


@pytest.mark.parametrize("share", [0.0, 2 / 3])
def test_fewer_raters_than_it_says_do_not_suffice(share: float) -> None:
    """Where raters guess (share 0) the error is all theirs, and the bound is met; else more raters are needed."""
    now = np.mean([half(120, seed, share=share) for seed in range(6)])
    told = forecast(low=-now, high=now, items=120, ratings=360, wanted=float(now) / 2)
    assert told.raters == 6  # 6 * 5 >= 3 * 2 * 4
    fewer = np.mean([half(120, seed, raters=told.raters - 1, share=share) for seed in range(20, 26)])
    as_told = np.mean([half(120, seed, raters=told.raters, share=share) for seed in range(30, 36)])
    assert fewer > told.wanted
    assert (as_told < 1.1 * told.wanted) == (share == 0.0)

"""Work time without breaks, check items, and what suggestions do to the time an answer takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from annotation.assistance import Fate, fate, fate_of_field, fate_of_numbers, origin_of, time_saved
from annotation.raters.check_items import agrees
from annotation.raters.work_time import work_time
from harmonize.problems import ChoraleError
from harmonize.records import Kind


def test_a_break_is_not_counted_and_neither_is_a_form_left_open() -> None:
    at = [0.0, 40.0, 100.0, 20_000.0, 20_030.0]
    lead = [35.0, 50.0, np.nan, 19_000.0, 25.0]
    assert work_time(at, lead).tolist() == [35.0, 40.0, 60.0, 300.0, 25.0]
    assert work_time(at[::-1], lead[::-1], pause=45).tolist() == [25.0, 45.0, 45.0, 40.0, 35.0]


def test_without_any_clue_an_answer_counts_as_the_others() -> None:
    assert work_time([5.0], [np.nan]).tolist() == [0.0]
    assert work_time([0.0, 10.0, 40.0], [np.nan] * 3).tolist() == [20.0, 10.0, 30.0]
    with pytest.raises(ChoraleError, match="lead time"):
        work_time([1.0], [1.0, 2.0])


@pytest.mark.parametrize(
    ("kind", "said", "known", "right"),
    [
        (Kind.SINGLE, {3}, {3}, True),
        (Kind.SINGLE, {3}, {4}, False),
        (Kind.SET, set(), set(), True),
        (Kind.SET, {1}, set(), False),
        (Kind.SET, {1, 2}, {1}, True),
        (Kind.INTENSITY, {1, 2, 3}, {1}, False),
        (Kind.SINGLE, None, {3}, False),
    ],
)
def test_what_counts_as_right(kind: Kind, said: set[int] | None, known: set[int], right: bool) -> None:
    assert agrees(kind, said=said, known=known) is right


def test_a_number_is_right_within_a_quarter_of_its_range() -> None:
    ranges = [8.0, 8.0]
    assert agrees(Kind.DIMENSION, said=[5.0, 1.0], known=[7.0, None], ranges=ranges)
    assert not agrees(Kind.DIMENSION, said=[5.0, 1.0], known=[7.5, None], ranges=ranges)
    assert not agrees(Kind.DIMENSION, said=[None, 1.0], known=[7.0, None], ranges=ranges)


def test_the_fate_of_a_suggestion() -> None:
    assert [fate({1, 2}, said) for said in ({1, 2}, {1}, {3}, set(), None)] == [
        "accepted", "edited", "rejected", "rejected", "rejected",
    ]  # fmt: skip
    assert fate(set(), set()) == "accepted"
    assert fate_of_numbers([None, None], [3.0, 4.0]) is None, "nothing was suggested, so nothing was accepted"
    assert [fate_of_numbers([1.0, 2.0], said) for said in ([1.0, 2.0], [1.0, 3.0], [4.0, 4.0])] == [
        "accepted", "edited", "rejected",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("suggested", "said", "became"),
    [
        ({"labels": [1, 2]}, {"labels": [1, 2]}, "accepted"),
        ({"labels": [1]}, {}, "rejected"),
        ({"labels": [1, 2], "strengths": [1.0, 3.0]}, {"labels": [1, 2], "strengths": [1.0, 3.0]}, "accepted"),
        ({"labels": [1, 2], "strengths": [1.0, 3.0]}, {"labels": [1, 2], "strengths": [1.0, 2.0]}, "edited"),
        ({"labels": [1], "strengths": [1.0]}, {"labels": [2], "strengths": [1.0]}, "rejected"),
        ({"labels": [1], "strengths": [1.0]}, {"labels": []}, "rejected"),
        ({"values": [3.0, None]}, {"values": [3.0, 7.0]}, "accepted"),
        ({"values": [0.35, 0.1]}, {"values": [float(np.float32(0.35)), 0.2]}, "edited"),
        ({"values": [3.0, 4.0]}, {}, "rejected"),
        ({"values": [None, None]}, {"values": [3.0, 4.0]}, None),
        ({"labels": []}, {"labels": []}, None),
    ],
)
def test_the_fate_of_a_field_of_each_kind(
    suggested: dict[str, list[Any]], said: dict[str, list[Any]], became: str | None
) -> None:
    assert fate_of_field(suggested, **said) == became


@pytest.mark.parametrize("claimed", ["manual", "prediction", "prediction-changed"])
@pytest.mark.parametrize("became", ["accepted", "edited", "rejected", None])
def test_origin_is_told_by_what_was_said_and_not_by_the_browser(became: Fate | None, claimed: str) -> None:
    told = {"accepted": "prediction", "edited": "prediction-changed", None: "manual"}
    refused = "manual" if claimed == "manual" else "prediction-changed"
    assert origin_of(became, claimed) == told.get(became, refused)


def test_time_saved_comes_back_with_an_interval_that_covers_it() -> None:
    rng = np.random.default_rng(4)
    n = 1200
    item, rater = rng.integers(0, 200, n).astype(np.int32), rng.integers(0, 12, n).astype(np.int32)
    saw = rng.random(n) < 0.5
    seconds = rng.lognormal(3, 0.5, n) * np.where(saw, 0.7, 1.0) * (1 + 0.05 * rater)
    found = time_saved(seconds, saw, item, rater, rounds=200)
    assert found.saved == pytest.approx(0.3, abs=0.08)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.3 < found.high
    assert time_saved(seconds[:4], saw[:4], item[:4], rater[:4]).saved is None
    alone = time_saved(seconds, saw, item, np.zeros_like(rater), rounds=20)
    assert (alone.saved, alone.low) == (None, None), "its rounds leave out the one rater or nobody"
    assert "One rater" in alone.reason

"""Derived columns: undefined where there is nothing to compare, and by a named rule."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from harmonize import schemes
from harmonize.affect import load_norms
from harmonize.affect.derived import inferred_value, perspective_gap, turn_shift
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics, SoftLabels


def vad(items: list[str], values: list[list[float]], semantics: Semantics = Semantics.DIMENSION) -> SoftLabels:
    return SoftLabels(semantics, pa.array(items), ("v", "a"), np.array(values), np.ones(len(items), np.int32), "mean")


def test_a_turn_shifts_from_the_one_before_it_in_its_dialogue() -> None:
    soft = vad(["a", "b", "c", "d"], [[1, 1], [4, 5], [2, 2], [np.nan, 1]])
    found = turn_shift(soft, ["x", "x", "y", "y"], [2, 1, 1, 2])
    assert found.rule == "turn-shift@1"
    np.testing.assert_array_equal(found.values, [[-3, -4], [np.nan] * 2, [np.nan] * 2, [np.nan, -1]])
    np.testing.assert_array_equal(found.size, [5, np.nan, np.nan, np.nan])


def test_the_gap_is_taken_on_items_that_both_have() -> None:
    writer = vad(["a", "b", "c"], [[0.5, 0.5], [1, 0], [1, 0]], Semantics.DISTRIBUTION)
    reader = vad(["c", "a"], [[0, 1], [0.5, 0.5]], Semantics.DISTRIBUTION)
    found = perspective_gap(writer, reader)
    assert found.items.to_pylist() == ["a", "c"]
    np.testing.assert_allclose(found.values, [[0, 0], [-1, 1]])
    np.testing.assert_allclose(found.size, [0, 1])


def test_misuse() -> None:
    soft = vad(["a", "b"], [[1, 1], [2, 2]])
    with pytest.raises(ChoraleError, match="same position"):
        turn_shift(soft, ["x", "x"], [1, 1])
    with pytest.raises(ChoraleError, match="no difference"):
        turn_shift(vad(["a"], [[1, 1]], Semantics.PROPORTIONS), ["x"], [1])
    with pytest.raises(ChoraleError, match="share semantics"):
        perspective_gap(soft, vad(["a"], [[0, 1]], Semantics.DISTRIBUTION))


def test_an_inferred_value_stands_beside_the_rating_with_its_distance() -> None:
    norms = load_norms("russell-mehrabian-1977")
    names = schemes.load("ekman-6").names
    rows = [("a", "r1", "joy"), ("a", "r2", "anger"), ("b", "r1", "fear")]
    j = Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=names)
    found = inferred_value(j)
    assert found.rule == "inferred-value@1 (russell-mehrabian-1977)"
    np.testing.assert_allclose(found.values[0], (np.array(norms.terms["joyful"]) + norms.terms["angry"]) / 2)
    assert np.isnan(found.size).all()
    rated = SoftLabels(
        Semantics.DIMENSION, pa.array(["b"]), found.columns, np.array([[0.0, 0, 0]]), np.ones(1, np.int32), "mean"
    )
    beside = inferred_value(j, norms, rated=rated)
    np.testing.assert_array_equal(beside.values, found.values)
    assert np.isnan(beside.size[0])
    assert beside.size[1] == pytest.approx(np.linalg.norm(norms.terms["fearful"]))
    with pytest.raises(ChoraleError, match="Rescale them first"):
        inferred_value(j, norms, rated=vad(["b"], [[1, 1]]))

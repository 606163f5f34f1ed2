"""Derived columns: undefined where there is nothing to compare, and by a named rule."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from harmonize.affect.derived import perspective_gap, turn_shift
from harmonize.problems import ChoraleError
from harmonize.records import Semantics, SoftLabels


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

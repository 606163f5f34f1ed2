"""Points by word norms: means only, with the mass that has no norm stated."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from harmonize import affect, schemes
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics, SoftLabels

EKMAN = schemes.load("ekman-6-neutral").names


def distribution(*rows: list[float]) -> SoftLabels:
    items = pa.array([str(k) for k in range(len(rows))])
    return SoftLabels(Semantics.DISTRIBUTION, items, EKMAN, np.array(rows), np.ones(len(rows), np.int32), "votes")


def test_points_are_the_expected_norms() -> None:
    half = [0.5, 0, 0, 0.5, 0, 0, 0]
    points = affect.vad_points(distribution(half, [0, 0, 0.4, 0, 0, 0, 0.6], [0, 0, 0, 0, 0, 0, 1]))
    assert points.semantics == Semantics.DIMENSION
    assert points.labels == ("valence", "arousal", "dominance")
    np.testing.assert_allclose(points.values[0], [(0.76 - 0.51) / 2, (0.48 + 0.59) / 2, (0.35 + 0.25) / 2])
    np.testing.assert_allclose(points.values[1], [-0.64, 0.6, -0.43])
    assert np.isnan(points.values[2]).all()
    np.testing.assert_allclose(points.unmapped, [0, 0.6, 1])


def test_neutral_at_the_midpoint_is_a_choice() -> None:
    points = affect.vad_points(distribution([0, 0, 0, 0, 0, 0, 1.0]), neutral_at_midpoint=True)
    np.testing.assert_allclose(points.values, [[0, 0, 0]])
    np.testing.assert_allclose(points.unmapped, [0])


def test_judgments_give_spread_over_raters() -> None:
    j = Judgments.from_ratings(
        [("a", "1", ["anger"]), ("a", "2", ["joy"]), ("a", "3", ["neutral"])], kind=Kind.SET, labels=EKMAN
    )
    points = affect.vad_points(j)
    assert points.n.tolist() == [2]
    assert points.spread is not None
    assert points.spread[0, 0] == pytest.approx((0.76 + 0.51) / 2)
    assert points.unmapped is not None
    assert points.unmapped[0] == pytest.approx(1 / 3)


def test_proportions_and_unknown_labels_are_refused() -> None:
    s = distribution([1.0, 0, 0, 0, 0, 0, 0])
    with pytest.raises(ChoraleError, match="share one mass"):
        affect.vad_points(SoftLabels(Semantics.PROPORTIONS, s.items, s.labels, s.values, s.n, "votes"))
    with pytest.raises(ChoraleError, match="states no words"):
        affect.vad_points(SoftLabels(s.semantics, s.items, tuple("abcdefg"), s.values, s.n, "votes"))


def test_every_table_of_norms_has_points_for_its_schemes() -> None:
    for norms in affect.shipped_norms():
        for scheme in norms.labels:
            points = norms.points(scheme)
            assert np.isfinite(points).any()
            assert np.nanmax(np.abs(points)) <= 1


def test_norms_say_what_is_unverified() -> None:
    norms = affect.load_norms("russell-mehrabian-1977")
    assert norms.status == "unverified"
    assert "not seen" in norms.note
    assert norms.terms["fearful"] == (-0.64, 0.6, -0.43)

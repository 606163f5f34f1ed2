"""Tiers, links, penalties and binned views."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from harmonize import crosswalks, schemes
from harmonize.affect.bins import (
    FOLDER,
    BinnedView,
    Bins,
    bin_judgments,
    bin_means,
    load_bins,
    read_bins,
    shipped_bins,
    thirds,
)
from harmonize.crosswalks import map_judgments, map_soft
from harmonize.crosswalks.tiers import roll_down, roll_up
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics, SoftLabels
from harmonize.schemes.graph import children, depth, linked, terms, tier
from harmonize.schemes.penalty import penalties

TREE = schemes.load("parrott-tree")


def one_hot(name: str) -> SoftLabels:
    row = np.zeros((1, len(TREE.names)))
    row[0, TREE.code(name)] = 1
    return SoftLabels(Semantics.DISTRIBUTION, pa.array(["a"]), TREE.names, row, np.ones(1, np.int32), "votes")


def test_the_tree_has_three_tiers() -> None:
    assert tier(TREE, 0) == ("love", "joy", "surprise", "anger", "sadness", "fear")
    assert {depth(TREE, name) for name in TREE.names} == {0, 1, 2}
    assert "joy/zest" in children(TREE, "joy")


def test_rolling_up_moves_all_mass_to_the_ancestor_and_is_lossless_for_it() -> None:
    up = map_soft(one_hot("joy/zest/thrill"), roll_up(TREE, 0))
    assert up.values[0, TREE.code("joy")] == 1
    middle = map_soft(one_hot("joy/zest/thrill"), roll_up(TREE, 1))
    assert middle.values[0, TREE.code("joy/zest")] == 1
    assert crosswalks.check(roll_up(TREE, 1)) == []


def test_rolling_down_and_up_again_is_the_identity_on_the_top_tier() -> None:
    down = map_soft(one_hot("fear"), roll_down(TREE, 2))
    assert (down.values[0] > 0).sum() == 15
    again = map_soft(down, roll_up(TREE, 0))
    assert again.values[0, TREE.code("fear")] == pytest.approx(1)
    weighted = map_soft(one_hot("fear"), roll_down(TREE, 2, {"fear/horror/panic": 3, "fear/nervousness/worry": 1}))
    assert weighted.values[0, TREE.code("fear/horror/panic")] == pytest.approx(0.75)


def test_there_is_no_fourth_tier() -> None:
    with pytest.raises(ChoraleError, match="no tier 3"):
        roll_up(TREE, 3)


def test_dyads_are_composed_of_two_and_mark_both() -> None:
    dyads = schemes.load("plutchik-dyads")
    assert linked(dyads, "love", "composed-of") == ("joy", "trust")
    assert linked(dyads, "joy", "opposite") == ("sadness",)
    j = Judgments.from_ratings(
        [("a", "1", ["awe"] if "awe" in dyads.names else ["alarm"])], kind=Kind.SET, labels=dyads.names
    )
    mapped = map_judgments(j, crosswalks.load("plutchik-dyads--plutchik-8"))
    assert {mapped.labels[k] for k in mapped.label} == {"fear", "surprise"}


def test_penalties_on_the_wheel() -> None:
    wheel = schemes.load("plutchik-8")
    cost = penalties(wheel)
    np.testing.assert_allclose(cost, cost.T)
    assert cost[wheel.code("joy"), wheel.code("sadness")] == pytest.approx(1)
    assert cost[wheel.code("joy"), wheel.code("trust")] == pytest.approx((1 - np.sqrt(0.5)) / 2)
    neutral = penalties(schemes.load("ekman-6-neutral"))
    assert neutral[6, :6].tolist() == [1] * 6
    assert neutral[0, 1] == 0


def test_terms_leave_ambiguous_words_out() -> None:
    words = terms(TREE)
    assert words["thrill"] == "joy/zest/thrill"
    assert "joy" not in words, "joy stands on two tiers"


def test_bins_are_taken_before_aggregating() -> None:
    scheme = schemes.load("vad-9")
    rows = [("a", "1", [1, 5, 9]), ("a", "2", [9, 5, 1]), ("a", "3", [np.nan, 5, 5])]
    j = Judgments.from_ratings(rows, kind=Kind.DIMENSION, labels=scheme.names)
    binned = bin_judgments(j, thirds(scheme, "valence"))
    assert [binned.labels[k] for k in binned.label] == ["low", "high"]
    s = SoftLabels(
        Semantics.DIMENSION,
        pa.array(["a", "b"]),
        scheme.names,
        np.array([[5, 5, 5], [np.nan] * 3]),
        np.array([2, 0], np.int32),
        "mean",
    )
    assert bin_means(s, thirds(scheme, "valence")).tolist() == [1, -1]


@pytest.mark.parametrize("view", shipped_bins(), ids=lambda view: view.ref)
def test_shipped_views_cover_every_dimension_and_say_that_they_are_conventions(view: BinnedView) -> None:
    scheme = schemes.load(view.scheme)
    assert [bins.dimension for bins in view.bins] == list(scheme.names)
    assert "convention" in view.note
    if view.id.endswith("thirds"):
        for name in scheme.names:
            np.testing.assert_allclose(view.of(name).edges, thirds(scheme, name).edges, atol=1e-6)
    middle = [(d.low + d.high) / 2 for d in scheme.dimensions]
    rows = [("a", "1", [d.low for d in scheme.dimensions]), ("a", "2", middle)]
    j = Judgments.from_ratings(rows, kind=Kind.DIMENSION, labels=scheme.names)
    binned = bin_judgments(j, view.of("valence"))
    assert [name for name, marked in zip(binned.labels, binned.marks()[0], strict=True) if marked] == ["unpleasant"]
    assert load_bins(view.id) is view


def test_unknown_views_and_edges_off_the_range(tmp_path: Path) -> None:
    with pytest.raises(ChoraleError, match="no view 'x'"):
        load_bins("x")
    with pytest.raises(ChoraleError, match="no ranges of 'joy'"):
        load_bins("vad-9-thirds").of("joy")
    text = (FOLDER / "vad-5-halves@1.0.0.toml").read_text(encoding="utf-8").replace("[3.0]", "[7.0]")
    (tmp_path / "off.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ChoraleError, match="off its range"):
        read_bins(tmp_path / "off.toml")


def test_an_edge_goes_up_and_edges_must_rise() -> None:
    scheme = schemes.load("vad-5")
    bins = Bins(scheme.ref, "valence", (2.5, 3.5), ("negative", "neutral", "positive"))
    j = Judgments.from_ratings([("a", "1", [3.5, 1, 1])], kind=Kind.DIMENSION, labels=scheme.names)
    assert bin_judgments(j, bins).label.tolist() == [2]
    with pytest.raises(ChoraleError, match="edges must rise"):
        Bins(scheme.ref, "valence", (3.5, 2.5), ("a", "b", "c"))

"""Taxonomies of any depth, with several parents or one, roll labels up and down; wheels and penalties have geometry."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonize import affect, crosswalks, schemes
from harmonize.crosswalks import map_judgments, map_soft
from harmonize.crosswalks.compose import compose
from harmonize.crosswalks.tiers import roll_down, roll_up
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics, SoftLabels
from harmonize.schemes import (
    Label,
    Link,
    Penalty,
    Scheme,
    answer_costs,
    co_occurrence,
    lineage,
    linking,
    positions,
    relations,
)
from harmonize.schemes.graph import children, depth, linked, parents, tier, words
from harmonize.schemes.penalty import penalties
from harmonize.schemes.wheel import across, separation

RELAXED = settings(deadline=None, max_examples=40)
WHEEL = schemes.load("plutchik-8")


def made(above: dict[str, str | None], links: tuple[Link, ...] = ()) -> Scheme:
    labels = tuple(Label(k, name, name, parent=parent) for k, (name, parent) in enumerate(above.items()))
    return Scheme("t", "1", "T", Kind.SET, labels, links=links)


@st.composite
def trees(draw: st.DrawFn) -> Scheme:
    """A tree of up to 7 tiers; every label but the first two hangs on an earlier one, or on none."""
    size = draw(st.integers(3, 14))
    above: dict[str, str | None] = {"n0": None, "n1": "n0"}
    for k in range(2, size):
        above[f"n{k}"] = draw(st.one_of(st.none(), st.integers(max(0, k - 3), k - 1).map("n{}".format)))
    return made(above)


def everything(scheme: Scheme) -> SoftLabels:
    """One item a label, wholly that label."""
    eye, items = np.eye(len(scheme.names)), pa.array(scheme.names)
    return SoftLabels(Semantics.DISTRIBUTION, items, scheme.names, eye, np.ones(len(eye), np.int32), "one")


@RELAXED
@given(trees(), st.data())
def test_rolling_up_in_steps_is_rolling_up_at_once(scheme: Scheme, data: st.DataObject) -> None:
    assert schemes.check(scheme) == []
    deepest = max(depth(scheme, name) for name in scheme.names)
    low = data.draw(st.integers(0, deepest))
    high = data.draw(st.integers(0, low))
    both = compose(roll_up(scheme, low), roll_up(scheme, high))
    np.testing.assert_allclose(both.matrix(), roll_up(scheme, high).matrix())
    np.testing.assert_allclose(roll_up(scheme, high).matrix().sum(axis=1), 1)


@RELAXED
@given(trees(), st.data())
def test_down_and_up_again_is_the_identity_on_a_tier(scheme: Scheme, data: st.DataObject) -> None:
    deepest = max(depth(scheme, name) for name in scheme.names)
    level = data.draw(st.integers(0, deepest))
    base = {name: data.draw(st.integers(0, 5)) + 0.5 for name in scheme.names}
    there = map_soft(everything(scheme), roll_down(scheme, deepest, base))
    back = map_soft(there, roll_up(scheme, level))
    for name in tier(scheme, level):
        assert back.values[scheme.code(name), scheme.code(name)] == pytest.approx(1)


def test_six_tiers_roll_to_any_of_them() -> None:
    chain = made({"a": None, "b": "a", "c": "b", "d": "c", "e": "d", "f": "e", "x": "a"})
    assert [depth(chain, name) for name in chain.names] == [0, 1, 2, 3, 4, 5, 1]
    for level, name in enumerate("abcdef"):
        assert lineage(chain, "f", level) == {name: 1.0}
    with pytest.raises(ChoraleError, match="no tier 6"):
        roll_up(chain, 6)


def test_tiers_of_shipped_schemes_load_like_any_crosswalk() -> None:
    up = crosswalks.load("parrott-tree--tier-1@1.0.0")
    assert up.ref == "parrott-tree--tier-1@1.0.0"
    assert crosswalks.check(up) == []
    np.testing.assert_array_equal(up.matrix(), roll_up(schemes.load("parrott-tree"), 1).matrix())
    assert crosswalks.load("plutchik-24--down-to-tier-1").matrix()[0].max() == 0.5
    with pytest.raises(ChoraleError, match="no tier 9"):
        crosswalks.load("parrott-tree--tier-9")
    with pytest.raises(ChoraleError, match="no crosswalk"):
        crosswalks.load("nothing--tier-1")


def test_a_label_with_two_parents_gives_each_its_share_and_marks_both() -> None:
    links = (Link("awe", "broader", "surprise"), Link("dread", "broader", "surprise", weight=0.25))
    scheme = made({"fear": None, "surprise": None, "awe": "fear", "dread": "fear", "joy": None}, links)
    assert schemes.check(scheme) == []
    assert parents(scheme, "awe") == {"fear": 0.5, "surprise": 0.5}
    assert lineage(scheme, "dread", 0) == {"fear": 0.75, "surprise": 0.25}
    assert children(scheme, "surprise") == ("awe", "dread")
    up = roll_up(scheme)
    assert crosswalks.check(up) == []
    mapped = map_soft(everything(scheme), up)
    np.testing.assert_allclose(mapped.values[scheme.code("dread"), :2], [0.75, 0.25])
    j = Judgments.from_ratings([("i", "r", ["awe"])], kind=Kind.SET, labels=scheme.names)
    marks = map_judgments(j, up).marks()[0]
    assert [scheme.names[k] for k in np.flatnonzero(marks)] == ["fear", "surprise"]


@pytest.mark.parametrize(
    ("links", "code"),
    [
        ((Link("d", "broader", "x"),), "scheme-tier"),
        ((Link("c", "broader", "x", weight=2.0),), "scheme-tier"),
        ((Link("a", "broader", "c"),), "scheme-cycle"),
    ],
)
def test_faulty_parents_are_found(links: tuple[Link, ...], code: str) -> None:
    scheme = made({"a": None, "b": "a", "c": "b", "d": "c", "x": "a"}, links)
    assert {problem.code for problem in schemes.check(scheme)} == {code}


def test_links_are_read_from_both_ends() -> None:
    dyads = schemes.load("plutchik-dyads")
    assert set(linking(dyads, "fear", "composed-of")) >= {"alarm", "submission", "anxiety"}
    assert linking(dyads, "love", "composed-of") == ()
    steps = schemes.load("plutchik-24")
    assert linked(steps, "rage", "stronger-than") == ("anger",)
    one_sided = made({"a": None, "b": None}, (Link("a", "opposite", "b"),))
    assert linked(one_sided, "b", "opposite") == ("a",)
    assert words(dyads)["alarm"] == ("alarm", "awe")


def test_the_wheel_has_its_geometry() -> None:
    points = positions(WHEEL)
    np.testing.assert_allclose(points[WHEEL.code("joy")], [0, 1], atol=1e-12)
    np.testing.assert_allclose(points[WHEEL.code("fear")], [1, 0], atol=1e-12)
    for label in WHEEL.labels:
        assert across(WHEEL, label.id) == (label.opposite,)
        np.testing.assert_allclose(points[label.code], -points[WHEEL.code(str(label.opposite))], atol=1e-12)
    assert separation(WHEEL)[WHEEL.code("joy"), WHEEL.code("anticipation")] == pytest.approx(45)
    steps = schemes.load("plutchik-24")
    reach = np.linalg.norm(positions(steps), axis=1)
    assert reach[steps.code("rage")] > reach[steps.code("anger")] > reach[steps.code("annoyance")]
    with pytest.raises(ChoraleError, match="gives no label an angle"):
        positions(schemes.load("ekman-6"))


def test_a_stated_penalty_counts_before_the_geometry() -> None:
    stated = (Penalty("joy", "trust", 0.9, "me"),)
    scheme = Scheme("w", "1", "W", Kind.SET, WHEEL.labels, penalties=stated)
    cost = penalties(scheme)
    assert cost[scheme.code("trust"), scheme.code("joy")] == 0.9
    np.testing.assert_array_equal(cost, cost.T)
    assert not np.diag(cost).any()


def test_co_occurrence_by_definition() -> None:
    answers = [["a", "b"]] * 30 + [["a"]] * 20 + [["b"]] * 20 + [["c"]] * 29 + [[]] * 9 + [["c", "a"]]
    rows = [(str(k), "r", marks) for k, marks in enumerate(answers)]
    found = co_occurrence(Judgments.from_ratings(rows, kind=Kind.SET, labels=["a", "b", "c"]))
    assert found.n == 100
    assert found.together[0].tolist() == [51, 30, 1]
    assert found.expected[0, 2] == pytest.approx(51 * 30 / 100)
    assert found.penalty[0, 1] == 0, "a and b stand together more often than by chance"
    assert found.penalty[0, 2] == pytest.approx(1 - 1 / 15.3)
    assert found.penalty[1, 2] == 1
    assert found.low[1, 2] < 1 <= found.high[1, 2]
    assert np.isnan(np.diag(found.penalty)).all()


def test_too_little_to_expect_is_unknown_and_not_a_penalty() -> None:
    rows = [(str(k), "r", {"a": 2.0, "b": 0.0}) for k in range(30)] + [("z", "r", {"b": 1.0})]
    found = co_occurrence(Judgments.from_ratings(rows, kind=Kind.INTENSITY, labels=["a", "b"]))
    assert found.together.tolist() == [[30, 0], [0, 1]], "a strength of 0 is no mark"
    assert np.isnan(found.penalty).all()


def test_everything_a_scheme_says_of_its_labels_is_plain_json() -> None:
    for scheme in schemes.shipped():
        told = json.loads(json.dumps(relations(scheme), allow_nan=False))
        if not scheme.labels:
            assert told == {}
            continue
        assert len(told["penalties"]) == len(told["labels"]) == len(scheme.labels)
        assert set(told["lexicon"].values()) <= set(scheme.names)
    dyads = relations(schemes.load("plutchik-dyads"))
    assert ["love", "composed-of", "joy"] in dyads["links"]
    assert dyads["positions"][8] is None, "dyads lie off the wheel"
    assert relations(schemes.load("parrott-tree"))["parents"]["joy/zest/thrill"] == {"joy/zest": 1.0}
    assert [norms.id for norms in affect.norms_of(WHEEL)] == ["russell-mehrabian-1977"]
    assert affect.norms_of(schemes.load("isear-7")) == ()


def test_costs_of_answers() -> None:
    said = [["joy", "sadness"], ["joy"], [], ["joy", "trust", "sadness"]]
    rows = [(str(k), "r", marks) for k, marks in enumerate(said)]
    j = Judgments.from_ratings(rows, kind=Kind.SET, labels=WHEEL.names)
    near, far = (1 - np.sqrt(0.5)) / 2, (1 + np.sqrt(0.5)) / 2
    np.testing.assert_allclose(answer_costs(j, penalties(WHEEL)), [1, 0, 0, (1 + near + far) / 3])
    unknown = np.full((8, 8), np.nan)
    np.testing.assert_array_equal(answer_costs(j, unknown), [np.nan, 0, 0, np.nan])

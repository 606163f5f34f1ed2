"""The named aggregations side by side, and one verdict an item for every kind."""

from __future__ import annotations

import numpy as np
import pytest

from annotation import aggregation
from annotation.aggregation import WAYS, Verdict, item_splits, way, ways_of
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics
from tests.core.agreement.data import random_sets

LABELS = ["a", "b", "c"]


def judged(kind: Kind, *, known: bool = True, items: int = 30, raters: int = 5, seed: int = 0) -> Judgments:
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(items):
        truth = rng.integers(3)
        for r in range(raters):
            heard = LABELS[truth if rng.random() < 0.7 else rng.integers(3)]
            answer = {
                Kind.SINGLE: heard,
                Kind.SET: [heard] if rng.random() < 0.9 else [],
                Kind.INTENSITY: {heard: float(rng.integers(1, 4))},
                Kind.DIMENSION: np.clip(np.round(rng.normal(truth + 2, 1, 3)), 1, 5),
            }[kind]
            rows.append((f"u{i:02d}", f"r{r}" if known else None, answer))
    return Judgments.from_ratings(rows, kind=kind, labels=LABELS)


CASES = [(kind, each) for kind, ways in WAYS.items() for each in ways]


@pytest.mark.parametrize(("kind", "each"), CASES, ids=[f"{kind}-{each.name}" for kind, each in CASES])
def test_every_way_gives_labels_that_mean_what_they_say(kind, each):
    j = judged(kind)
    made = each.make(j)
    soft = made.soft
    told = soft.values[~np.isnan(soft.values).all(axis=1)]
    assert len(told)
    if soft.semantics in (Semantics.DISTRIBUTION, Semantics.POSTERIOR) and kind == Kind.SINGLE:
        assert told.sum(axis=1) == pytest.approx(1)
    if soft.semantics == Semantics.PROPORTIONS:
        assert ((told >= 0) & (told <= 1)).all()
    assert (made.low is None) == (made.high is None)
    if made.low is not None and made.high is not None:
        assert ((made.low <= soft.values + 1e-12) & (soft.values <= made.high + 1e-12)).all()
    if each.raters:
        assert made.by_rater is not None
        assert made.by_rater.shape == (len(j.raters),)
        assert made.rater_figure


@pytest.mark.parametrize(("kind", "each"), CASES, ids=[f"{kind}-{each.name}" for kind, each in CASES])
def test_by_item_ways_are_the_same_in_any_company(kind, each):
    """Votes of other items change nothing where a way says that it needs an item's own judgments alone."""
    j = judged(kind, items=12)
    whole, part = each.make(j).soft, each.make(j.select(j.item < 6)).soft
    names = part.items.to_pylist()
    same = [whole.items.to_pylist().index(name) for name in names if name in {f"u{i:02d}" for i in range(6)}]
    mine = [k for k, name in enumerate(names) if name in {f"u{i:02d}" for i in range(6)}]
    alike = np.allclose(whole.values[same], part.values[mine], equal_nan=True)
    assert alike or not each.by_item


@pytest.mark.parametrize(("kind", "each"), CASES, ids=[f"{kind}-{each.name}" for kind, each in CASES])
def test_ways_that_need_raters_refuse_without(kind, each):
    j = judged(kind, known=False)
    if each.raters:
        with pytest.raises(ChoraleError, match="rater ids"):
            each.make(j)
    else:
        assert len(each.make(j).soft)


def test_named_ways_and_strange_ones():
    assert [w.name for w in ways_of(Kind.SINGLE)] == ["votes", "dirichlet", "plurality", "dawid-skene"]
    assert [w.name for w in ways_of(Kind.SET, ["glad", "votes", "median"])] == ["votes", "glad"]
    assert ways_of(Kind.SET, "all") == WAYS[Kind.SET]
    with pytest.raises(ChoraleError, match="no aggregation guess"):
        ways_of(Kind.SET, ["guess"])
    with pytest.raises(ChoraleError, match="have no aggregation median"):
        way(Kind.SINGLE, "median")


def test_all_inclusive_counts_marks_and_drops_no_item():
    said = [("u", "r1", ["a", "b"]), ("u", "r2", ["a"]), ("u", "r3", []), ("v", "r1", ["c"])]
    soft = aggregation.all_inclusive(Judgments.from_ratings(said, kind=Kind.SET, labels=LABELS))
    assert soft.values.tolist() == [pytest.approx([2 / 3, 1 / 3, 0]), [0, 0, 1]]
    assert soft.n.tolist() == [3, 1]
    single = judged(Kind.SINGLE)
    assert aggregation.all_inclusive(single).values == pytest.approx(aggregation.vote_distribution(single).values)


def test_one_verdict_an_item_is_that_of_its_clearest_label():
    rows = []
    rng = np.random.default_rng(3)
    for i in range(60):
        for r in range(20):
            marks = ["a"] if (r % 2 if i == 0 else rng.random() < 0.95) else []
            rows.append((f"u{i:02d}", f"r{r}", marks))
    j = Judgments.from_ratings(rows, kind=Kind.SET, labels=["a", "b"])
    found = item_splits(j)
    assert found.verdict[0] == Verdict.SPLIT
    assert found.about[0] == "a"
    assert found.counts()["people split"] <= 3
    assert sum(found.counts().values()) == 60
    single = judged(Kind.SINGLE, raters=12)
    assert item_splits(single).verdict == aggregation.splits(single).verdict


def test_verdicts_of_few_votes_and_of_beliefs():
    assert set(item_splits(judged(Kind.SET)).verdict) == {Verdict.UNDECIDABLE}
    assert item_splits(judged(Kind.SET)).about == ("",) * 30
    found = item_splits(judged(Kind.DIMENSION, raters=9), scale=[(1.0, 4.0)] * 3)
    assert found.settings["scale"][0] == {"step": 1.0, "apart": 2.0}
    with pytest.raises(ChoraleError, match="step and range"):
        item_splits(judged(Kind.DIMENSION))
    belief = Judgments.from_ratings([("u", "m", [0.5, 0.5, 0.0])], kind=Kind.PROBABILITY, labels=LABELS)
    with pytest.raises(ChoraleError, match="no vote"):
        item_splits(belief)


def test_ruled_values_stand_over_the_mean():
    j = judged(Kind.DIMENSION, items=3)
    before = aggregation.dimension_mean(j)
    ruling = Judgments.from_ratings([("u01", "judge", [1, np.nan, 5])], kind=Kind.DIMENSION, labels=LABELS)
    after, ruled = aggregation.with_ruled_values(before, ruling)
    assert ruled.tolist() == [False, True, False]
    assert after.values[1].tolist() == [1, before.values[1, 1], 5]
    assert after.values[0] == pytest.approx(before.values[0])
    with pytest.raises(ChoraleError, match="another scheme"):
        aggregation.with_ruled_values(before, random_sets(0))

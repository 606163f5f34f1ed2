"""Raters: figures by hand, patterns planted and found, honest raters left alone, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from annotation import raters as rt
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import from_matrix, random_matrix, random_sets

LEVELS = ["1", "2", "3", "4"]


def crowd(seed=0, raters=6, items=120, keep=0.75):
    """Honest raters: the truth with a chance, else any label. Answers [R, I]."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, items)
    return np.where(rng.random((raters, items)) < keep, truth, rng.integers(0, 4, (raters, items)))


def judged(answers):
    return from_matrix((answers + 1).tolist(), labels=LEVELS)


def position(j):
    """The order in which each rater judged: by item number."""
    return np.array([int(name[1:]) for name in j.items.to_pylist()])[j.item]


def test_agreement_with_others_by_hand():
    matrix = random_matrix(2, units=10)
    j = from_matrix(matrix, labels=LEVELS)
    for figure in rt.agreement_with_others(j):
        r = int(figure.rater[1:])
        shares = []
        for column in zip(*matrix, strict=True):
            rest = [x for k, x in enumerate(column) if k != r and x is not None]
            if column[r] is not None and rest:
                shares.append(rest.count(column[r]) / len(rest))
        assert figure.value == pytest.approx(np.mean(shares))
        assert figure.items == len(shares)
        assert figure.low <= figure.value <= figure.high


def test_chance_is_told_beside_agreement():
    answers = crowd(keep=0.0)
    for figure in rt.agreement_with_others(judged(answers)):
        assert figure.value == pytest.approx(figure.expected, abs=0.06)
    sets = rt.agreement_with_others(random_sets(1, units=30))
    assert all(0 <= figure.value <= 1 and figure.expected < figure.value for figure in sets)


def test_gold_accuracy():
    j = judged(crowd())
    gold = Judgments.from_ratings([(f"u{i}", "gold", "1") for i in range(40)], kind=Kind.SINGLE, labels=LEVELS)
    answers = crowd()
    for figure in rt.gold_accuracy(j, gold):
        assert figure.value == pytest.approx((answers[int(figure.rater[1:]), :40] == 0).mean())
        assert figure.low < figure.value < figure.high
        assert figure.items == 40
    rows = [("u1", "a", "1"), ("u1", "b", "2")]
    twice = Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=LEVELS)
    with pytest.raises(ChoraleError, match="two gold"):
        rt.gold_accuracy(j, twice)


def test_confusion_by_pairs():
    matrix = random_matrix(4)
    table, expected = rt.confusion(from_matrix(matrix, labels=LEVELS)), np.zeros((4, 4))
    for column in zip(*matrix, strict=True):
        given = [x - 1 for x in column if x is not None]
        for a, x in enumerate(given):
            for b, y in enumerate(given):
                if a != b:
                    expected[x, y] += 1 / (len(given) - 1)
    assert table == pytest.approx(expected)


def test_confusion_of_one_rater_by_hand():
    matrix = random_matrix(6, units=15)
    expected = np.zeros((4, 4))
    for column in zip(*matrix, strict=True):
        rest = [x - 1 for x in column[1:] if x is not None]
        if column[0] is not None and rest:
            tops = [x for x in set(rest) if rest.count(x) == max(map(rest.count, rest))]
            for x in tops:
                expected[x, column[0] - 1] += 1 / len(tops)
    j = from_matrix(matrix, labels=LEVELS)
    assert rt.rater_confusion(j, "o0") == pytest.approx(expected)
    with pytest.raises(ChoraleError, match="judged nothing"):
        rt.rater_confusion(j, "nobody")


def test_cooccurrence():
    rows = [("a", "x", ["p", "q"]), ("a", "y", ["p"]), ("b", "x", ["q"])]
    table = rt.cooccurrence(Judgments.from_ratings(rows, kind=Kind.SET, labels=["p", "q"]))
    assert table.tolist() == [[2, 1], [1, 2]]


def test_preference_finds_who_overuses_a_label():
    answers = crowd(3)
    rng = np.random.default_rng(0)
    answers[2] = np.where(rng.random(120) < 0.5, 3, answers[2])
    found = rt.preference(judged(answers))
    assert found.own[2, 3] == pytest.approx((answers[2] == 3).mean())
    assert found.others[2, 3] == pytest.approx((np.delete(answers, 2, axis=0) == 3).mean())
    assert found.z[2, 3] > 4
    assert np.abs(np.delete(found.z, 2, axis=0)).max() < 4


@pytest.mark.parametrize("seed", range(3))
def test_sparse_sums_are_the_definition(seed):
    j = random_sets(seed, units=12)
    marks, n = j.marks().astype(float), len(j)
    shares = np.full(marks.shape, np.nan)
    for k in range(n):
        rest = marks[(j.item == j.item[k]) & (np.arange(n) != k)]
        if len(rest):
            shares[k] = rest.mean(axis=0)
    match = (marks * shares + (1 - marks) * (1 - shares)).mean(axis=1)
    found = rt.preference(j)
    for figure in rt.agreement_with_others(j):
        own = (j.rater == j.raters.to_pylist().index(figure.rater)) & ~np.isnan(match)
        r, gap = j.raters.to_pylist().index(figure.rater), (marks - shares)[own]
        assert figure.value == pytest.approx(match[own].mean())
        q = marks[own].mean(axis=0)
        assert figure.expected == pytest.approx((q * shares[own] + (1 - q) * (1 - shares[own])).mean())
        assert found.z[r] == pytest.approx(gap.mean(axis=0) / (gap.std(axis=0, ddof=1) / np.sqrt(len(gap))))
        assert found.others[r] == pytest.approx(shares[own].mean(axis=0))


def test_scale_use():
    block = [[1, 5, 3], [2, 5, 4], [3, 5, 3]]
    rows = [(f"i{i}", f"r{r}", [x]) for i, line in enumerate(block) for r, x in enumerate(line)]
    j = Judgments.from_ratings(rows, kind=Kind.DIMENSION, labels=["V"])
    one, two, _ = rt.scale_use(j, low=1, high=5)
    assert (one.mean, one.ends) == (2, pytest.approx(1 / 3))
    assert two.sd == 0
    assert two.ends == 1
    assert two.offset == pytest.approx(np.mean([5 - 2, 5 - 3, 5 - 3]))


def test_drift_is_found_and_its_absence_too():
    answers, rng = crowd(5, items=300), np.random.default_rng(9)
    worse = rng.random(300) < np.linspace(0, 1, 300)
    answers[1] = np.where(worse, rng.integers(0, 4, 300), answers[1])
    j = judged(answers)
    found = {figure.rater: figure for figure in rt.drift(j, position(j))}
    assert found["o1"].p < 0.001
    assert found["o1"].late < found["o1"].early - 0.15
    assert all(figure.p > 0.001 for name, figure in found.items() if name != "o1")
    assert rt.drift(judged(crowd(items=6)), position(judged(crowd(items=6))))[0].tau is None


def test_straight_lining():
    answers = crowd(6)
    answers[0, 40:100] = 2
    answers[4] = 1
    j = judged(answers)
    flags = {flag.raters[0]: flag for flag in rt.straight_lining(j, position(j))}
    assert set(flags) == {"o0", "o4"}
    assert flags["o0"].evidence["run"] >= 60
    assert "no other" in flags["o4"].message


def test_copying():
    answers = crowd(7, keep=0.5)
    answers[3] = answers[1]
    flags = rt.copying(judged(answers))
    assert [flag.raters for flag in flags] == [("o1", "o3")]
    assert flags[0].evidence["same"] == 1.0
    assert flags[0].evidence["expected"] < 0.7
    assert rt.copying(judged(crowd(8, keep=0.97))) == ()  # an easy task is not copying


def test_speed_compares_like_with_like():
    rng = np.random.default_rng(1)
    j = judged(crowd(items=50))
    length = rng.uniform(2, 60, 50)[position(j)]  # long items are long for everybody
    seconds = length * np.where(j.rater == 1, 0.5, 1.0)
    found = {figure.rater: figure for figure in rt.speed(j, seconds)}
    assert found["o1"].pace == pytest.approx(0.5)
    assert found["o0"].pace == pytest.approx(0.5 ** (-1 / 5))  # one of five others takes half the time
    assert found["o1"].seconds == pytest.approx(np.median(seconds[j.rater == 1]))
    with pytest.raises(ChoraleError, match="lead times"):
        rt.speed(j, np.zeros(len(j)))


def test_impossible_speed():
    j = judged(crowd(items=40))
    seconds = np.full(len(j), 6.0)
    seconds[np.flatnonzero(j.rater == 2)[:15]] = 0.4
    flags = rt.impossible_speed(j, seconds)
    assert [flag.raters for flag in flags] == [("o2",)]
    assert flags[0].evidence["share"] == pytest.approx(15 / 40)
    with pytest.raises(ChoraleError, match="lead times"):
        rt.impossible_speed(j, seconds[:3])


def test_groups_that_differ_and_that_do_not():
    rng = np.random.default_rng(3)
    answers = crowd(9, raters=10, items=60)
    answers[5:, :30] = np.where(rng.random((5, 30)) < 0.8, 0, answers[5:, :30])
    group_of = {f"o{r}": "a" if r < 5 else "b" for r in range(10)}
    found = rt.group_difference(judged(answers), group_of, rounds=499)
    assert found.p < 0.02
    assert found.gap[0] < -0.15  # the second group says "1" more often
    assert found.items == 60
    same = rt.group_difference(judged(crowd(10, raters=10, items=60)), group_of, rounds=499)
    assert same.p > 0.05
    assert (same.item_adjusted < 0.05).sum() <= 3
    alone = rt.group_difference(judged(answers), {"o0": "a", "o1": "b"})
    assert alone.p is None
    assert alone.reason


def test_hardest_items():
    matrix = [[1, 1, 1], [1, 2, 2], [1, 3, 1], [1, 4, 2]]
    found = rt.hardest(from_matrix(matrix, labels=LEVELS), top=2)
    assert [item.item for item in found] == ["u1", "u2"]
    assert found[0].disagreement == pytest.approx(1.0)  # every pair disagrees
    assert found[0].votes == {"1": 1, "2": 1, "3": 1, "4": 1}
    assert found[1].disagreement == pytest.approx(4 / 6)
    numbers = Judgments.from_ratings(
        [("a", "x", [1]), ("a", "y", [5]), ("b", "x", [3]), ("b", "y", [3])], kind=Kind.DIMENSION, labels=["V"]
    )
    assert rt.hardest(numbers)[0].disagreement == pytest.approx(16)


def test_label_set_without_gold():
    rng = np.random.default_rng(0)
    rows = []
    for u in range(80):
        p, q = rng.random(2)
        for r in range(6):
            marks = [x for x, share in (("glad", p), ("happy", p), ("sad", q)) if rng.random() < share]
            rows.append((f"u{u}", f"r{r}", marks))
    found = rt.label_set(Judgments.from_ratings(rows, kind=Kind.SET, labels=["glad", "happy", "sad", "never"]))
    assert found.clusters[0] == found.clusters[1] != found.clusters[2]
    assert found.clusters[3] == -1
    assert found.unused == ("never",)
    assert 1.5 < found.components < 3
    assert found.effective == pytest.approx(3, abs=0.1)
    assert np.isnan(found.correlation[0, 3])


def test_unknown_raters_are_refused():
    j = Judgments.from_ratings([("a", None, "1"), ("a", None, "2")], kind=Kind.SINGLE, labels=LEVELS)
    for measure in (rt.agreement_with_others, rt.preference, rt.copying):
        with pytest.raises(ChoraleError, match="no rater ids"):
            measure(j)

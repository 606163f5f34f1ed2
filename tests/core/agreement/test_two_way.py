"""Items and raters resampled together: by hand, wider where raters differ, refused without ids."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.agreement import alpha, alpha_two_way
from annotation.agreement.two_way import _Drawn
from annotation.agreement.values import compared
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import from_matrix, random_matrix, random_sets

LEVELS = ["1", "2", "3", "4"]


class Fixed:
    """A generator that draws what it is told."""

    def __init__(self, *draws):
        self.draws = list(draws)

    def integers(self, low, high, size):
        return np.array(self.draws.pop(0))


def drawn(j, metric):
    found = compared(j, metric, None, None)
    rater = found.rows(j)
    return _Drawn(found, np.ones(len(rater), bool), found.item.astype(np.int64), rater, len(j.items), len(j.raters))


@pytest.mark.parametrize("metric", ["nominal", "interval", "ratio"])
def test_every_item_and_rater_once_is_alpha(metric):
    j = from_matrix(random_matrix(0, units=10, missing=0.0), labels=LEVELS)
    once = drawn(j, metric).once(Fixed(range(10), range(4)))
    assert once == pytest.approx(alpha(j, metric=metric, rounds=0).value, abs=1e-12)


def test_a_rater_drawn_twice_is_not_compared_with_the_copy():
    matrix = random_matrix(1, units=8, missing=0.0)
    j = from_matrix(matrix, labels=LEVELS)
    got = drawn(j, "nominal").once(Fixed(range(8), [0, 0, 1, 2]))
    weight, observed, values = {0: 2, 1: 1, 2: 1}, [], []
    for column in zip(*matrix, strict=True):
        pairs = [(a, b) for a in weight for b in weight if a != b]
        total = sum(weight[a] * weight[b] for a, b in pairs)
        observed.append(sum(weight[a] * weight[b] * (column[a] != column[b]) for a, b in pairs) / total)
        values += [x for r, w in weight.items() for x in [column[r]] * w]
    n = len(values)
    apart = sum(x != y for x in values for y in values)
    assert got == pytest.approx(1 - np.mean(observed) / (apart / (n * (n - 1))))


def test_interval_is_wider_than_over_items_alone_where_raters_differ():
    rng = np.random.default_rng(0)
    truth = rng.integers(1, 5, 150)
    keep = np.array([0.95, 0.9, 0.9, 0.2, 0.1])[:, None]
    matrix = np.where(rng.random((5, 150)) < keep, truth, rng.integers(1, 5, (5, 150))).tolist()
    j = from_matrix(matrix, labels=LEVELS)
    one, two = alpha(j), alpha_two_way(j)
    assert two.value == one.value
    assert two.high - two.low > 2 * (one.high - one.low)
    assert "raters" in two.interval


def test_sets_and_missing_ratings():
    figure = alpha_two_way(random_sets(1, units=40), rounds=100)
    assert figure.low < figure.value < figure.high
    sparse = alpha_two_way(from_matrix(random_matrix(2, units=40), labels=LEVELS), rounds=100)
    assert sparse.low < sparse.value < sparse.high


def test_refusals():
    j = from_matrix(random_matrix(3), labels=LEVELS)
    with pytest.raises(ChoraleError, match="Ordinal"):
        alpha_two_way(j, metric="ordinal")
    j.rater[:] = -1
    unknown = alpha_two_way(j)
    assert unknown.value is not None
    assert unknown.low is None
    assert "rater ids" in unknown.notes[0]
    one = Judgments.from_ratings([("a", "x", "1")], kind=Kind.SINGLE, labels=LEVELS)
    assert alpha_two_way(one).value is None

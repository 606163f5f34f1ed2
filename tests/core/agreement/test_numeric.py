"""ICC and leave-one-rater-out: Shrout and Fleiss 1979, analysis of variance by hand, SciPy, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from annotation.agreement import ccc, crossed, icc, leave_one_out
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import from_matrix

# Shrout and Fleiss 1979, Table 2: six targets, four judges.
SHROUT = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def from_block(block, raters=True):
    rows = [
        (f"i{i}", f"r{r}" if raters else None, [x])
        for i, line in enumerate(block)
        for r, x in enumerate(line)
        if x == x
    ]
    return Judgments.from_ratings(rows, kind=Kind.DIMENSION, labels=["V"])


@pytest.mark.parametrize(
    ("form", "value", "low", "high"),
    [
        ("1", 0.17, -0.13, 0.72),
        ("2,1", 0.29, 0.02, 0.76),
        ("3,1", 0.71, 0.34, 0.95),
        ("1,k", 0.44, -0.88, 0.91),
        ("2,k", 0.62, 0.07, 0.93),
        ("3,k", 0.91, 0.68, 0.99),
    ],
)
def test_shrout_and_fleiss_1979(form, value, low, high):
    figure = icc(from_block(SHROUT), form, interval="F")["V"]
    got = [round(x, 2) for x in (figure.value, figure.low, figure.high)]
    assert got == [value, low, high]


@pytest.mark.parametrize("seed", range(3))
def test_by_sums_of_squares(seed):
    rng = np.random.default_rng(seed)
    block = rng.normal(size=(9, 1)) + rng.normal(size=(9, 3)) * 0.7 + rng.normal(size=3)
    block = block.astype(np.float32).astype(float)
    j = from_block(block)
    n, k = block.shape
    between = k * block.mean(axis=1).var(ddof=1)
    within = block.var(axis=1, ddof=1).mean()
    raters = n * block.mean(axis=0).var(ddof=1)
    residual = (within * n * (k - 1) - raters * (k - 1)) / ((n - 1) * (k - 1))
    one = (between - within) / (between + (k - 1) * within)
    two = (between - residual) / (between + (k - 1) * residual + k * (raters - residual) / n)
    three = (between - residual) / (between + (k - 1) * residual)
    assert [icc(j, form)["V"].value for form in ("1", "2,1", "3,1")] == pytest.approx([one, two, three])
    assert icc(j, "3,k")["V"].value == pytest.approx(k * three / (1 + (k - 1) * three))
    assert icc(from_block(block[:, ::-1]), "2,1")["V"].value == pytest.approx(two)


def test_one_way_without_rater_ids_and_with_unequal_numbers():
    block = SHROUT.astype(float)
    assert icc(from_block(block, raters=False))["V"].value == pytest.approx(icc(from_block(block))["V"].value)
    block[0, 0] = np.nan
    figure = icc(from_block(block, raters=False))["V"]
    groups = [line[~np.isnan(line)] for line in block]
    ratio = stats.f_oneway(*groups).statistic
    k0 = (23 - sum(len(g) ** 2 for g in groups) / 23) / 5
    assert figure.value == pytest.approx((ratio - 1) / (ratio + k0 - 1))
    assert "k0" in figure.notes[0]


def test_designs_that_are_not_there_are_refused():
    block = SHROUT.astype(float)
    unknown = icc(from_block(block, raters=False), "2,1")["V"]
    assert unknown.value is None
    assert "rater ids" in unknown.reason
    block[0, 0] = np.nan
    partial = icc(from_block(block), "3,1")["V"]
    assert partial.value is None
    assert "5 of 6 items" in partial.reason
    whole = icc(crossed(from_block(block)), "3,1")["V"]
    assert whole.value == pytest.approx(icc(from_block(SHROUT[1:]), "3,1")["V"].value)
    assert icc(from_block(np.full((4, 3), 2.0)))["V"].reason.startswith("no variance")
    assert icc(from_block([[1.0, 2.0]]))["V"].value is None
    with pytest.raises(ChoraleError, match="no ICC"):
        icc(from_block(block), "4,1")
    with pytest.raises(ChoraleError):
        icc(from_matrix([[1, 2], [1, 2]]))


def test_concordance():
    x, y = np.array([1.0, 2, 3, 4]), np.array([2.0, 3, 4, 5])
    assert ccc(x, x) == pytest.approx(1)
    assert ccc(x, y) == pytest.approx(2 * x.var() / (2 * x.var() + 1))  # one step off: perfect r, not perfect CCC
    assert ccc(x, -x + 5) == pytest.approx(-1)
    assert np.isnan(ccc(np.ones(3), np.ones(3)))


@pytest.mark.parametrize("name", ["ccc", "pearson", "spearman", "mae"])
def test_leave_one_out_by_hand(name):
    rng = np.random.default_rng(2)
    block = np.round(rng.normal(size=(15, 1)) * 2 + rng.normal(size=(15, 4)) + 5)
    block[rng.random(block.shape) < 0.15] = np.nan
    found = leave_one_out(from_block(block), name, rounds=100)["V"]
    each = []
    for r in range(4):
        pairs = [
            (line[r], np.nanmean(np.delete(line, r)))
            for line in block
            if line[r] == line[r] and not np.isnan(np.delete(line, r)).all()
        ]
        x, y = np.array(pairs).T
        each.append(
            {
                "ccc": lambda x, y: 2 * np.cov(x, y, ddof=0)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2),
                "pearson": lambda x, y: stats.pearsonr(x, y).statistic,
                "spearman": lambda x, y: stats.spearmanr(x, y).statistic,
                "mae": lambda x, y: np.abs(x - y).mean(),
            }[name](x, y)
        )
    assert list(found.raters.values()) == pytest.approx(each)
    assert found.overall.value == pytest.approx(np.mean(each))
    assert found.overall.low < found.overall.value < found.overall.high


def test_leave_one_out_refusals():
    assert "rater ids" in leave_one_out(from_block(SHROUT, raters=False))["V"].overall.reason
    assert leave_one_out(from_block(SHROUT[:2]))["V"].overall.value is None


@pytest.mark.parametrize("name", ["ccc", "pearson", "mae"])
def test_moments_of_a_resample_are_repeated_ratings(name):
    from annotation.agreement.loo import _Moments, measure

    rng = np.random.default_rng(4)
    x, y, place = rng.normal(size=20) + 50, rng.normal(size=20) + 50, np.repeat(np.arange(10), 2)
    blocks = {"r0": np.arange(0, 20, 2), "r1": np.arange(1, 20, 2), "flat": np.arange(0, 2)}
    weight = rng.integers(0, 4, 10)
    found = _Moments(name, place, x, y, blocks)(weight)
    for row, own in enumerate(list(blocks.values())[:2]):
        times = weight[place[own]]
        assert found[row] == pytest.approx(measure(name, np.repeat(x[own], times), np.repeat(y[own], times)))

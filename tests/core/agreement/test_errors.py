"""Intervals and delta-method errors of figures that are no alpha: ICC, leave-one-rater-out, pairs, split-half."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from annotation import agreement as ag
from annotation.agreement import icc_sums
from annotation.agreement.best_worst import Choices
from harmonize.records import Judgments, Kind
from tests.core.agreement.test_numeric import SHROUT, from_block

RNG = np.random.default_rng(3)
BLOCK = (RNG.normal(size=(300, 1)) + RNG.normal(size=(300, 4)) * 0.8 + RNG.normal(size=4) * 0.3).astype(np.float32)


def taken(j: Judgments, items: np.ndarray) -> Judgments:
    """A resample of items, copies under names of their own, row by row: the definition, slowly."""
    rows = [np.flatnonzero(j.item == item) for item in items]
    found = j.select(np.concatenate(rows))
    own = np.repeat(np.arange(len(items)), [len(r) for r in rows]).astype(np.int32)
    return replace(found, item=own, items=pa.array([f"c{n}" for n in range(len(items))]))


@pytest.mark.parametrize("form", ["1", "1,k", "2,1", "2,k", "3,1", "3,k"])
def test_icc_of_sums_is_icc_and_its_draws_are_resampled_items(form: str) -> None:
    j = from_block(SHROUT)
    over = icc_sums.two_way(SHROUT.astype(float), form)
    if form.startswith("1"):
        over = icc_sums.one_way(j.item.astype(np.int64), SHROUT.ravel().astype(float), 6, mean=form.endswith("k"))
    rows, evaluate = over
    assert evaluate(rows.sum(axis=0)[None])[0] == pytest.approx(ag.icc(j, form)["V"].value)
    items = np.array([0, 0, 2, 3, 5, 5])
    again = ag.icc(taken(j, items), form, rounds=0)["V"].value
    assert evaluate(rows[items].sum(axis=0)[None])[0] == pytest.approx(again)


@pytest.mark.parametrize("form", ["1", "2,1", "3,k"])
def test_icc_error_is_that_of_its_draws_and_f_stands_in_a_note(form: str) -> None:
    figure = ag.icc(from_block(BLOCK), form, rounds=600)["V"]
    exact = ag.icc(from_block(BLOCK), form, interval="F")["V"]
    assert figure.low < figure.value < figure.high
    assert figure.high - figure.low == pytest.approx(2 * 1.96 * figure.se, rel=0.15)
    assert f"{exact.low:.3f} to {exact.high:.3f}" in figure.notes[-1]
    assert (exact.value, exact.se) == (figure.value, figure.se)


@pytest.mark.parametrize("name", ["ccc", "pearson", "mae"])
def test_leave_one_out_error_is_that_of_its_draws(name: str) -> None:
    figure = ag.leave_one_out(from_block(BLOCK), name, rounds=300)["V"].overall
    assert figure.high - figure.low == pytest.approx(2 * 1.96 * figure.se, rel=0.2)
    assert ag.leave_one_out(from_block(BLOCK), "spearman", rounds=3)["V"].overall.se is None


def test_errors_of_pairs_are_those_of_the_pair_alone() -> None:
    said = [(f"i{n}", r, str(RNG.choice(list("abc"), p=[0.5, 0.3, 0.2]) if RNG.random() < 0.4 else "abc"[n % 3]))
            for n in range(200) for r in ("x", "y", "z")]  # fmt: skip
    j = Judgments.from_ratings(said, kind=Kind.SINGLE, labels=("a", "b", "c"))
    found = ag.rater_pairs(j, rounds=600)
    alone = ag.cohen(j, "x", "y", rounds=600)
    assert (found.value[0, 1], found.se[0, 1]) == pytest.approx((alone.value, alone.se), rel=1e-9)
    assert (found.low[0, 1], found.high[0, 1]) == pytest.approx((alone.low, alone.high), abs=0.03)
    assert np.isnan(found.low[0, 0])
    assert np.isnan(ag.rater_pairs(j, rounds=0).low).all()


@pytest.mark.parametrize("kind", ["numbers", "sets"])
def test_errors_of_pair_alphas_are_those_of_alpha(kind: str) -> None:
    if kind == "numbers":
        j, metric, dimension = from_block(BLOCK), None, "V"
    else:
        labels = ("a", "b", "c")
        said = [(f"i{n}", r, [x for x in labels if RNG.random() < (0.8 if labels.index(x) == n % 3 else 0.2)])
                for n in range(150) for r in ("x", "y")]  # fmt: skip
        j, metric, dimension = Judgments.from_ratings(said, kind=Kind.SET, labels=labels), "masi", None
    found = ag.rater_pairs(j, dimension=dimension, rounds=400)
    two = j.select(np.isin(j.rater, [0, 1]))
    alone = ag.alpha(two, metric=metric, rounds=400) if metric else ag.alpha_by_dimension(two, rounds=400)["V"]
    assert found.value[0, 1] == pytest.approx(alone.value)
    assert found.se[0, 1] == pytest.approx(alone.se, rel=0.02)
    assert (found.low[0, 1], found.high[0, 1]) == pytest.approx((alone.low, alone.high), abs=0.03)


def test_split_half_interval_is_over_items_and_wider_than_over_halvings() -> None:
    true = RNG.normal(size=60)
    members = np.stack([RNG.choice(60, 4, replace=False) for _ in range(120)]).repeat(6, axis=0)
    seen = true[members] + RNG.normal(size=members.shape)
    each = np.arange(len(members))
    choices = Choices(members, members[each, seen.argmax(axis=1)], members[each, seen.argmin(axis=1)], 60)
    figure = ag.split_half(choices, method="pearson", rounds=200)
    low, _, high = figure.notes[1].removeprefix("over halvings alone: ").partition(" to ")
    assert figure.low < float(low) < figure.value < float(high)
    assert figure.se == pytest.approx((figure.high - figure.low) / 3.92, rel=0.5)
    assert ag.split_half(choices, rounds=20).se is None

"""A learned map is judged on items it did not see, beside the noise of two rater halves and the published map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from harmonize import crosswalks, schemes
from harmonize.crosswalks import sssom
from harmonize.crosswalks.compose import compose_all, ways
from harmonize.crosswalks.evidence import (
    compare,
    em_weights,
    held_out,
    learn_crosswalk,
    noise_floor,
    paired,
    rater_halves,
)
from harmonize.crosswalks.learn import learn
from harmonize.crosswalks.misfit import misfit, told_misfits
from harmonize.loss import loss_report
from harmonize.loss.ranking import rank_ways
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics, SoftLabels

EKMAN, PLUTCHIK = schemes.load("ekman-6"), schemes.load("plutchik-8")
PUBLISHED = crosswalks.load("ekman-6--plutchik-8")


def both(n: int, raters: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Items whose truth is the shipped map, mixed a little."""
    rng = np.random.default_rng(seed)
    weights = 0.9 * PUBLISHED.matrix() + 0.1 / 8
    x = rng.dirichlet(np.full(6, 0.3), size=n)
    return x, np.stack([rng.multinomial(raters, row / row.sum()) for row in x @ weights]) / raters


def test_misfit_by_definition() -> None:
    x, y = np.array([[1.0, 0], [0, 1]]), np.array([[1.0, 0], [0.5, 0.5]])
    found = misfit(x, y, np.array([[1.0, 0], [0, 0.5]]))
    assert found.brier == pytest.approx((0 + 0.25) / 2)
    assert found.log_loss == pytest.approx((0 + 0.5 * 1 + 0.5 * -np.log2(1e-6)) / 2)


def test_the_learned_map_fits_unseen_items_better_than_base_rates() -> None:
    fit = held_out(*both(2000), EKMAN, PLUTCHIK, published=PUBLISHED)
    assert fit.learned.brier < fit.base.brier / 2
    assert fit.published is not None
    assert fit.learned.log_loss < fit.published.log_loss
    assert (fit.folds, fit.n) == (5, 2000)


def test_comparison_with_the_published_map() -> None:
    found = compare(learn(*both(4000), EKMAN, PLUTCHIK), PUBLISHED)
    assert found.mean_distance == pytest.approx(0.1 * 7 / 8, abs=0.02)
    assert set(found.distance) == set(EKMAN.names)
    with pytest.raises(ChoraleError, match="is no map"):
        compare(learn(*both(4000), EKMAN, PLUTCHIK), crosswalks.load("ekman-6--ekman-6-set"))


def labelled(n: int = 4000) -> tuple[SoftLabels, SoftLabels]:
    x, y = both(n)
    items, count = pa.array([str(k) for k in range(n)]), np.full(n, 5, np.int32)
    one = SoftLabels(Semantics.DISTRIBUTION, items, EKMAN.names, x, count, "votes")
    return one, SoftLabels(Semantics.DISTRIBUTION, items, PLUTCHIK.names, y, count, "votes")


def test_a_learned_crosswalk_carries_its_evidence_through_a_file_and_ranks_by_it() -> None:
    halves = (labelled()[0].values[:2000], labelled()[0].values[:2000])
    longer = next(way for way in ways(EKMAN.ref, PLUTCHIK.ref) if len(way) > 1)
    options = {"data": "a simulation", "published": PUBLISHED, "halves": halves}
    made = learn_crosswalk(*labelled(), EKMAN, PLUTCHIK, ways=[(PUBLISHED,), longer], **options)
    again = sssom.read(sssom.write(made)).bind(EKMAN, PLUTCHIK)
    assert again.facts == made.facts
    evidence = (again.facts or {})["evidence"]
    assert evidence["held_out"]["learned"]["brier"] < evidence["held_out"]["published"]["brier"]
    assert evidence["held_out"]["base"]["brier"] > evidence["held_out"]["learned"]["brier"]
    assert evidence["floor"]["moved"] == pytest.approx(0, abs=1e-6), "two equal halves move nothing"
    assert evidence["comparison"]["crosswalk"] == PUBLISHED.ref
    told = told_misfits([again])
    chain = tuple(step.ref for step in longer)
    assert set(told) == {(again.ref,), (PUBLISHED.ref,), chain}
    ranked = rank_ways([(PUBLISHED,), (again,)])
    assert [way.misfit for way in ranked] == [told[again.ref,].brier, told[PUBLISHED.ref,].brier]
    composed = rank_ways([longer], evidence=[again])[0]
    x, y = both(4000)
    assert composed.misfit == pytest.approx(misfit(x, y, composed.crosswalk.matrix()).brier)
    assert composed.measured_on == "4,000 items, a simulation"
    assert composed.parts == longer
    assert composed.loss["kept_share"] == pytest.approx(loss_report(compose_all(longer))["kept_share"])
    assert ranked[0].steps == (again.ref,), "fit on items that carry both labels comes before loss"
    assert ranked[0].lost_bits > ranked[1].lost_bits
    believed = replace(PUBLISHED, status="published")
    assert rank_ways([(again,), (believed,)])[0].steps == (PUBLISHED.ref,), "evidence comes before fit"


def test_em_and_least_squares_agree_on_plenty() -> None:
    x, y = both(4000)
    np.testing.assert_allclose(em_weights(x, y), learn(x, y, EKMAN, PLUTCHIK).weights, atol=0.03)


def test_em_raises_the_likelihood_above_least_squares() -> None:
    x, y = both(400, raters=1)
    by_em = misfit(x, y, em_weights(x, y)).log_loss
    assert by_em <= misfit(x, y, learn(x, y, EKMAN, PLUTCHIK, blocks=20).weights).log_loss


def test_items_labelled_under_both_schemes_are_paired() -> None:
    n = np.ones(2, np.int32)
    one = SoftLabels(Semantics.PROPORTIONS, pa.array(["a", "b"]), ("x", "y"), np.array([[1, 1], [0.5, 0]]), n, "m")
    values = np.array([[0.2, 0.8], [1, 0], [np.nan, np.nan]])
    other = SoftLabels(Semantics.DISTRIBUTION, pa.array(["b", "c", "a"]), ("u", "v"), values, np.ones(3, np.int32), "m")
    x, y = paired(one, other)
    np.testing.assert_allclose(x, [[1, 0]])
    np.testing.assert_allclose(y, [[0.2, 0.8]])
    with pytest.raises(ChoraleError, match="no label mass"):
        paired(replace(one, semantics=Semantics.INTENSITY), other)


def test_halves_are_disjoint_and_the_floor_is_small_where_raters_agree() -> None:
    rng = np.random.default_rng(5)
    ratings = []
    for item in range(400):
        truth = EKMAN.names[rng.integers(6)]
        for rater in range(4):
            said = truth if rng.random() < 0.9 else EKMAN.names[rng.integers(6)]
            ratings.append((str(item), str(rater), said))
    j = Judgments.from_ratings(ratings, kind=Kind.SINGLE, labels=EKMAN.names)
    a, b = rater_halves(j)
    votes, _ = j.counts()
    np.testing.assert_allclose(a * 2 + b * 2, votes)
    floor = noise_floor((a, b), EKMAN)
    assert 0.02 < floor.moved < 0.25
    assert floor.fit.learned.brier < floor.fit.base.brier

"""Composition keeps mass and provenance; ways are ranked by evidence before loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harmonize import crosswalks, schemes
from harmonize.crosswalks import Crosswalk
from harmonize.crosswalks.compose import compose, compose_all, ways
from harmonize.loss.ranking import rank_ways
from harmonize.problems import ChoraleError

A = crosswalks.load("goemotions-28--ekman-6-neutral")
B = crosswalks.load("ekman-6-neutral-set--ekman-6-set")
C = crosswalks.load("ekman-6-set--plutchik-8")


def test_weights_are_the_matrix_product_and_composition_is_associative() -> None:
    left, right = compose(compose(A, B), C), compose(A, compose(B, C))
    np.testing.assert_allclose(left.matrix(), A.matrix() @ B.matrix() @ C.matrix())
    assert left == right
    assert left.derived_from == (A.ref, B.ref, C.ref)
    assert crosswalks.check(left) == []


def test_provenance_says_the_labels_on_the_way_and_the_weaker_status() -> None:
    whole = compose_all([A, B, C])
    cell = next(c for c in whole.cells if c.subject == "annoyance")
    assert (cell.object, cell.comment) == ("anger", "via anger > anger")
    assert whole.status == "proposed"
    lost = next(c for c in whole.cells if c.subject == "neutral")
    assert (lost.object, lost.weight) == (crosswalks.NO_TERM, 0)


def test_shares_over_two_paths_add_up() -> None:
    down = crosswalks.load("plutchik-dyads--plutchik-8")
    ekman = crosswalks.load("plutchik-8--ekman-6")
    whole = compose(down, ekman)
    weights = whole.matrix()
    remorse = weights[whole.source_labels.code("remorse")]
    assert dict(zip(whole.target_labels.names, remorse, strict=True))["disgust"] == 0.5
    optimism = weights[whole.source_labels.code("optimism")]
    assert optimism.sum() == 0.5, "anticipation's half is unmapped"


def test_rescalings_compose() -> None:
    there, back = crosswalks.load("vad-5--vad-9"), crosswalks.load("vad-9--vad-5")
    whole = compose(there, back)
    assert [(c.weight, c.intercept) for c in whole.cells] == [(1.0, 0.0)] * 3


def test_steps_must_meet() -> None:
    with pytest.raises(ChoraleError, match="starts from"):
        compose(C, A)


def test_ways_visit_no_scheme_twice_and_are_ranked_by_evidence() -> None:
    source, target = A.source_scheme, schemes.load("plutchik-8").ref
    found = list(ways(source, target))
    assert {len(way) for way in found} == {1, 3}
    ranked = rank_ways(found)
    assert ranked[0].steps == ("goemotions-28--plutchik-8@1.0.0",)


def test_a_published_way_beats_a_less_lossy_proposal_and_fit_beats_length() -> None:
    short = crosswalks.load("goemotions-28--plutchik-8")
    long = (A, B, C)
    assert rank_ways([(short,), long], misfits={tuple(s.ref for s in long): 0.1})[0].steps[0] == A.ref
    published: tuple[Crosswalk, ...] = tuple(replace(step, status="published") for step in long)
    ranked = rank_ways([(short,), published])
    assert ranked[0].status == "published"
    assert ranked[0].lost_bits > ranked[1].lost_bits


def test_ways_are_measured_on_items_that_carry_both_labels() -> None:
    short = crosswalks.load("goemotions-28--plutchik-8")
    go, plutchik = short.source_labels, short.target_labels
    x, y = np.eye(28)[[go.code("curiosity")]], np.eye(8)[[plutchik.code("surprise")]]
    ranked = rank_ways([(short,), (A, B, C)], held=(x, y))
    assert [way.misfit for way in ranked] == [0.0, 1.0]
    assert len(ranked[0].steps) == 3, "curiosity is surprise by way of Ekman, and unmapped by the short way"

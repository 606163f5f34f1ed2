"""Parts, pairs, filters, crosswalks and best-worst choices."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.agreement import (
    Choices,
    across_crosswalk,
    alpha,
    alpha_by_label,
    before_and_after,
    by_item_group,
    by_rater_group,
    cohen,
    rater_pairs,
    split_half,
)
from annotation.agreement.best_worst import scores
from harmonize import crosswalks
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import from_matrix, random_matrix, random_sets

LEVELS = ["1", "2", "3", "4"]


def test_by_item_group_is_alpha_of_the_part():
    matrix = random_matrix(1, units=30)
    j = from_matrix(matrix, labels=LEVELS)
    groups = ["de" if int(name[1:]) < 12 else None if int(name[1:]) < 15 else "en" for name in j.items.to_pylist()]
    found = by_item_group(j, groups, rounds=50)
    assert set(found) == {"de", "en"}
    part = alpha(from_matrix([line[:12] for line in matrix], labels=LEVELS), rounds=0)
    assert found["de"].value == pytest.approx(part.value)
    assert found["de"].units == part.units
    by_label = by_item_group(j, groups, figure=alpha_by_label, rounds=0)
    assert set(by_label["en"]) == set(LEVELS)
    with pytest.raises(ChoraleError, match="group names"):
        by_item_group(j, ["de"])


def test_by_rater_group_leaves_unknown_raters_out():
    matrix = random_matrix(2, units=30)
    j = from_matrix(matrix, labels=LEVELS)
    found = by_rater_group(j, {"o0": "a", "o1": "a", "o2": "b", "o3": "b"}, rounds=0)
    assert found["a"].value == pytest.approx(alpha(from_matrix(matrix[:2], labels=LEVELS), rounds=0).value)
    j.rater[:] = -1
    assert by_rater_group(j, {"o0": "a"}, rounds=0)["a"].value is None


def test_pairs_are_cohen():
    j = from_matrix(random_matrix(3, units=30), labels=LEVELS)
    table = rater_pairs(j)
    assert table.raters == ("o0", "o1", "o2", "o3")
    for a, one in enumerate(table.raters):
        for b, two in enumerate(table.raters):
            if a != b:
                figure = cohen(j, one, two, rounds=0)
                assert table.value[a, b] == pytest.approx(figure.value)
                assert table.items[a, b] == figure.units
    assert np.isnan(np.diag(table.value)).all()


def test_filters_show_before_and_after():
    matrix = random_matrix(4, units=40, missing=0.0)
    matrix[3] = [1] * 40  # says one thing always
    j = from_matrix(matrix, labels=LEVELS)
    found = before_and_after(j, j.rater != 3, rule="raters who gave one answer only are left out", rounds=0)
    assert found.after.value > found.before.value
    assert found.after.value == pytest.approx(alpha(from_matrix(matrix[:3], labels=LEVELS), rounds=0).value)
    assert (found.judgments_left_out, found.items_left_out, found.raters_left_out) == (40, 0, 1)


def goemotions_map():
    return crosswalks.load("goemotions-28--ekman-6-neutral")


def test_agreement_across_a_crosswalk():
    crosswalk = goemotions_map()
    labels = crosswalk.source_labels.names
    rng = np.random.default_rng(0)
    rows = []
    for u in range(60):
        truth = rng.integers(len(labels), size=2)
        rows += [(f"u{u}", f"r{r}", {labels[truth[int(rng.random() < 0.4)]]}) for r in range(3)]
    j = Judgments.from_ratings(rows, kind=Kind.SET, labels=labels)
    found = across_crosswalk(j, crosswalk, merges=30, rounds=200)
    mapped = crosswalks.map_judgments(j, crosswalk)
    assert found.before.value == pytest.approx(alpha(j, rounds=0).value)
    assert found.after.value == pytest.approx(alpha(mapped, rounds=0).value)
    assert found.change.value == pytest.approx(found.after.value - found.before.value)
    assert found.change.low < found.change.value < found.change.high
    assert len(found.null) == 30
    assert 0 < found.p <= 1
    assert found.after.expected < found.before.expected  # coarser labels meet by chance more often
    assert "not ranked" in found.to_dict()["note"]


def test_the_null_of_the_map_itself_is_the_map():
    from annotation.agreement.mapped import _merged

    crosswalk = goemotions_map()
    labels = crosswalk.source_labels.names
    j = random_sets(1, units=20, labels=labels)
    merged, mapped = _merged(j, crosswalk.matrix() > 0), crosswalks.map_judgments(j, crosswalk)
    assert merged.counts()[0].tolist() == mapped.counts()[0].tolist()


def test_numbers_are_not_merged():
    j = Judgments.from_ratings([("a", "r", [1.0])], kind=Kind.DIMENSION, labels=["V"])
    with pytest.raises(ChoraleError, match="not merged"):
        across_crosswalk(j, goemotions_map())


def choices(noise, seed=0, items=20, questions=120, answers=4):
    rng = np.random.default_rng(seed)
    worth = rng.normal(size=items)
    members = np.repeat(np.array([rng.choice(items, 4, replace=False) for _ in range(questions)]), answers, axis=0)
    felt = worth[members] + rng.normal(size=members.shape) * noise
    rows = np.arange(len(members))
    return Choices(members, members[rows, felt.argmax(axis=1)], members[rows, felt.argmin(axis=1)], items), worth


def test_best_worst_scores_by_hand():
    members = np.array([[0, 1, 2, 3], [0, 1, 2, 3], [1, 2, 3, 4]])
    found = scores(Choices(members, np.array([0, 0, 4]), np.array([3, 2, 3]), 6))
    assert found[:5] == pytest.approx([1, 0, -1 / 3, -2 / 3, 1])
    assert np.isnan(found[5])


def test_split_half_falls_with_noise():
    sure, worth = choices(0.0)
    figure = split_half(sure, rounds=20)
    assert figure.value == pytest.approx(1, abs=0.02)  # equal answers: the halves differ only in nothing
    assert np.corrcoef(scores(sure), worth)[0, 1] > 0.9
    noisy = split_half(choices(3.0)[0], rounds=50)
    assert noisy.value < 0.9
    assert noisy.low < noisy.value < noisy.high
    assert "Spearman-Brown" in noisy.notes[0]


def test_split_half_refusals():
    one, _ = choices(1.0, answers=1, questions=8)
    assert split_half(one).value is None
    assert "two answers" in split_half(one).reason
    with pytest.raises(ChoraleError, match="not among"):
        Choices(np.array([[0, 1]]), np.array([2]), np.array([1]), 3)
    with pytest.raises(ChoraleError, match="best and worst"):
        Choices(np.array([[0, 1]]), np.array([1]), np.array([1]), 3)

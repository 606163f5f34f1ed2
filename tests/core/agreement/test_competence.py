"""Competence without gold: by loops over the others' answers, planted raters found, nobody confirmed by themselves."""

from __future__ import annotations

import numpy as np
import pytest

from annotation import raters as rt
from annotation.aggregation import dawid_skene
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import from_matrix, random_matrix, random_sets

LEVELS = ["1", "2", "3", "4"]


def crowd(skills, *, items=150, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, items)
    keep = rng.random((len(skills), items)) < np.array(skills)[:, None]
    answers = np.where(keep, truth, rng.integers(0, 4, (len(skills), items)))
    return from_matrix((answers + 1).tolist(), labels=LEVELS), truth, answers


@pytest.mark.parametrize("seed", range(2))
def test_by_loops_over_the_others(seed):
    j = from_matrix(random_matrix(seed, units=25), labels=LEVELS)
    fit = dawid_skene(j, iterations=500, tolerance=1e-14)
    for figure in rt.competence(j, iterations=500, tolerance=1e-14):
        r = j.raters.to_pylist().index(figure.rater)
        shares = []
        for i in np.unique(j.item):
            here = np.flatnonzero(j.item == i)
            own = here[j.rater[here] == r]
            if not len(own) or len(here) < 2:
                continue
            joint = fit.prior.copy()
            for row in here:
                if j.rater[row] != r:
                    joint = joint * fit.confusion[j.rater[row], :, j.label[row]]
            shares.append(joint[j.label[own[0]]] / joint.sum())
        assert figure.items == len(shares)
        assert figure.value == pytest.approx(np.mean(shares), abs=1e-9)


def test_who_knows_is_found_near_the_true_accuracy():
    j, truth, answers = crowd([0.9, 0.8, 0.7, 0.5, 0.1, 0.85])
    for figure in rt.competence(j):
        r = int(figure.rater[1:])
        true = (answers[r] == truth).mean()
        assert figure.low - 0.05 <= true <= figure.high + 0.05
        assert figure.low < figure.value < figure.high


def test_nobody_is_confirmed_by_themselves():
    """Three who answer at random: what each alone says of an item is no evidence of its truth."""
    rng = np.random.default_rng(1)
    j = from_matrix((rng.integers(0, 4, (3, 300)) + 1).tolist(), labels=LEVELS)
    assert all(figure.value < 0.45 for figure in rt.competence(j))


def test_sets_are_the_mean_over_labels_marked_or_not():
    j = random_sets(2, units=40)
    whole = {figure.rater: figure.value for figure in rt.competence(j)}
    each = []
    for column in range(len(j.labels)):
        marked = [
            (f"u{i}", f"r{r}", str(int(m))) for i, r, m in zip(j.item, j.rater, j.marks()[:, column], strict=True)
        ]
        binary = Judgments.from_ratings(marked, kind=Kind.SINGLE, labels=["0", "1"])
        each.append({figure.rater: figure.value for figure in rt.competence(binary)})
    names = dict(zip([f"r{code}" for code in range(len(j.raters))], j.raters.to_pylist(), strict=True))
    for code, name in names.items():
        assert whole[name] == pytest.approx(np.mean([part[code] for part in each]), abs=1e-6)


def test_refusals():
    j, _, _ = crowd([0.8, 0.8], items=4)
    with pytest.raises(ChoraleError, match="rater ids"):
        rt.competence(Judgments(**{**vars(j), "rater": np.full_like(j.rater, -1)}))
    alone = Judgments.from_ratings([("u", "a", "1"), ("v", "a", "2"), ("u", "b", "1")], kind=Kind.SINGLE, labels=LEVELS)
    found = {figure.rater: figure for figure in rt.competence(alone)}
    assert found["b"].value is None
    assert "fewer than 2" in found["b"].reason
    numbers = Judgments.from_ratings([("u", "a", [1.0])], kind=Kind.DIMENSION, labels=["V"])
    with pytest.raises(ChoraleError, match="leave_one_out"):
        rt.competence(numbers)


def test_all_confusions_at_once_are_those_of_each():
    j, _, _ = crowd([0.9, 0.6, 0.5, 0.3], items=60)
    names, tables = rt.rater_confusions(j)
    for name, table in zip(names, tables, strict=True):
        assert table == pytest.approx(rt.rater_confusion(j, name))


def test_copying_by_loops():
    """The pairs' expected agreement, from every third rater of every shared item."""
    rng = np.random.default_rng(5)
    j, _, answers = crowd([0.7] * 5, items=60, seed=3)
    copied = answers.copy()
    copied[4] = np.where(rng.random(60) < 0.97, copied[3], copied[4])
    j = from_matrix((copied + 1).tolist(), labels=LEVELS)
    (flag,) = rt.copying(j)
    same, expected = [], []
    for i in range(60):
        rest = [copied[r, i] for r in range(3)]
        same.append(copied[3, i] == copied[4, i])
        expected.append(np.mean([np.mean([x == copied[r, i] for x in rest]) for r in (3, 4)]))
    assert flag.raters == ("o3", "o4")
    assert flag.evidence["same"] == pytest.approx(np.mean(same))
    assert flag.evidence["expected"] == pytest.approx(np.mean(expected))
    assert flag.evidence["shared items"] == 60

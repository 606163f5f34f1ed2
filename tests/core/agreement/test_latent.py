"""MACE and GLAD: loops as oracle, data made by the model itself, published labels, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.special import digamma

from annotation.aggregation import glad, mace
from annotation.aggregation.glad import _loss
from annotation.aggregation.mace import random_start, run_from
from annotation.aggregation.triples import Triples, triples
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics
from tests.core.agreement.data import from_matrix, golden, random_matrix, random_sets

LEVELS = ["1", "2", "3", "4"]


def made(seed, items=150, competence=(0.95, 0.8, 0.6, 0.1), classes=3):
    """Answers of raters who know with a chance, or say their habit; and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, items)
    rows = []
    for r, knows in enumerate(competence):
        for i in range(items):
            x = truth[i] if rng.random() < knows else rng.choice(classes, p=[0.7, 0.2, 0.1])
            rows.append((f"u{i}", f"r{r}", str(x)))
    return Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=["0", "1", "2"]), truth


def mace_loops(t: Triples, start, iterations):
    """Variational MACE as products over each item's answers."""
    guessing, knowing, habit = start.guessing.copy(), start.knowing.copy(), start.habit.copy()
    for step in range(iterations + 1):
        joint = np.full((t.items, t.classes), 1 / t.classes)
        for i, r, x in zip(t.item, t.rater, t.answer, strict=True):
            for k in range(t.classes):
                joint[i, k] *= guessing[r] * habit[r, x] + knowing[r] * (x == k)
        posterior = joint / joint.sum(axis=1, keepdims=True)
        if step == iterations:
            return posterior, np.log(joint.sum(axis=1)).sum()
        known, guessed, counts = np.full(t.raters, 0.5), np.full(t.raters, 0.5), np.full(habit.shape, 10.0)
        for i, r, x in zip(t.item, t.rater, t.answer, strict=True):
            knew = posterior[i, x] * knowing[r] / (guessing[r] * habit[r, x] + knowing[r])
            known[r] += knew
            guessed[r] += 1 - knew
            counts[r, x] += 1 - knew
        total = np.exp(digamma(known + guessed))
        guessing, knowing = np.exp(digamma(guessed)) / total, np.exp(digamma(known)) / total
        habit = np.exp(digamma(counts)) / np.exp(digamma(counts.sum(axis=1, keepdims=True)))


@pytest.mark.parametrize("seed", range(3))
def test_mace_as_loops(seed):
    t = triples(from_matrix(random_matrix(seed, units=15, missing=0.2), labels=LEVELS))
    start = random_start(t, np.random.default_rng(seed))
    run = run_from(t, start, 6)
    posterior, likelihood = mace_loops(t, start, 6)
    assert run.posterior == pytest.approx(posterior, abs=1e-10)
    assert run.log_likelihood == pytest.approx(likelihood, abs=1e-8)


def test_mace_finds_who_knows():
    j, truth = made(0)
    found = mace(j, restarts=3)
    assert found.soft.semantics == Semantics.POSTERIOR
    assert np.argsort(found.competence).tolist() == [3, 2, 1, 0]
    assert found.competence[3] < 0.3 < 0.8 < found.competence[0]
    assert (found.soft.values.argmax(axis=1) == truth).mean() > 0.95
    assert mace(j, restarts=3).soft.values == pytest.approx(found.soft.values, abs=0)


def test_mace_of_sets_is_binary_by_label():
    j = random_sets(3, units=30)
    found = mace(j, restarts=2, iterations=10)
    assert found.soft.values.shape == (30, 4)
    assert found.competence.shape == (4, 4)
    rows = [(f"u{j.item[k]}", f"r{j.rater[k]}", str(int(mark))) for k, mark in enumerate(j.marks()[:, 2])]
    alone = mace(Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=["0", "1"]), restarts=2, iterations=10)
    assert found.soft.values[:, 2] == pytest.approx(alone.soft.values[:, 1], abs=1e-10)


def test_glad_gradient():
    t = triples(made(1, items=8)[0])
    rng = np.random.default_rng(0)
    point, right = rng.normal(1, 0.5, t.raters + t.items), rng.random(len(t.item))
    error = check_grad(lambda x: _loss(x, t, right)[0], lambda x: _loss(x, t, right)[1], point)
    assert error < 1e-4


def test_glad_finds_able_raters_and_published_labels():
    j, truth = made(2)
    found = glad(j)
    assert found.ability.argmax() == 0
    assert found.ability.argmin() == 3
    votes = j.counts()[0].argmax(axis=1)
    assert (found.soft.values.argmax(axis=1) == truth).mean() > max(0.9, (votes == truth).mean())
    case = golden("crowdkit")["binary_relevance_multilabel"]
    labels = ["house", "tree", "grass", "car", "human", "train"]
    rows = [(task, worker, marks) for task, worker, marks in case["data_task_worker_labels"]]
    soft = glad(Judgments.from_ratings(rows, kind=Kind.SET, labels=labels)).soft
    for i, item in enumerate(soft.items.to_pylist()):
        got = [label for label, p in zip(labels, soft.values[i], strict=True) if p > 0.5]
        assert got == case["expected"][item]


def test_glad_posterior_by_definition():
    j, _ = made(3, items=6)
    found, t = glad(j, iterations=2), triples(j)
    for i in range(6):
        joint = np.ones(3)
        for a, r, x in zip(t.item, t.rater, t.answer, strict=True):
            if a == i:
                right = 1 / (1 + np.exp(-found.ability[r] * np.exp(found.ease[i])))
                joint *= np.where(np.arange(3) == x, right, (1 - right) / 2)
        assert found.soft.values[i] == pytest.approx(joint / joint.sum())


@pytest.mark.parametrize("model", [mace, glad])
def test_unknown_raters_are_refused(model):
    with pytest.raises(ChoraleError, match="no rater ids"):
        model(Judgments.from_ratings([("a", None, "1")], kind=Kind.SINGLE, labels=["1", "2"]))
    with pytest.raises(ChoraleError, match="needs labels"):
        model(Judgments.from_ratings([("a", "r", [1.0])], kind=Kind.DIMENSION, labels=["V"]))

"""Dawid-Skene: the 1979 data, crowd-kit's worked steps, a plain loop as oracle, properties, refusals."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from annotation.aggregation import dawid_skene
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics
from tests.core.agreement.data import from_matrix, golden, random_matrix, random_sets


def plain(rows, items, raters, labels, iterations):
    """The same EM as loops over dictionaries."""
    classes = range(len(labels))
    belief = {i: np.array([sum(1 for a, _, x in rows if a == i and x == k) for k in classes], float) for i in items}
    belief = {i: b / b.sum() for i, b in belief.items()}
    for _ in range(iterations + 1):
        prior = np.mean([belief[i] for i in items], axis=0)
        errors = {r: np.zeros((len(labels), len(labels))) for r in raters}
        for i, r, x in rows:
            errors[r][:, x] += belief[i]
        for r in raters:
            gave = sorted({x for _, who, x in rows if who == r})
            errors[r][:, gave] = np.maximum(errors[r][:, gave], 1e-10)
            errors[r] /= errors[r].sum(axis=1, keepdims=True)
        last = belief
        belief = {}
        for i in items:
            joint = prior.copy()
            for a, r, x in rows:
                if a == i:
                    joint = joint * errors[r][:, x]
            belief[i] = joint / joint.sum()
    return last


def test_dawid_and_skene_1979():
    case = golden("dawid_skene_1979_anaesthetist")
    rows = [
        (patient, observer, str(x))
        for patient, by in case["responses_patient_observer"].items()
        for observer, given in by.items()
        for x in given
    ]
    j = Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=["1", "2", "3", "4"])
    found, expected = dawid_skene(j, iterations=500, tolerance=1e-15), case["computed_here"]
    assert found.soft.semantics == Semantics.POSTERIOR
    assert found.prior == pytest.approx(expected["class_marginals"], abs=1e-6)
    assert found.log_likelihood == pytest.approx(expected["log_likelihood_without_multinomial_constant"], abs=1e-5)
    assert found.soft.values == pytest.approx(np.array(expected["posterior"]), abs=2e-6)
    assert found.confusion == pytest.approx(np.array(expected["error_rates_observer_true_by_response"]), abs=2e-6)
    assert (found.soft.values.argmax(axis=1) + 1).tolist() == expected["labels"]
    assert np.round(found.prior, 2) == pytest.approx(np.array(case["published_result"]["class_marginals"]), abs=0.011)
    assert found.soft.n.tolist() == [7] * 45


@pytest.mark.parametrize("step", [0, 1])
def test_crowdkit_steps(step):
    case = golden("crowdkit")["dawid_skene_step_by_step"]
    rows = [(task, worker, label) for task, worker, label in case["data_task_worker_label"]]
    found = dawid_skene(
        Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=["no", "yes"]), iterations=step, tolerance=0
    )
    expected = case[f"iter_{step}"]
    for task, given in expected["probas_no_yes"].items():
        assert found.soft.values[found.soft.items.to_pylist().index(task)] == pytest.approx(given, abs=0.00501)
    assert found.prior == pytest.approx([expected["priors"]["no"], expected["priors"]["yes"]], abs=0.00501)
    for worker, given in expected["errors_P(observed|true no, true yes)"].items():
        confusion = found.confusion[found.raters.to_pylist().index(worker)]
        assert confusion[:, 0] == pytest.approx(given["no"], abs=0.00501)
        assert confusion[:, 1] == pytest.approx(given["yes"], abs=0.00501)


@pytest.mark.parametrize("name", ["toy", "simple"])
def test_crowdkit_final_labels(name):
    case = golden("crowdkit")["sets"][name]
    rows = [(task, worker, label) for worker, task, label in case["answers_worker_task_label"]]
    labels = sorted({row[2] for row in rows})
    soft = dawid_skene(Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=labels), iterations=10, tolerance=0).soft
    got = {item: labels[k] for item, k in zip(soft.items.to_pylist(), soft.values.argmax(axis=1), strict=True)}
    assert got == case["ground_truth"]["values"]


@pytest.mark.parametrize("seed", range(3))
def test_loops_give_the_same(seed):
    matrix = random_matrix(seed, units=15)
    rows = [(u, r, x - 1) for r, line in enumerate(matrix) for u, x in enumerate(line) if x is not None]
    items, raters = sorted({u for u, _, _ in rows}), range(4)
    expected = plain(rows, items, raters, range(4), 7)
    soft = dawid_skene(from_matrix(matrix, labels=["1", "2", "3", "4"]), iterations=7, tolerance=0).soft
    for i in items:
        assert soft.values[soft.items.to_pylist().index(f"u{i}")] == pytest.approx(expected[i], abs=1e-10)


def test_multi_label_is_one_binary_problem_a_label():
    case = golden("crowdkit")["binary_relevance_multilabel"]
    labels = ["house", "tree", "grass", "car", "human", "train"]
    rows = [(task, worker, marks) for task, worker, marks in case["data_task_worker_labels"]]
    found = dawid_skene(Judgments.from_ratings(rows, kind=Kind.SET, labels=labels))
    for i, item in enumerate(found.soft.items.to_pylist()):
        got = [label for label, p in zip(labels, found.soft.values[i], strict=True) if p > 0.5]
        assert got == case["expected"][item]
    j = random_sets(2, units=15)
    binary = [(f"u{j.item[row]}", f"r{j.rater[row]}", str(int(mark))) for row, mark in enumerate(j.marks()[:, 1])]
    alone = dawid_skene(Judgments.from_ratings(binary, kind=Kind.SINGLE, labels=["0", "1"]), iterations=9, tolerance=0)
    together = dawid_skene(j, iterations=9, tolerance=0)
    assert together.soft.values[:, 1] == pytest.approx(alone.soft.values[:, 1], abs=1e-10)
    assert together.soft.semantics == Semantics.POSTERIOR


def test_likelihood_never_falls():
    j = from_matrix(random_matrix(4, units=40), labels=["1", "2", "3", "4"])
    runs = [dawid_skene(j, iterations=k, tolerance=0).log_likelihood for k in range(1, 15)]
    assert all(b >= a - 1e-9 for a, b in pairwise(runs))


def test_unknown_raters_and_nothing_answered_are_refused():
    with pytest.raises(ChoraleError, match="no rater ids"):
        dawid_skene(Judgments.from_ratings([("a", None, "1")], kind=Kind.SINGLE, labels=["1"]))
    empty = Judgments.from_ratings([("a", "r", "1")], kind=Kind.SINGLE, labels=["1"])
    empty.status[:] = 3
    with pytest.raises(ChoraleError, match="nothing"):
        dawid_skene(empty)

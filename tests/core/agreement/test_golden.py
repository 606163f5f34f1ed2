"""Published cases that no other test meets: crowd-kit's metrics, Randolph's kappas, Fleiss's z, SAS's limits."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
import pytest
from scipy import stats

from annotation.aggregation import one_coin, plurality, skill_shares, vote_distribution
from annotation.agreement import alpha, cohen, fleiss, fleiss_z, free_marginal
from annotation.raters import gold_accuracy
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import golden
from tests.core.agreement.test_kappas import from_contingency, from_counts


@pytest.fixture(scope="module")
def kit():
    return golden("crowdkit")


def judged(case) -> Judgments:
    rows = [(task, worker, label) for worker, task, label in case["answers_worker_task_label"]]
    return Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=sorted({row[2] for row in rows}))


def one_each(answers, labels) -> Judgments:
    rows = [(task, "gold", label) for task, label in answers.items()]
    return Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=labels)


def test_alpha_of_the_toy_set(kit):
    value = alpha(judged(kit["sets"]["toy"]), rounds=0).value
    assert value == pytest.approx(kit["metrics"]["alpha_krippendorff_toy"], abs=1e-12)


@pytest.mark.parametrize("name", ["toy", "simple"])
def test_majority_votes(kit, name):
    """crowd-kit breaks ties by the first label; here a tie is undecided."""
    case = kit["sets"][name]
    j, expected = judged(case), case["expected"]["mv"]
    hard, shares = plurality(j), vote_distribution(j)
    for i, item in enumerate(j.items.to_pylist()):
        row = dict(zip(expected["probas"]["columns"], expected["probas"]["rows"][item], strict=True))
        assert shares.values[i] == pytest.approx([row[label] for label in j.labels], abs=5e-7)
        if hard.decided[i]:
            assert j.labels[int(hard.present[i].argmax())] == expected["labels"]["values"][item]
        else:
            assert np.sort(shares.values[i])[-1] == np.sort(shares.values[i])[-2]


@pytest.mark.parametrize("name", ["toy", "simple"])
def test_skills_are_accuracy_against_the_aggregate(kit, name):
    case = kit["sets"][name]
    j, expected = judged(case), case["expected"]["mv"]
    found = gold_accuracy(j, one_each(expected["labels"]["values"], j.labels))
    skills = {figure.rater: figure.value for figure in found}
    assert skills == pytest.approx(expected["skills"]["values"], abs=5e-7)


def test_accuracy_on_gold_and_on_aggregates(kit):
    case, metrics = kit["sets"]["toy"], kit["metrics"]
    j = judged(case)
    on_gold = {f.rater: f for f in gold_accuracy(j, one_each(case["gold"]["values"], j.labels))}
    by_worker = [on_gold[f"w{k}"].value for k in range(1, 6)]
    assert by_worker == pytest.approx(metrics["golden_set_accuracy_by_worker"])
    right = sum(figure.value * figure.judgments for figure in on_gold.values())
    assert right / sum(f.judgments for f in on_gold.values()) == pytest.approx(5 / 9)
    votes = one_each(case["expected"]["mv"]["labels"]["values"], j.labels)
    figures = {f.rater: f for f in gold_accuracy(j, votes)}
    assert [figures[f"w{k}"].value for k in range(1, 6)] == pytest.approx(metrics["accuracy_on_aggregates_by_worker"])
    right = sum(figure.value * figure.judgments for figure in figures.values())
    assert right / len(j) == pytest.approx(metrics["accuracy_on_aggregates"])


def test_uncertainty_is_entropy_in_nats(kit):
    labels = ["yes", "no", "maybe"]
    rows = [("t", f"w{k}", label) for k, label in enumerate(labels)]
    entropy = vote_distribution(Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=labels)).entropy
    assert entropy[0] * math.log(2) == pytest.approx(kit["metrics"]["uncertainty_yes_no_maybe"], abs=1e-12)


def test_consistency_is_the_belief_in_the_label_chosen(kit):
    case = kit["sets"]["toy"]
    j, votes = judged(case), case["expected"]["mv"]
    belief = one_coin(j, votes["skills"]["values"])
    chosen = [j.labels.index(votes["labels"]["values"][item]) for item in j.items.to_pylist()]
    mean = belief.values[np.arange(len(j.items)), chosen].mean()
    assert mean == pytest.approx(kit["metrics"]["consistency_toy"], abs=1e-12)


def test_uncertainty_with_skills(kit):
    shares = skill_shares(judged(kit["sets"]["toy"]), {"w1": 0.6, "w2": 0.8, "w3": 1.0, "w4": 0.4, "w5": 0.8})
    nats = shares.entropy.mean() * math.log(2)
    assert nats == pytest.approx(kit["metrics"]["uncertainty_toy_with_skills_[.6,.8,1,.4,.8]"], abs=1e-12)


@dataclass(frozen=True)
class Fractional(Judgments):
    """Judgments whose votes are given: the published case has 6.99 raters, whom no table of judgments holds."""

    votes: tuple[tuple[float, ...], ...] = ()

    def counts(self):
        votes = np.array(self.votes)
        return votes, votes.sum(axis=1)


@pytest.mark.parametrize("case", range(4))
def test_randolph(case):
    found = golden("kappa_fleiss_cohen")["cases"][2]["cases"][case]
    whole = from_counts([[7] + [0] * (len(row) - 1) for row in found["counts"]])
    columns = {field.name: getattr(whole, field.name) for field in fields(Judgments)}
    j = Fractional(**columns, votes=tuple(map(tuple, found["counts"])))
    assert fleiss(j, rounds=0).value == pytest.approx(found["fleiss"], abs=5e-7)
    assert free_marginal(j, rounds=0).value == pytest.approx(found["randolph_free_marginal"], abs=5e-7)


def test_free_marginals_by_definition():
    counts = golden("kappa_fleiss_cohen")["cases"][1]["counts_subjects_by_categories"]
    n = sum(counts[0])
    agreeing = np.mean([sum(c * (c - 1) for c in line) / (n * (n - 1)) for line in counts])
    q = len(counts[0])
    assert free_marginal(from_counts(counts), rounds=0).value == pytest.approx((agreeing - 1 / q) / (1 - 1 / q))


def test_z_of_fleiss_1971():
    found = golden("kappa_fleiss_cohen")["cases"][0]
    z = fleiss_z(from_counts(found["counts_subjects_by_categories"]))
    assert round(z, 5) == found["expected"]["z_R_irr"]
    rng = np.random.default_rng(0)
    null = [fleiss_z(from_counts(rng.multinomial(5, [0.5, 0.3, 0.2], size=60).tolist())) for _ in range(200)]
    assert np.std(null) == pytest.approx(1, abs=0.15)
    assert fleiss_z(from_counts([[2, 1], [1, 0]])) is None


def test_limits_of_cohen_as_sas():
    """The delta method's limits; the interval shown is the bootstrap's, which 19 items leave rough."""
    found = golden("kappa_fleiss_cohen")["cases"][3]
    j, reach = from_contingency(found["contingency"]), float(stats.norm.isf(0.025))
    for weight, key in (("identity", "ci95"), ("linear", "weighted_ci95")):
        figure = cohen(j, "one", "two", weight=weight)
        limits = [figure.value - reach * figure.se, figure.value + reach * figure.se]
        assert np.round(limits, 4).tolist() == found["expected"][key]

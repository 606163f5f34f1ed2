"""Votes weighed by given skills: the definition, its ends, and an independent naive Bayes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.naive_bayes import CategoricalNB

from annotation.aggregation import one_coin, skill_shares, vote_distribution
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics

LABELS = ["joy", "fear", "anger"]
ROWS = [("u1", "r1", "joy"), ("u1", "r2", "fear"), ("u2", "r1", "anger"), ("u2", "r2", "anger"), ("u3", "r2", "joy")]
VOTES = Judgments.from_ratings(ROWS, kind=Kind.SINGLE, labels=LABELS)


def test_one_coin_by_definition():
    found = one_coin(VOTES, {"r1": 0.8, "r2": 0.6})
    weights = np.array([[0.8 * 0.2, 0.1 * 0.6, 0.1 * 0.2], [0.1 * 0.2, 0.1 * 0.2, 0.8 * 0.6], [0.6, 0.2, 0.2]])
    assert found.values == pytest.approx(weights / weights.sum(axis=1, keepdims=True))
    assert found.semantics == Semantics.POSTERIOR
    assert found.n.tolist() == [2, 2, 1]


def test_one_coin_by_naive_bayes():
    """scikit-learn's naive Bayes with every rater's answers as features and the one-coin tables as its parameters."""
    rng = np.random.default_rng(3)
    answers = rng.integers(3, size=(50, 4))
    skills = {f"r{r}": s for r, s in enumerate((0.4, 0.55, 0.7, 0.9))}
    rows = [(f"u{i:02}", f"r{r}", LABELS[answers[i, r]]) for i in range(50) for r in range(4)]
    bayes = CategoricalNB(fit_prior=False).fit(np.tile(np.arange(3)[:, None], 4), np.arange(3))
    bayes.feature_log_prob_ = [
        np.log(np.where(np.eye(3, dtype=bool), skill, (1 - skill) / 2)) for skill in skills.values()
    ]
    found = one_coin(Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=LABELS), skills)
    assert found.values == pytest.approx(bayes.predict_proba(answers))


def test_raters_without_fault_who_contradict_each_other_leave_no_belief():
    found = one_coin(VOTES, {"r1": 1.0, "r2": 1.0})
    assert np.isnan(found.values[0]).all()
    assert found.values[1].tolist() == [0, 0, 1]


def test_equal_skills_of_one_are_the_votes():
    found = skill_shares(VOTES, {"r1": 1.0, "r2": 1.0})
    assert found.values == pytest.approx(vote_distribution(VOTES).values)
    assert found.semantics == Semantics.DISTRIBUTION


@pytest.mark.parametrize("skills", [{"r1": 0.8}, {"r1": 0.8, "r2": 1.2}, {"r1": 0.8, "r2": float("nan")}])
def test_every_rater_needs_a_skill(skills):
    with pytest.raises(ChoraleError, match="skill"):
        one_coin(VOTES, skills)


def test_sets_are_refused():
    sets = Judgments.from_ratings([("u1", "r1", ["joy"])], kind=Kind.SET, labels=LABELS)
    with pytest.raises(ChoraleError, match="cannot be aggregated"):
        one_coin(sets, {"r1": 0.8})

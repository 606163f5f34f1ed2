"""Scores over individual votes against their definition, vote by vote."""

from __future__ import annotations

import math

import numpy as np
import pytest

from annotation.model_raters.scores import brier, divergence, log_loss, proper_scores
from annotation.model_raters.votes import vote_shares
from harmonize.records import Judgments, Kind

LABELS = ("a", "b", "c")


def people(kind: Kind, n: int = 30, raters: int = 4, seed: int = 0) -> tuple[Judgments, np.ndarray]:
    """Votes drawn from a random truth of each item, and that truth."""
    random = np.random.default_rng(seed)
    truth = random.dirichlet([1, 1, 1], n)
    rows = []
    for item in range(n):
        for rater in range(raters):
            if kind == Kind.SINGLE:
                answer = LABELS[random.choice(3, p=truth[item])]
            else:
                answer = [name for name, p in zip(LABELS, truth[item], strict=True) if random.random() < p]
            rows.append((f"i{item:03}", f"r{rater}", answer))
    return Judgments.from_ratings(rows, kind=kind, labels=LABELS), truth


@pytest.mark.parametrize("kind", [Kind.SINGLE, Kind.SET])
def test_brier_and_log_loss_are_means_over_votes(kind: Kind) -> None:
    judgments, truth = people(kind)
    shares = vote_shares(judgments)
    squared, logs = [], []
    for row, marks in enumerate(judgments.marks().astype(float)):
        p = truth[judgments.item[row]]
        squared.append(sum((p - marks) ** 2))
        if kind == Kind.SINGLE:
            logs.append(-math.log(p[marks.argmax()]))
        else:
            logs.append(-sum(math.log(q if m else 1 - q) for q, m in zip(p, marks, strict=True)))
    votes = shares.raters.sum()
    assert brier(shares, truth).sum() / votes == pytest.approx(np.mean(squared))
    assert log_loss(shares, truth).sum() / votes == pytest.approx(np.mean(logs))


def test_divergence_of_known_distributions() -> None:
    half = np.array([[0.5, 0.5, 0.0]])
    assert divergence(Kind.SINGLE, half, half)[0] == 0
    assert divergence(Kind.SINGLE, np.array([[1.0, 0, 0]]), np.array([[0, 1.0, 0]]))[0] == pytest.approx(1)
    by_hand = 0.5 * (math.log2(1 / 0.75) + 0.5 * math.log2(0.5 / 0.75) + 0.5 * math.log2(0.5 / 0.25))
    assert divergence(Kind.SINGLE, np.array([[1.0, 0, 0]]), half)[0] == pytest.approx(by_hand)


@pytest.mark.parametrize("kind", [Kind.SINGLE, Kind.SET])
def test_the_truth_scores_better_than_the_base_rate_and_below_the_human_floor(kind: Kind) -> None:
    judgments, truth = people(kind, n=400)
    scores = proper_scores(vote_shares(judgments), truth)
    assert scores.brier.high < scores.base_brier
    assert scores.brier.low < scores.brier.value < scores.brier.high
    assert scores.divergence is not None
    assert scores.people is not None
    assert scores.divergence.value < scores.people.value  # the truth is nearer to two raters than two others are


def test_one_rater_an_item_has_no_human_floor() -> None:
    judgments, truth = people(Kind.SINGLE, raters=1)
    scores = proper_scores(vote_shares(judgments), truth)
    assert scores.divergence is None
    assert scores.people is None
    assert scores == type(scores).from_dict(scores.to_dict())

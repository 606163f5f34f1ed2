"""(item, rater, answer) triples, on which the latent-truth models work."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from annotation.agreement.answers import label_strengths, single_codes
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments

FEW = 8  # classes


@dataclass(frozen=True, eq=False)
class Triples:
    """n answers: ``item``, ``rater``, ``answer`` int64[n] in 0..items, 0..raters, 0..classes."""

    item: Int64
    rater: Int64
    answer: Int64
    items: int
    raters: int
    classes: int


def triples(j: Judgments) -> Triples:
    """Answered SINGLE judgments as triples over the labels."""
    item, answer = single_codes(j)
    rater = j.rater[j.counted].astype(np.int64)
    return Triples(item, rater, answer, len(j.items), len(j.raters), len(j.labels))


def binary_triples(j: Judgments, label: int) -> Triples:
    """Counted SET judgments as triples of one label: 1 marked, 0 not marked."""
    item, strength = label_strengths(j, label)
    answer = (strength > 0).astype(np.int64)
    return Triples(item, j.rater[j.counted].astype(np.int64), answer, len(j.items), len(j.raters), 2)


def posterior_of(joint: Float64) -> tuple[Float64, Float64]:
    """Rows of log ``joint`` [I, K] as probabilities, in place, and their log totals [I]."""
    if joint.shape[1] <= FEW:  # column by column: reducing short rows costs many times as much
        top = reduce(np.maximum, joint.T)
        joint -= top[:, None]
        np.exp(joint, out=joint)
        total = reduce(np.add, joint.T)
    else:
        top = joint.max(axis=1)
        joint -= top[:, None]
        np.exp(joint, out=joint)
        total = joint.sum(axis=1)
    joint /= total[:, None]
    return joint, top + np.log(total)


def require_raters(j: Judgments) -> None:
    """Raise where a counted judgment has no known rater, or where there is none at all."""
    if not j.counted.any():
        raise ChoraleError("no-judgments", "No judgment is answered, so there is nothing to aggregate.")
    if (j.rater[j.counted] < 0).any():
        raise ChoraleError(
            "no-rater-ids",
            "The source publishes no rater ids, so raters' errors cannot be told apart.",
            "Use vote_distribution, vote_proportions or dimension_mean.",
        )

"""Votes weighed by skills that are given: one coin a rater, who says the true label with that chance, else any other.

`dawid_skene`, `mace` and `glad` estimate skills from the votes; here they come from elsewhere, such as accuracy on gold
items, so that one item can be judged alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from annotation.aggregation.entropy import distribution_entropy
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind, Semantics, SoftLabels


def one_coin(j: Judgments, skills: Mapping[str, float]) -> SoftLabels:
    """Belief in each label given the votes (SINGLE) and each rater's skill in 0..1, labels alike before: POSTERIOR.

    p(l) is proportional to the product over raters of s if they said l, else (1 - s) / (L - 1). NaN where nobody
    answered, and where raters without fault contradict each other. Entropy: Shannon, bits.
    Raises ChoraleError `judgments-kind` and `skills-missing`. Source: Zhang, Chen, Zhou and Jordan 2016, the one-coin
    model; the mean p of the label chosen is crowd-kit's "consistency".
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.column_stack([_summed(j, np.log(chance)) for chance in _chances(j, skills)])
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return _soft(j, p, Semantics.POSTERIOR, "one-coin")


def skill_shares(j: Judgments, skills: Mapping[str, float]) -> SoftLabels:
    """Shares of votes (SINGLE): a rater of skill s gives s to what they said, (1 - s) / (L - 1) to any other label.

    DISTRIBUTION, the mean over raters; with all skills 1 it is `vote_distribution`. NaN where nobody answered.
    Entropy: Shannon, bits; its mean is crowd-kit's "uncertainty" with skills, there in nats. Raises as `one_coin`.
    """
    p = np.column_stack([_summed(j, chance) for chance in _chances(j, skills)])
    return _soft(j, p, Semantics.DISTRIBUTION, "skill-shares")


def _chances(j: Judgments, skills: Mapping[str, float]) -> Iterator[Float64]:
    """For each label: the chance of what each counted judgment says, were that label true."""
    if j.kind != Kind.SINGLE:
        raise ChoraleError("judgments-kind", f"{j.kind} judgments cannot be aggregated so.", "Take one label a rater.")
    assert j.label is not None
    assert j.offsets is not None
    known = np.array([skills.get(name, np.nan) for name in j.raters.to_pylist()] + [np.nan])  # last: without an id
    skill = known[j.rater[j.counted]]
    if not ((skill >= 0) & (skill <= 1)).all():
        raise ChoraleError("skills-missing", "Every rater needs a skill from 0 to 1.", "Leave the others out.")
    said = j.label[j.offsets[:-1][j.counted]]
    for label in range(len(j.labels)):
        yield np.where(said == label, skill, (1.0 - skill) / max(len(j.labels) - 1, 1))


def _summed(j: Judgments, weights: Float64) -> Float64:
    return np.asarray(np.bincount(j.item[j.counted], weights, len(j.items)), dtype=np.float64)


def _soft(j: Judgments, p: Float64, semantics: Semantics, method: str) -> SoftLabels:
    n = np.bincount(j.item[j.counted], minlength=len(j.items))
    total = p.sum(axis=1, keepdims=True)
    shown = np.where((n[:, None] > 0) & (total > 0), p / np.where(total > 0, total, 1.0), np.nan)
    return SoftLabels(
        semantics=semantics,
        items=j.items,
        labels=j.labels,
        values=shown,
        n=n.astype(np.int32),
        method=method,
        entropy=distribution_entropy(shown),
    )

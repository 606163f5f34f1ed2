"""Votes to soft labels: the share of raters who said it. Nothing is dropped, nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from annotation.aggregation.entropy import distribution_entropy, proportions_entropy
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind, Semantics, SoftLabels


def vote_distribution(j: Judgments) -> SoftLabels:
    """Share of raters who chose each label (SINGLE): DISTRIBUTION, rows sum to 1, NaN where nobody answered.

    ``entropy``: Shannon, bits; ``spread``: population SD over raters of each label's 0/1 mark, sqrt(p (1 - p)).
    """
    _need(j, Kind.SINGLE, "vote_proportions")
    return _voted(j, Semantics.DISTRIBUTION, "vote-distribution", distribution_entropy)


def vote_proportions(j: Judgments) -> SoftLabels:
    """Share of raters who marked each label (SET, or INTENSITY above 0): PROPORTIONS, each in 0..1, no sum.

    `none applies` counts as a rater who marked nothing. ``entropy``: sum over labels of the binary entropies, bits
    (an upper bound on the entropy of the label set); ``spread``: sqrt(p (1 - p)). NaN where nobody answered.
    """
    if j.kind == Kind.INTENSITY:
        j = marked_above(j, 0.0)
    _need(j, Kind.SET, "vote_distribution")
    return _voted(j, Semantics.PROPORTIONS, "vote-proportions", proportions_entropy)


def _voted(j: Judgments, semantics: Semantics, method: str, entropy: Callable[[Float64], Float64]) -> SoftLabels:
    p, n = shares(j)
    return SoftLabels(
        semantics=semantics,
        items=j.items,
        labels=j.labels,
        values=p,
        n=n.astype(np.int32),
        method=method,
        entropy=entropy(p),
        spread=np.sqrt(p * (1 - p)),
    )


def all_inclusive(j: Judgments) -> SoftLabels:
    """Share of all marks that each label got, one mark drawn at random: DISTRIBUTION; no item is dropped.

    SINGLE: as `vote_distribution`. SET and INTENSITY (above 0): every mark of every rater counts one; ``n`` raters.
    NaN where nobody marked anything. Entropy: Shannon, bits, of the marks. Source: Chou et al. 2024, the all-inclusive
    rule, which keeps what majority and plurality rules discard.
    """
    if j.kind == Kind.INTENSITY:
        j = marked_above(j, 0.0)
    votes, n = j.counts()
    p = votes / _divisor(votes.sum(axis=1))
    return SoftLabels(
        semantics=Semantics.DISTRIBUTION,
        items=j.items,
        labels=j.labels,
        values=p,
        n=n.astype(np.int32),
        method="all-inclusive",
        entropy=distribution_entropy(p),
    )


def intensity_mean(j: Judgments) -> SoftLabels:
    """Mean strength of each label over the raters who answered, 0 from those who did not mark it: INTENSITY.

    On the scheme's own ordinal levels. ``spread``: population SD over raters. Entropy is undefined, hence None.
    """
    _need(j, Kind.INTENSITY, "vote_distribution or vote_proportions")
    assert j.strength is not None
    n = np.bincount(j.item[j.counted], minlength=len(j.items))
    total, square = (summed_marks(j, j.strength.astype(np.float64) ** k) for k in (1, 2))
    raters = _divisor(n)
    mean = total / raters
    return SoftLabels(
        semantics=Semantics.INTENSITY,
        items=j.items,
        labels=j.labels,
        values=mean,
        n=n.astype(np.int32),
        method="intensity-mean",
        spread=np.sqrt(np.maximum(square / raters - mean * mean, 0.0)),
    )


def shares(j: Judgments) -> tuple[Float64, Float64]:
    """Votes over counted raters [I, L], NaN where there are none, and the raters [I]."""
    votes, n = j.counts()
    return votes / _divisor(n), n.astype(np.float64)


def summed_marks(j: Judgments, weight: Float64) -> Float64:
    """Sum of ``weight`` [m] over the marks of counted judgments, per item and label [I, L]."""
    assert j.offsets is not None
    assert j.label is not None
    rows = np.repeat(np.arange(len(j)), np.diff(j.offsets))
    use = j.counted[rows]
    cell = j.item[rows[use]].astype(np.int64) * len(j.labels) + j.label[use]
    flat = np.bincount(cell, weights=weight[use], minlength=len(j.items) * len(j.labels))
    return np.asarray(flat, dtype=np.float64).reshape(len(j.items), len(j.labels))


def marked_above(j: Judgments, strength: float) -> Judgments:
    """INTENSITY judgments as SET: the labels marked with more than ``strength``."""
    assert j.strength is not None
    assert j.offsets is not None
    assert j.label is not None
    kept = j.strength > strength
    before = np.concatenate([[0], np.cumsum(kept)])
    return Judgments(
        kind=Kind.SET,
        items=j.items,
        raters=j.raters,
        labels=j.labels,
        item=j.item,
        rater=j.rater,
        status=j.status,
        offsets=before[j.offsets].astype(np.int64),
        label=j.label[kept],
    )


def _divisor(n: np.typing.NDArray[np.integer]) -> Float64:
    return np.where(n > 0, n, np.nan)[:, None]


def _need(j: Judgments, kind: Kind, instead: str) -> None:
    if j.kind != kind:
        raise ChoraleError("judgments-kind", f"{j.kind} judgments cannot be aggregated so.", f"Use {instead}.")

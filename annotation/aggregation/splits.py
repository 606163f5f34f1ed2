"""Do people genuinely split on an item, or was one opinion rated noisily? Tested, or said to be undecidable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa

from annotation.aggregation.runner_up import runner_up_tail
from annotation.aggregation.triples import Triples, binary_triples, triples
from annotation.agreement.answers import refuse_repeats
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind


class Verdict(StrEnum):
    """What the votes of one item say."""

    SPLIT = "people split"
    ONE = "one opinion"
    UNDECIDABLE = "undecidable"


@dataclass(frozen=True, eq=False)
class Splits:
    """Per item: ``verdict`` [I], ``p`` (exact, NaN where not tested), ``adjusted`` (Benjamini-Hochberg).

    ``power`` [I]: chance that a 50:50 split between two labels would be seen at this n; ``n`` votes; ``runner_up``
    votes for the second label. ``noise`` [L, L]: P(vote | plurality of the other raters), the null.
    """

    items: pa.StringArray
    verdict: tuple[Verdict, ...]
    p: Float64
    adjusted: Float64
    power: Float64
    n: Int64
    runner_up: Int64
    noise: Float64
    least: int
    level: float


@dataclass(frozen=True, eq=False)
class Tested:
    """One problem's test before its p-values are corrected: ``p``, ``power`` [I] (NaN where not tested)."""

    p: Float64
    power: Float64
    n: Int64
    runner_up: Int64
    noise: Float64


def splits(j: Judgments, *, least: int = 8, level: float = 0.05, wanted_power: float = 0.8) -> Splits:
    """Tests each item with at least ``least`` votes (SINGLE) against one opinion and rater noise (SCIENCE 15).

    Null: the votes are drawn from one row of ``noise``, that of the item's plurality label (of the likelier of tied
    ones); the statistic is the votes of the runner-up. *People split* where the adjusted p is below ``level``; *one
    opinion* where p itself is not and an even split would have been seen with ``wanted_power``; otherwise, and below
    ``least`` votes, *undecidable*. Noise is pooled over the corpus: it holds raters' mistakes and whatever share of
    items is truly split, so the test is conservative. Raises `ChoraleError` for other kinds (see `label_splits`).
    """
    if j.kind != Kind.SINGLE:
        raise ChoraleError("judgments-kind", f"{j.kind} judgments are not one choice.", "label_splits tests a label.")
    refuse_repeats(j)
    return _judged(j.items, tested(triples(j), least=least, level=level), least, level, wanted_power)


def label_splits(j: Judgments, label: str, *, least: int = 8, level: float = 0.05, wanted_power: float = 0.8) -> Splits:
    """The same for one label of SET or INTENSITY judgments: marked or not."""
    if j.kind not in (Kind.SET, Kind.INTENSITY):
        raise ChoraleError("judgments-kind", f"{j.kind} judgments have no label sets.", "Use splits for SINGLE.")
    refuse_repeats(j)
    found = tested(binary_triples(j, j.labels.index(label)), least=least, level=level)
    return _judged(j.items, found, least, level, wanted_power)


def tested(t: Triples, *, least: int, level: float) -> Tested:
    """p of each item's runner-up votes under one opinion, and the power against an even split at its n."""
    votes, noise = _votes(t), noise_profile(t)
    n = votes.sum(axis=1).astype(np.int64)
    second = np.sort(votes, axis=1)[:, -2].astype(np.int64) if t.classes > 1 else np.zeros(len(n), np.int64)
    base = votes.sum(axis=0)
    mode = np.lexsort((np.broadcast_to(base, votes.shape), votes), axis=1)[:, -1]  # ties: the commoner label
    p, power = np.full(len(n), np.nan), np.full(len(n), np.nan)
    testable = np.flatnonzero(n >= least) if t.classes > 1 else np.empty(0, np.int64)
    for key in np.unique(mode[testable] * (n.max(initial=0) + 1) + n[testable]):
        label, size = divmod(int(key), int(n.max()) + 1)
        own = testable[(mode[testable] == label) & (n[testable] == size)]
        tail = runner_up_tail(noise[label] / noise[label].sum(), size)
        p[own] = tail[second[own]]
        power[own] = _power(tail, level)
    return Tested(p, power, n, second, noise)


def verdict_of(p: float, adjusted: float, power: float, level: float, wanted_power: float) -> Verdict:
    """The verdict that a p (NaN: not tested), adjusted or not, and the power of the test at ``level`` allow.

    An item that only the correction keeps from being a split is not called one opinion: the power is of the test
    before correction.
    """
    if np.isnan(p):
        return Verdict.UNDECIDABLE
    if adjusted < level:
        return Verdict.SPLIT
    return Verdict.ONE if p >= level and power >= wanted_power else Verdict.UNDECIDABLE


def noise_profile(t: Triples) -> Float64:
    """P(vote | plurality of the other raters of the item) [L, L]; rows without evidence are uniform.

    Leaving the vote itself out keeps a vote from counting as agreement with itself; ties among the others share it.
    """
    votes = _votes(t)
    rest = votes[t.item]
    rest[np.arange(len(t.item)), t.answer] -= 1
    top = rest.max(axis=1, keepdims=True)
    leads = (rest == top) & (top > 0)
    share = leads / np.maximum(leads.sum(axis=1, keepdims=True), 1)
    profile = np.zeros((t.classes, t.classes))
    for answer in range(t.classes):
        profile[:, answer] = share[t.answer == answer].sum(axis=0)
    total = profile.sum(axis=1, keepdims=True)
    return np.where(total > 0, profile / np.maximum(total, 1e-300), 1 / t.classes)


def benjamini_hochberg(p: Float64) -> Float64:
    """Adjusted p-values (Benjamini and Hochberg 1995) of all cells of ``p`` together, NaN where ``p`` is NaN."""
    flat = p.ravel()
    adjusted = np.full_like(flat, np.nan)
    tested = np.flatnonzero(~np.isnan(flat))
    order = tested[np.argsort(flat[tested])]
    scaled = flat[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted.reshape(p.shape)


def _votes(t: Triples) -> Float64:
    flat = np.bincount(t.item * t.classes + t.answer, minlength=t.items * t.classes)
    return flat.reshape(t.items, t.classes).astype(np.float64)


def _power(tail: Float64, level: float) -> float:
    """Chance that ``size`` votes split evenly between two labels have a runner-up with p below ``level``."""
    size = len(tail) - 1
    steps = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size + 1)))])
    chance = np.exp(steps[-1] - steps - steps[::-1] - size * np.log(2))
    seen = np.minimum(np.arange(size + 1), size - np.arange(size + 1))
    return float(chance[tail[seen] < level].sum())


def _judged(items: pa.StringArray, found: Tested, least: int, level: float, wanted_power: float) -> Splits:
    adjusted = benjamini_hochberg(found.p)
    each = zip(found.p, adjusted, found.power, strict=True)
    verdict = tuple(verdict_of(p, a, power, level, wanted_power) for p, a, power in each)
    return Splits(items, verdict, found.p, adjusted, found.power, found.n, found.runner_up, found.noise, least, level)

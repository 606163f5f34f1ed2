"""Do people genuinely split on an item, or was one opinion rated noisily? Tested, or said to be undecidable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa

from annotation.aggregation.triples import Triples, triples
from annotation.agreement.answers import label_strengths, refuse_repeats
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind

DRAWS = 4000


class Verdict(StrEnum):
    """What the votes of one item say."""

    SPLIT = "people split"
    ONE = "one opinion"
    UNDECIDABLE = "undecidable"


@dataclass(frozen=True, eq=False)
class Splits:
    """Per item: ``verdict`` [I], ``p`` (Monte Carlo, NaN where not tested), ``adjusted`` (Benjamini-Hochberg).

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


def splits(j: Judgments, *, least: int = 8, level: float = 0.05, wanted_power: float = 0.8, seed: int = 0) -> Splits:
    """Tests each item with at least ``least`` votes (SINGLE) against one opinion and rater noise (SCIENCE 15).

    Null: the votes are drawn from one row of ``noise``, that of the item's plurality label (of the likelier of tied
    ones); the statistic is the votes of the runner-up. *People split* where the adjusted p is below ``level``; *one
    opinion* where it is not and an even split would have been seen with ``wanted_power``; otherwise, and below
    ``least`` votes, *undecidable*. Noise is pooled over the corpus: it holds raters' mistakes and whatever share of
    items is truly split, so the test is conservative. Raises `ChoraleError` for other kinds (see `label_splits`).
    """
    if j.kind != Kind.SINGLE:
        raise ChoraleError("judgments-kind", f"{j.kind} judgments are not one choice.", "label_splits tests a label.")
    refuse_repeats(j)
    return _tested(j.items, triples(j), least, level, wanted_power, seed)


def label_splits(
    j: Judgments, label: str, *, least: int = 8, level: float = 0.05, wanted_power: float = 0.8, seed: int = 0
) -> Splits:
    """The same for one label of SET or INTENSITY judgments: marked or not."""
    if j.kind not in (Kind.SET, Kind.INTENSITY):
        raise ChoraleError("judgments-kind", f"{j.kind} judgments have no label sets.", "Use splits for SINGLE.")
    refuse_repeats(j)
    item, strength = label_strengths(j, j.labels.index(label))
    rater = j.rater[j.counted].astype(np.int64)
    marked = (strength > 0).astype(np.int64)
    return _tested(
        j.items, Triples(item, rater, marked, len(j.items), len(j.raters), 2), least, level, wanted_power, seed
    )


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
    """Adjusted p-values (Benjamini and Hochberg 1995), NaN where ``p`` is NaN."""
    adjusted = np.full_like(p, np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested])]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def _votes(t: Triples) -> Float64:
    flat = np.bincount(t.item * t.classes + t.answer, minlength=t.items * t.classes)
    return flat.reshape(t.items, t.classes).astype(np.float64)


def _tested(items: pa.StringArray, t: Triples, least: int, level: float, wanted_power: float, seed: int) -> Splits:
    votes, noise = _votes(t), noise_profile(t)
    n = votes.sum(axis=1).astype(np.int64)
    second = np.sort(votes, axis=1)[:, -2].astype(np.int64) if t.classes > 1 else np.zeros(len(n), np.int64)
    base = votes.sum(axis=0)
    mode = np.lexsort((np.broadcast_to(base, votes.shape), votes), axis=1)[:, -1]  # ties: the commoner label
    rng, p, power = np.random.default_rng(seed), np.full(len(n), np.nan), np.full(len(n), np.nan)
    testable = np.flatnonzero(n >= least)
    for key in np.unique(mode[testable] * (n.max(initial=0) + 1) + n[testable]):
        label, size = divmod(int(key), int(n.max()) + 1)
        own = testable[(mode[testable] == label) & (n[testable] == size)]
        drawn = _runner_up(rng, size, noise[label])
        p[own] = (1 + (drawn[None, :] >= second[own][:, None]).sum(axis=1)) / (DRAWS + 1)
        even = np.zeros(t.classes)
        even[[label, (label + 1) % t.classes]] = 0.5
        seen = _runner_up(rng, size, even)
        power[own] = np.mean((1 + (drawn[None, :] >= seen[:, None]).sum(axis=1)) / (DRAWS + 1) < level)
    adjusted = benjamini_hochberg(p)
    verdict = [
        Verdict.UNDECIDABLE
        if np.isnan(p[i])
        else Verdict.SPLIT
        if adjusted[i] < level
        else Verdict.ONE
        if power[i] >= wanted_power
        else Verdict.UNDECIDABLE
        for i in range(len(n))
    ]
    return Splits(items, tuple(verdict), p, adjusted, power, n, second, noise, least, level)


def _runner_up(rng: np.random.Generator, size: int, profile: Float64) -> Int64:
    drawn = rng.multinomial(size, profile / profile.sum(), size=DRAWS)
    return np.asarray(np.sort(drawn, axis=1)[:, -2], dtype=np.int64)

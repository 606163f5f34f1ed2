"""Loss on whole answers: bits about a judgment's label set once every mark was mapped and the union taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from harmonize.loss.channel import bits
from harmonize.records import Bool, Float64, Int64, Judgments

BLOCKS = 1000
FIGURES = ("source_bits", "kept_bits", "lost_bits", "emptied")


@dataclass(frozen=True, slots=True)
class SetLoss:
    """H(S), H(T) = I(S;T) and H(S|T) in bits for label sets S and mapped sets T, with the judgments counted.

    A mapped set is a function of the set, so what is kept is H(T); unmapped marks leave no trace in T.
    ``miller_madow`` is H(S|T) with both entropies corrected by (distinct - 1) / (2 n ln 2) (Miller 1955).
    ``intervals``: 95 % by figure, over resampled items; empty where none was asked for.
    """

    judgments: int
    distinct: int
    distinct_mapped: int
    source_bits: float
    kept_bits: float
    lost_bits: float
    miller_madow: float
    emptied: float
    intervals: dict[str, tuple[float, float]]


def set_loss(judgments: Judgments, weights: Float64, *, rounds: int = 0, seed: int = 0) -> SetLoss | None:
    """Loss over label sets, judgments weighted alike; ``emptied``: share of marked judgments left with no mark.

    Intervals resample items whole (beyond 1,000, in as many random blocks), as judgments of one item hang together.
    Resampling repeats sets and so lowers every entropy; the resamples are moved up by their own mean shortfall, after
    which the percentiles stand (Efron and Tibshirani 1993, ch. 10 and 13).
    """
    used = np.flatnonzero(judgments.counted)
    marks = judgments.marks()[used]
    if not len(marks):
        return None
    packed, which = np.unique(np.packbits(marks, axis=1), axis=0, return_inverse=True)
    which = np.asarray(which.ravel(), dtype=np.int64)
    sets = np.unpackbits(packed, axis=1, count=marks.shape[1]).astype(np.float64)
    mapped = (sets @ (weights > 0).astype(np.float64)) > 0  # of each distinct set once
    distinct, image = np.unique(np.packbits(mapped, axis=1), axis=0, return_inverse=True)
    onto = np.asarray(image.ravel(), dtype=np.int64)[which]
    sources, targets = len(packed), len(distinct)
    full: Bool = np.asarray(sets.any(axis=1))[which]
    lost: Bool = full & ~np.asarray(mapped.any(axis=1))[which]
    value = _figures(np.bincount(which)[None], np.bincount(onto)[None], np.array([[lost.sum(), full.sum()]]))[0]
    before, after, apart, emptied = (float(x) for x in value)
    unit = 2 * len(marks) * np.log(2)
    corrected = before + (sources - 1) / unit - after - (targets - 1) / unit
    intervals = {}
    if rounds and len(np.unique(judgments.item[used])) > 1:
        intervals = _intervals(judgments.item[used].astype(np.int64), which, onto, lost, full, value, rounds, seed)
    return SetLoss(len(marks), sources, targets, before, after, apart, float(corrected), emptied, intervals)


def _figures(source: Float64 | Int64, target: Float64 | Int64, left: Float64 | Int64) -> Float64:
    """The four figures by row, float64[R, 4], from counts of sets, of mapped sets, and of (emptied, marked) answers."""
    before = bits(source / source.sum(axis=1, keepdims=True))
    after = bits(target / target.sum(axis=1, keepdims=True))
    return np.column_stack([before, after, before - after, left[:, 0] / np.maximum(left[:, 1], 1)])


def _intervals(
    item: Int64, which: Int64, onto: Int64, lost: Bool, full: Bool, value: Float64, rounds: int, seed: int
) -> dict[str, tuple[float, float]]:
    rng = np.random.default_rng(seed)
    place = np.unique(item, return_inverse=True)[1]
    items = int(place.max()) + 1
    block = place if items <= BLOCKS else (rng.permutation(items) % BLOCKS)[place]
    size = int(block.max()) + 1
    one = np.ones(len(which))
    source = sparse.csr_matrix((one, (block, which)))
    target = sparse.csr_matrix((one, (block, onto)))
    left = np.stack([np.bincount(block, weights=part, minlength=size) for part in (lost, full)])
    drawn = []
    for _ in range(rounds):
        times = rng.multinomial(size, np.full(size, 1 / size)).astype(np.float64)
        counts = (np.asarray(source.T @ times), np.asarray(target.T @ times), left @ times)
        drawn.append(_figures(counts[0][None], counts[1][None], counts[2][None])[0])
    found = np.array(drawn)
    found += value - found.mean(axis=0)
    ends = np.clip(np.percentile(found, [2.5, 97.5], axis=0), 0.0, None)
    return {name: (float(ends[0, k]), float(ends[1, k])) for k, name in enumerate(FIGURES)}

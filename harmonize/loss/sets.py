"""Loss on whole answers: bits about a judgment's label set once every mark was mapped and the union taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harmonize.loss.channel import bits
from harmonize.records import Bool, Float64, Judgments


@dataclass(frozen=True, slots=True)
class SetLoss:
    """H(S), H(T) = I(S;T) and H(S|T) in bits for label sets S and mapped sets T, with the judgments counted.

    A mapped set is a function of the set, so what is kept is H(T); unmapped marks leave no trace in T.
    ``miller_madow`` is H(S|T) with both entropies corrected by (distinct - 1) / (2 n ln 2) (Miller 1955).
    """

    judgments: int
    distinct: int
    distinct_mapped: int
    source_bits: float
    kept_bits: float
    lost_bits: float
    miller_madow: float
    emptied: float


def set_loss(judgments: Judgments, weights: Float64) -> SetLoss | None:
    """Loss over label sets, judgments weighted alike; ``emptied``: share of marked judgments left with no mark."""
    marks = judgments.marks()[judgments.counted]
    if not len(marks):
        return None
    mapped = (marks.astype(np.float64) @ (weights > 0).astype(np.float64)) > 0
    source, target = _shares(marks), _shares(mapped)
    before, after, n = float(bits(source)), float(bits(target)), len(marks)
    unit = 2 * n * np.log(2)
    corrected = before + (len(source) - 1) / unit - after - (len(target) - 1) / unit
    full = marks.any(axis=1)
    emptied = float((full & ~mapped.any(axis=1)).sum() / max(int(full.sum()), 1))
    return SetLoss(n, len(source), len(target), before, after, before - after, float(corrected), emptied)


def _shares(marks: Bool) -> Float64:
    packed = np.packbits(marks, axis=1)
    _, counts = np.unique(packed, axis=0, return_counts=True)
    shares: Float64 = counts / counts.sum()
    return shares

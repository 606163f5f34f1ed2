"""Entropy in bits, of each kind of soft label (SCIENCE 2): always shown with n, as it is biased low at small n."""

from __future__ import annotations

import numpy as np

from harmonize.records import Float64


def distribution_entropy(p: Float64) -> Float64:
    """Shannon entropy of each row of ``p`` [I, L] in bits, 0..log2 L; NaN where the row is masked."""
    return np.asarray(-_plogp(p).sum(axis=1))


def proportions_entropy(p: Float64) -> Float64:
    """Sum over labels of the binary entropies of ``p`` [I, L] in bits, 0..L; NaN where the row is masked.

    The joint entropy of a label set is at most this sum, and equals it where labels are marked independently.
    """
    return np.asarray(-(_plogp(p) + _plogp(1 - p)).sum(axis=1))


def _plogp(p: Float64) -> Float64:
    logs = np.log2(p, out=np.zeros_like(p), where=p > 0)
    return np.asarray(p * logs)

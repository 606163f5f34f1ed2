"""A crosswalk as a noisy channel: what a label Y still tells after it was mapped to Z."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harmonize.records import Float64


@dataclass(frozen=True, slots=True)
class ChannelLoss:
    """Bits about one label drawn from the base rates: H(Y), I(Y;Z), H(Y|Z), with unmapped as an outcome of Z."""

    source_bits: float
    kept_bits: float
    lost_bits: float


def with_unmapped(weights: Float64) -> Float64:
    """The weights with a last column for what is not mapped, float64[L, Lt + 1]; rows sum to 1."""
    rest = np.clip(1.0 - weights.sum(axis=1), 0.0, 1.0)
    return np.column_stack([weights, rest])


def channel_loss(base: Float64, weights: Float64) -> ChannelLoss:
    """H(Y), I(Y;Z) and H(Y|Z) in bits for base rates float64[L] (summing to 1) and weights float64[L, Lt].

    I(Y;Z) = H(Z) - sum_l p_l H(Z | l); H(Y|Z) = H(Y) - I(Y;Z). No bias correction: the base rates are taken as given.
    """
    channel = with_unmapped(weights)
    source = float(bits(base))
    kept = float(bits(base @ channel) - base @ bits(channel))
    kept = min(max(kept, 0.0), source)
    return ChannelLoss(source, kept, source - kept)


def bits(p: Float64) -> Float64:
    """Shannon entropy in bits along the last axis; 0 log 0 = 0."""
    entropy: Float64 = -np.where(p > 0, p * np.log2(np.where(p > 0, p, 1.0)), 0.0).sum(axis=-1)
    return entropy


def jensen_shannon(p: Float64, q: Float64) -> Float64:
    """Jensen-Shannon divergence of rows in bits, 0..1: H((p + q) / 2) - (H(p) + H(q)) / 2 (Lin 1991)."""
    divergence: Float64 = np.clip(bits((p + q) / 2) - (bits(p) + bits(q)) / 2, 0.0, 1.0)
    return divergence


def back_channel(base: Float64, weights: Float64) -> Float64:
    """P(Y | Z) by Bayes from the base rates, float64[Lt + 1, L]; a Z that never occurs gives the base rates."""
    joint = base[:, None] * with_unmapped(weights)
    total = joint.sum(axis=0)
    given = np.divide(joint, total, out=np.repeat(base[:, None], len(total), axis=1), where=total > 0)
    return np.ascontiguousarray(given.T)


def round_trip(rows: Float64, base: Float64, weights: Float64) -> Float64:
    """JSD in bits between each label distribution (rows sum to 1) and what comes back of it, float64[I]."""
    back = with_unmapped(weights) @ back_channel(base, weights)
    return jensen_shannon(rows, rows @ back)

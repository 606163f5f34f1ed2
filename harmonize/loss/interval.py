"""The figures of a loss report and their bootstrap intervals over items."""

from __future__ import annotations

import numpy as np

from harmonize.loss.channel import channel_loss, round_trip
from harmonize.records import Float64, Int64

MEASURES = (
    "coverage",
    "unmapped",
    "one_to_many",
    "source_bits",
    "kept_bits",
    "kept_share",
    "lost_bits",
    "round_trip_jsd",
)
EXACT = 5_000  # distinct rows up to which every round weighs each of them
BLOCKS = 1000

Ends = dict[str, float | None]


def measure(base: Float64, weights: Float64, rows: Float64, share: Float64) -> dict[str, float]:
    """Every figure at base rates float64[L], for rows of mass float64[R, L] weighted by ``share``; NaN if undefined."""
    used = base > 0
    placed = weights.sum(axis=1)
    loss = channel_loss(base, weights)
    several = ((weights > 0).sum(axis=1) > 1) @ base
    return {
        "coverage": float((placed[used] > 0).mean()),
        "unmapped": float(base @ np.clip(1.0 - placed, 0.0, 1.0)),
        "one_to_many": float(several),
        "source_bits": loss.source_bits,
        "kept_bits": loss.kept_bits,
        "kept_share": loss.kept_bits / loss.source_bits if loss.source_bits > 0 else float("nan"),
        "lost_bits": loss.lost_bits,
        "round_trip_jsd": float(share @ round_trip(rows, base, weights)),
    }


def interval(
    rows: Float64, weights: Float64, *, rounds: int, seed: int, level: float = 0.95, exact: int = EXACT
) -> tuple[Ends, Ends]:
    """Lower and upper percentiles of every figure over resampled items (rows float64[I, L]).

    Equal rows are resampled by their counts, so a round costs the distinct rows. With more than ``exact`` of them,
    items are resampled in `BLOCKS` random blocks, and the round trip keeps the base rates of the whole corpus.
    Resampling repeats items and so lowers entropies: each figure's resamples are moved by their own mean shortfall
    before the percentiles are taken (Efron and Tibshirani 1993, ch. 10), and stay within the figure's bounds.
    """
    rng = np.random.default_rng(seed)
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    drawn = _by_row if len(distinct) <= exact else _by_block
    found = drawn(distinct, counts, weights, rounds, rng)
    tail = 50 * (1 - level)
    even = np.full(len(rows), 1 / len(rows))
    value = measure(even @ rows, weights, distinct, counts / counts.sum())
    ends = {name: _ends(np.array([one[name] for one in found]), value[name], name, tail) for name in MEASURES}
    return {k: defined(float(v[0])) for k, v in ends.items()}, {k: defined(float(v[1])) for k, v in ends.items()}


def _ends(drawn: Float64, value: float, name: str, tail: float) -> Float64:
    moved: Float64 = np.percentile(drawn - drawn.mean() + value, [tail, 100 - tail])
    return np.clip(moved, 0.0, None if name.endswith("_bits") else 1.0)


def defined(value: float) -> float | None:
    """The number, or None for NaN."""
    return None if np.isnan(value) else value


def _by_row(
    distinct: Float64, counts: Int64, weights: Float64, rounds: int, rng: np.random.Generator
) -> list[dict[str, float]]:
    n = int(counts.sum())
    found = []
    for _ in range(rounds):
        share = rng.multinomial(n, counts / n) / n
        found.append(measure(share @ distinct, weights, distinct, share))
    return found


def _by_block(
    distinct: Float64, counts: Int64, weights: Float64, rounds: int, rng: np.random.Generator
) -> list[dict[str, float]]:
    base = counts @ distinct / counts.sum()
    block = rng.permutation(len(distinct)) % BLOCKS
    size = np.bincount(block, weights=counts, minlength=BLOCKS)
    mass = np.stack([np.bincount(block, weights=counts * column, minlength=BLOCKS) for column in distinct.T], axis=1)
    apart = np.bincount(block, weights=counts * round_trip(distinct, base, weights), minlength=BLOCKS)
    one = np.eye(len(base))
    found = []
    for _ in range(rounds):
        times = rng.multinomial(BLOCKS, np.full(BLOCKS, 1 / BLOCKS))
        total = times @ size
        drawn = times @ mass / total
        figures = measure(drawn, weights, one, drawn)
        found.append(figures | {"round_trip_jsd": float(times @ apart / total)})
    return found

"""Proper scores of soft predictions over people's individual votes (SCIENCE rule 18)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import rel_entr

from annotation.model_raters.votes import VoteShares
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Kind

FLOOR = 1e-6  # probabilities are stored to 6 decimals, so a stored 0 means "below a millionth"


@dataclass(frozen=True)
class Interval:
    """A mean over items with the 2.5 and 97.5 percentiles of its bootstrap over items."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ProperScores:
    """Scores of one rater on people's votes; smaller is better everywhere.

    ``brier`` in 0..2 (SINGLE) or 0..L (SET, summed over labels) and ``log_loss`` in nats are means over votes;
    ``divergence`` in bits, 0..1, is the Jensen-Shannon divergence from one half of the raters, beside ``people``: the
    same divergence of the other half of equal size. ``base_brier`` and ``base_log_loss`` score the mean vote alone.
    ``divergence`` and ``people`` are None where no item has two raters.
    """

    items: int
    votes: int
    brier: Interval
    log_loss: Interval
    divergence: Interval | None
    people: Interval | None
    base_brier: float
    base_log_loss: float

    def to_dict(self) -> dict[str, Any]:
        """Plain nested dictionary, for JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(stored: dict[str, Any]) -> ProperScores:
        """Inverse of `to_dict`."""
        intervals = {name: None if stored[name] is None else Interval(**stored[name]) for name in _INTERVALS}
        return ProperScores(**(stored | intervals))


_INTERVALS = ("brier", "log_loss", "divergence", "people")


def proper_scores(people: VoteShares, probabilities: Float64, *, rounds: int = 500, seed: int = 0) -> ProperScores:
    """Score probabilities float[n, L], rows as in ``people``, by the votes of each item.

    Brier (1950) and logarithmic score summed over votes; Jensen-Shannon divergence (Lin 1991)
    between equal numbers of raters.
    """
    if probabilities.shape != people.shares.shape:
        raise ChoraleError("scores-shape", f"Probabilities must have shape {people.shares.shape}.")
    given = np.clip(np.asarray(probabilities, np.float64), FLOOR, 1.0)
    random = np.random.default_rng(seed)
    weights = random.poisson(1.0, size=(rounds, len(people.items))).astype(np.float64)
    base = np.clip(people.votes.sum(axis=0) / people.raters.sum(), FLOOR, 1.0)
    base_rows = np.broadcast_to(base, given.shape)
    return ProperScores(
        items=len(people.items),
        votes=int(people.raters.sum()),
        brier=_mean(brier(people, given), people.raters, weights),
        log_loss=_mean(log_loss(people, given), people.raters, weights),
        **_divergences(people, given, random, weights),
        base_brier=float(brier(people, base_rows).sum() / people.raters.sum()),
        base_log_loss=float(log_loss(people, base_rows).sum() / people.raters.sum()),
    )


def brier(people: VoteShares, p: Float64) -> Float64:
    """float64[n]: squared error summed over labels and over the votes of each item."""
    raters, votes = people.raters.astype(np.float64), people.votes
    if people.kind == Kind.SINGLE:
        return np.asarray(raters * (p**2).sum(axis=1) - 2.0 * (votes * p).sum(axis=1) + raters)
    return np.asarray((votes * (1 - p) ** 2 + (raters[:, None] - votes) * p**2).sum(axis=1))


def log_loss(people: VoteShares, p: Float64) -> Float64:
    """float64[n]: minus the logarithm of the probability of each vote, summed over the votes of an item, in nats."""
    p = np.clip(p, FLOOR, 1.0)
    if people.kind == Kind.SINGLE:
        return np.asarray(-(people.votes * np.log(p)).sum(axis=1))
    absent = np.log(np.clip(1.0 - p, FLOOR, 1.0))
    return np.asarray(-(people.votes * np.log(p) + (people.raters[:, None] - people.votes) * absent).sum(axis=1))


def divergence(kind: Kind, p: Float64, q: Float64) -> Float64:
    """float64[n]: Jensen-Shannon divergence in bits; for SET the mean over labels, each a yes against a no."""
    if kind == Kind.SINGLE:
        return _jensen_shannon(p, q)
    stacked_p, stacked_q = np.stack([p, 1 - p], axis=-1), np.stack([q, 1 - q], axis=-1)
    return np.asarray(_jensen_shannon(stacked_p, stacked_q).mean(axis=-1))


def _jensen_shannon(p: Float64, q: Float64) -> Float64:
    middle = (p + q) / 2
    return np.asarray((rel_entr(p, middle) + rel_entr(q, middle)).sum(axis=-1) / (2 * np.log(2)))


def _divergences(
    people: VoteShares, p: Float64, random: np.random.Generator, weights: Float64
) -> dict[str, Interval | None]:
    """Model against half A, and half B against half A, over the items with at least two raters."""
    rows = np.flatnonzero(people.raters >= 2)
    if not len(rows):
        return {"divergence": None, "people": None}
    half = people.raters[rows] // 2
    first, second = _two_halves(people, rows, half, random)
    ones = np.ones(len(rows))
    model = divergence(people.kind, p[rows], first)
    floor = divergence(people.kind, second, first)
    return {"divergence": _mean(model, ones, weights[:, rows]), "people": _mean(floor, ones, weights[:, rows])}


def _two_halves(people: VoteShares, rows: Any, half: Any, random: np.random.Generator) -> tuple[Float64, Float64]:
    """Vote shares of two disjoint random halves of each item's raters, drawn from the counts (per label for SET)."""
    votes, raters = people.votes[rows].astype(np.int64), people.raters[rows].astype(np.int64)
    if people.kind == Kind.SINGLE:
        first = np.stack([random.multivariate_hypergeometric(v, h) for v, h in zip(votes, half, strict=True)])
        rest = votes - first
        second = np.stack([random.multivariate_hypergeometric(v, h) for v, h in zip(rest, half, strict=True)])
    else:
        first = random.hypergeometric(votes, raters[:, None] - votes, half[:, None])
        rest, other = votes - first, (raters - half)[:, None] - (votes - first)
        second = random.hypergeometric(rest, other, half[:, None])
    return first / half[:, None], second / half[:, None]


def _mean(total: Float64, size: Any, weights: Float64) -> Interval:
    """Ratio of sums over items, with its bootstrap percentiles (items resampled by Poisson weights)."""
    drawn = weights @ np.asarray(size, np.float64)
    rounds = (weights @ total)[drawn > 0] / drawn[drawn > 0]
    low, high = np.percentile(rounds, [2.5, 97.5]) if len(rounds) else (np.nan, np.nan)
    return Interval(float(np.sum(total) / np.sum(size)), float(low), float(high))

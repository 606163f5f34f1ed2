"""People's votes as training targets: the share of raters behind each label, or the mean on each dimension."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int32, Judgments, Kind


@dataclass(frozen=True, eq=False)
class VoteShares:
    """Votes of the items that have any, in the order of their ids (n items, L labels).

    ``shares`` float64[n, L] in 0..1: votes for a label divided by counted raters (SINGLE rows sum to 1);
    ``votes`` int32[n, L]; ``raters`` int32[n], at least 1. DIMENSION: ``shares`` are means over raters on the native
    range, ``votes`` is empty.
    """

    kind: Kind
    items: tuple[str, ...]
    labels: tuple[str, ...]
    shares: Float64
    votes: Int32
    raters: Int32


def vote_shares(judgments: Judgments, *, only: Iterable[str] | None = None) -> VoteShares:
    """Shares of votes per item and label, of all items or of those in ``only`` (categorical kinds; else raises)."""
    if judgments.kind == Kind.DIMENSION:
        return _means(judgments, only)
    if judgments.kind not in (Kind.SINGLE, Kind.SET, Kind.INTENSITY):
        raise ChoraleError("votes-kind", f"{judgments.kind} judgments hold no votes.", "Use a categorical scheme.")
    votes, raters = judgments.counts()
    names = np.asarray(judgments.items.to_pylist(), dtype=object)
    chosen = None if only is None else set(only)
    rows = [row for row, name in enumerate(names) if raters[row] > 0 and (chosen is None or name in chosen)]
    rows.sort(key=lambda row: str(names[row]))
    if not rows:
        raise ChoraleError("no-votes", "No item has a counted vote.", "Import or collect human judgments first.")
    votes, raters = votes[rows], raters[rows]
    kind = Kind.SINGLE if judgments.kind == Kind.SINGLE else Kind.SET
    shares = votes.astype(np.float64) / raters[:, None]
    return VoteShares(kind, tuple(str(names[row]) for row in rows), judgments.labels, shares, votes, raters)


def mean_strengths(judgments: Judgments, items: Iterable[str]) -> tuple[Float64, Float64]:
    """Per item and label the mean strength of those who marked it, 0 where nobody did, and how far apart they lie.

    ``judgments`` of kind INTENSITY; both float64[n, L] in the order of ``items``, on the scheme's ordinal levels.
    """
    assert judgments.offsets is not None
    assert judgments.label is not None
    assert judgments.strength is not None
    rows = np.repeat(np.arange(len(judgments)), np.diff(judgments.offsets))
    use = judgments.counted[rows]
    cell = (judgments.item[rows[use]], judgments.label[use])
    size = (len(judgments.items), len(judgments.labels))
    low, high, total, marks = np.full(size, np.inf), np.full(size, -np.inf), np.zeros(size), np.zeros(size)
    np.minimum.at(low, cell, judgments.strength[use])
    np.maximum.at(high, cell, judgments.strength[use])
    np.add.at(total, cell, judgments.strength[use])
    np.add.at(marks, cell, 1.0)
    place = {str(name): row for row, name in enumerate(judgments.items.to_pylist())}
    wanted = [place[name] for name in items]
    apart = np.where(marks > 0, high - np.where(marks > 0, low, 0.0), 0.0)
    return (total / np.maximum(marks, 1.0))[wanted], apart[wanted]


def _means(judgments: Judgments, only: Iterable[str] | None) -> VoteShares:
    """Means over raters; an item counts only where every dimension was rated by somebody."""
    assert judgments.values is not None
    kept = np.flatnonzero(judgments.counted & np.isfinite(judgments.values).any(axis=1))
    size = (len(judgments.items), len(judgments.labels))
    totals, known, raters = np.zeros(size), np.zeros(size), np.zeros(size[0], np.int32)
    rated = np.isfinite(judgments.values[kept])
    np.add.at(totals, judgments.item[kept], np.where(rated, judgments.values[kept], 0.0))
    np.add.at(known, judgments.item[kept], rated)
    np.add.at(raters, judgments.item[kept], 1)
    names, chosen = judgments.items.to_pylist(), None if only is None else set(only)
    rows = [row for row, name in enumerate(names) if known[row].all() and (chosen is None or name in chosen)]
    rows.sort(key=lambda row: str(names[row]))
    if not rows:
        raise ChoraleError("no-votes", "No item has a rating of every dimension.", "Import or collect ratings first.")
    means = totals[rows] / known[rows]
    empty = np.zeros((len(rows), 0), np.int32)
    return VoteShares(Kind.DIMENSION, tuple(str(names[r]) for r in rows), judgments.labels, means, empty, raters[rows])

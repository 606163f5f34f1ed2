"""Judgments as numbers that a statistic can sum: one value or feature vector a counted judgment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Int64, Judgments, Kind

Codes = npt.NDArray[np.signedinteger[Any]]
MOST_STEPS = 17  # judgments an item up to which stepping through a sorted table beats sorting it


def single_codes(j: Judgments) -> tuple[Codes, Codes]:
    """Item and label code of each answered SINGLE judgment, [n] each (views where every judgment is answered)."""
    assert j.offsets is not None
    assert j.label is not None
    counted, lengths = j.counted, np.diff(j.offsets)
    if counted.all() and (lengths == 1).all():
        start = int(j.offsets[0])
        return j.item, j.label[start : start + len(j)]
    rows = np.flatnonzero(counted)
    lengths = lengths[rows]
    if (lengths != 1).any():
        where = int(rows[np.flatnonzero(lengths != 1)[0]])
        raise ChoraleError(
            "not-one-label",
            f"Judgment {where} of kind single is answered with {int(np.diff(j.offsets)[where])} labels.",
            "A judgment with no label needs a status (none applies, skipped); several labels need kind set.",
        )
    return j.item[rows].astype(np.int64), j.label[j.offsets[:-1][rows]].astype(np.int64)


def set_codes(j: Judgments) -> tuple[Int64, Int64, Bool]:
    """Item, code of the label set, and the distinct sets bool[V, L], of each counted judgment."""
    assert j.offsets is not None
    assert j.label is not None
    rows, width = np.flatnonzero(j.counted), len(j.labels)
    if width > 63:
        sets, codes = np.unique(j.marks()[rows], axis=0, return_inverse=True)
        return j.item[rows].astype(np.int64), codes.reshape(-1).astype(np.int64), sets
    # A set is the sum of its labels' bits; differences of a running sum modulo 2^64 are exact.
    bits = np.concatenate([np.zeros(1, np.uint64), np.cumsum(np.uint64(1) << j.label.astype(np.uint64))])
    masks, codes = np.unique((bits[j.offsets[1:]] - bits[j.offsets[:-1]])[rows], return_inverse=True)
    sets = (masks[:, None] >> np.arange(width, dtype=np.uint64)) & np.uint64(1) == 1
    return j.item[rows].astype(np.int64), codes.astype(np.int64), sets


def numbers(j: Judgments, column: int) -> tuple[Int64, Float64]:
    """Item and value of each counted judgment that gave a number in ``column`` (DIMENSION, PROBABILITY)."""
    assert j.values is not None
    rows = np.flatnonzero(j.counted & ~np.isnan(j.values[:, column]))
    return j.item[rows].astype(np.int64), j.values[rows, column].astype(np.float64)


def label_strengths(j: Judgments, label: int) -> tuple[Int64, Float64]:
    """Item and strength of one label in each counted judgment; 0 where the judgment did not mark it."""
    assert j.offsets is not None
    assert j.label is not None
    strength = np.zeros(len(j))
    rows = np.repeat(np.arange(len(j)), np.diff(j.offsets))
    here = j.label == label
    strength[rows[here]] = 1.0 if j.strength is None else j.strength[here]
    kept = j.counted
    return j.item[kept].astype(np.int64), strength[kept]


def label_points(labels: tuple[str, ...]) -> Float64:
    """The labels as numbers, for interval and ratio distances between levels named by numbers ("1", "2.5")."""
    try:
        return np.array([float(name) for name in labels])
    except ValueError:
        raise ChoraleError(
            "labels-are-not-numbers",
            f"The labels {', '.join(labels[:4])}… have no numeric values.",
            "Pass points=, one number a label, or use metric='nominal' or 'ordinal'.",
        ) from None


def refuse_repeats(j: Judgments) -> None:
    """Raise where a rater has two counted judgments of one item: they would pass for two independent raters."""
    known = j.counted & (j.rater >= 0)
    item, rater = (j.item, j.rater) if known.all() else (j.item[known], j.rater[known])
    repeats = _repeats_together(item, rater)
    if repeats is None:
        pair = np.sort(item.astype(np.int64) * max(len(j.raters), 1) + rater)
        repeats = int((pair[1:] == pair[:-1]).sum())
    if repeats:
        raise ChoraleError(
            "repeated-rating",
            f"{repeats} judgments repeat an item and rater.",
            "Keep one judgment a rater and item (the newest revision), or give each repetition a rater of its own.",
        )


def _repeats_together(item: Codes, rater: Codes) -> int | None:
    """Repeated pairs where items lie together, each judgment compared with the next ones of its item; else None."""
    if not bool((item[1:] >= item[:-1]).all()):
        return None
    repeats = 0
    for step in range(1, MOST_STEPS):
        same = item[step:] == item[:-step]
        if not same.any():  # no item has more judgments than this
            return repeats
        repeats += int(np.count_nonzero(same & (rater[step:] == rater[:-step])))
    return None


def rows_by(code: Codes) -> Iterator[tuple[int, Int64]]:
    """Each code in ``code`` [n] with its positions, in order; one sort for all of them."""
    order = np.argsort(code, kind="stable")
    edges = np.flatnonzero(np.diff(code[order], prepend=code[order][:1] - 1)) if len(order) else order
    for rows in np.split(order, edges[1:]) if len(order) else ():
        yield int(code[rows[0]]), rows


def require(j: Judgments, *kinds: Kind, fix: str) -> None:
    """Raise unless the judgments are of one of ``kinds``."""
    if j.kind not in kinds:
        raise ChoraleError("judgments-kind", f"{j.kind} judgments do not fit here.", fix)


def rater_names(j: Judgments, kept: Bool) -> frozenset[str] | None:
    """Names of the raters in the rows ``kept``; None where any of them is unknown."""
    rater = j.rater if kept.all() else j.rater[kept]
    if len(rater) and rater.min() < 0:
        return None
    codes = np.flatnonzero(np.bincount(rater))
    return frozenset(str(name) for name in j.raters.take(codes).to_pylist())

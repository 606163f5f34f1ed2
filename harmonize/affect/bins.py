"""Binned views of a dimension: named ranges, so that numbers can be browsed and compared like labels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from harmonize.problems import ChoraleError
from harmonize.records import Int16, Judgments, Kind, Semantics, SoftLabels, Status
from harmonize.schemes import Dimension, Scheme


@dataclass(frozen=True)
class Bins:
    """Named ranges of one dimension. ``edges`` rise strictly and lie inside the range; a value on an edge goes up.

    ``names`` has one more entry than ``edges``.
    """

    scheme: str
    dimension: str
    edges: tuple[float, ...]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.names) != len(self.edges) + 1 or list(self.edges) != sorted(set(self.edges)):
            raise ChoraleError("bins-definition", f"{self.dimension}: edges must rise and names number one more.")


def thirds(scheme: Scheme, dimension: str) -> Bins:
    """Three equal ranges, low, middle and high: a convention, not a finding."""
    found: Dimension = scheme.dimensions[scheme.code(dimension)]
    step = (found.high - found.low) / 3
    return Bins(scheme.ref, dimension, (found.low + step, found.low + 2 * step), ("low", "middle", "high"))


def bin_judgments(judgments: Judgments, bins: Bins) -> Judgments:
    """Each rating's range as a SINGLE judgment. Ratings without that value are dropped, not guessed.

    Bin before aggregating: the range of a mean is not the mean of ranges. Raises `ChoraleError` for other kinds.
    """
    if judgments.values is None or judgments.kind != Kind.DIMENSION:
        raise ChoraleError("bins-kind", f"{judgments.kind} judgments have no dimension to bin.")
    column = judgments.values[:, _place(judgments.labels, bins)].astype(np.float64)
    kept = np.flatnonzero(~np.isnan(column) | (judgments.status != Status.ANSWERED))
    rows = judgments.select(kept)
    answered = ~np.isnan(column[kept])
    codes = np.searchsorted(np.array(bins.edges), column[kept][answered], side="right").astype(np.int16)
    offsets = np.concatenate([[0], np.cumsum(answered)]).astype(np.int64)
    return replace(rows, kind=Kind.SINGLE, labels=bins.names, values=None, offsets=offsets, label=codes)


def bin_means(soft: SoftLabels, bins: Bins) -> Int16:
    """The range that each item's mean falls in, int16[I], -1 where masked: a view of the mean, not a vote."""
    if soft.semantics != Semantics.DIMENSION:
        raise ChoraleError("bins-kind", f"{soft.semantics} have no dimension to bin.")
    column = soft.values[:, _place(soft.labels, bins)]
    codes = np.searchsorted(np.array(bins.edges), np.nan_to_num(column), side="right")
    return np.where(np.isnan(column), -1, codes).astype(np.int16)


def _place(labels: tuple[str, ...], bins: Bins) -> int:
    if bins.dimension not in labels:
        raise ChoraleError("bins-dimension", f"There is no dimension {bins.dimension!r} among {', '.join(labels)}.")
    return labels.index(bins.dimension)

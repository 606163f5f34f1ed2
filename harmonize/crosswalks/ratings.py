"""Mapping judgments: each rater's own answer is mapped, and only then is anything aggregated (SCIENCE rule 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harmonize.crosswalks.crosswalk import Crosswalk, CrosswalkKind
from harmonize.crosswalks.rescale import rescale_judgments
from harmonize.crosswalks.soft import MASS_TOLERANCE, require_labels
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Int64, Judgments, Kind, Status


@dataclass(frozen=True, eq=False)
class MappedJudgments:
    """Mapped judgments and what was lost on the way.

    ``rows`` int64: the source row of each mapped judgment (SINGLE answers without counterpart have no mapped one).
    ``dropped`` int64[Ls]: marks without counterpart, by source label. ``unmapped`` float64[I]: per item, the mean over
    its counted judgments of the share of each one's marks that found no place; NaN where nobody marked anything.
    """

    judgments: Judgments
    rows: Int64
    dropped: Int64
    unmapped: Float64


def map_judgments(judgments: Judgments, crosswalk: Crosswalk) -> Judgments:
    """Every judgment under the target scheme; what is lost is told by `map_judgments_counted`.

    SET: a judgment's marks become the union of their objects; one left with no marks stays an answer without marks and
    never becomes `none applies`. SINGLE: an answer without counterpart is dropped, and one that has several needs a
    set-valued target. INTENSITY: a merged label has the greatest strength of its marks. PROBABILITY: values @ weights,
    rows must sum to 1. DIMENSION: rescaled. Statuses are kept. Raises `ChoraleError` where labels or kinds do not fit.
    """
    return map_judgments_counted(judgments, crosswalk).judgments


def map_judgments_counted(judgments: Judgments, crosswalk: Crosswalk) -> MappedJudgments:
    """`map_judgments` with the marks that found no place, by label and by item."""
    require_labels(judgments.labels, crosswalk)
    every = np.arange(len(judgments), dtype=np.int64)
    if (judgments.kind == Kind.DIMENSION) != (crosswalk.kind == CrosswalkKind.RESCALE):
        raise ChoraleError("crosswalk-semantics", f"{crosswalk.ref} does not map {judgments.kind} judgments.")
    none = np.zeros(len(judgments.labels), dtype=np.int64)
    if judgments.kind == Kind.DIMENSION:
        nothing = np.full(len(judgments.items), np.nan)
        return MappedJudgments(rescale_judgments(judgments, crosswalk), every, none, nothing)
    if judgments.kind == Kind.PROBABILITY:
        return _map_beliefs(judgments, crosswalk)
    feeds = crosswalk.matrix() > 0
    _require_kind(judgments.kind, crosswalk, feeds)
    assert judgments.label is not None
    assert judgments.offsets is not None
    placed = np.asarray(feeds.any(axis=1))[judgments.label]
    dropped = np.bincount(judgments.label[~placed], minlength=len(judgments.labels)).astype(np.int64)
    unmapped = _unmapped_share(judgments, placed)
    mapped = _map_marks(judgments, crosswalk, feeds)
    if mapped.kind != Kind.SINGLE:
        return MappedJudgments(mapped, every, dropped, unmapped)
    assert mapped.offsets is not None
    lost = (np.diff(judgments.offsets) > 0) & (np.diff(mapped.offsets) == 0)
    kept = np.flatnonzero(~lost)
    return MappedJudgments(mapped.select(kept), kept, dropped, unmapped)


def _require_kind(kind: Kind, crosswalk: Crosswalk, feeds: Bool) -> None:
    target = crosswalk.target_labels.kind
    several = bool((feeds.sum(axis=1) > 1).any())
    if target == Kind.SET or (kind == target and not (kind == Kind.SINGLE and several)):
        return
    why = "it gives some labels several objects" if several else f"{kind} answers do not fit a {target} scheme"
    raise ChoraleError(
        "crosswalk-kind",
        f"{crosswalk.ref} cannot map {kind} judgments: {why}.",
        "Map to the set-valued form of the target scheme, or map the vote distribution with map_soft.",
    )


def _map_marks(judgments: Judgments, crosswalk: Crosswalk, feeds: Bool) -> Judgments:
    assert judgments.label is not None
    assert judgments.offsets is not None
    target = crosswalk.target_labels
    width, label = len(target.names), judgments.label.astype(np.int64)
    rows = np.repeat(np.arange(len(judgments)), np.diff(judgments.offsets))
    strength = judgments.strength
    if target.kind != Kind.INTENSITY and strength is not None:
        present = strength > 0  # a strength of 0 says that the emotion is absent
        rows, label, strength = rows[present], label[present], None
    source, object_ = np.nonzero(feeds)
    starts = np.searchsorted(source, np.arange(feeds.shape[0] + 1))
    fan = np.diff(starts)[label]
    within = np.arange(fan.sum()) - np.repeat(np.cumsum(fan) - fan, fan)
    keys = np.repeat(rows, fan) * width + object_[np.repeat(starts[label], fan) + within]
    unique, back = np.unique(keys, return_inverse=True)
    columns: dict[str, Any] = {"label": (unique % width).astype(np.int16), "strength": None}
    if strength is not None:
        greatest = np.full(len(unique), -np.inf, dtype=np.float32)
        np.maximum.at(greatest, back, np.repeat(strength, fan))
        columns["strength"] = greatest
    counts = np.bincount(unique // width, minlength=len(judgments))
    columns["offsets"] = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return replace(judgments, kind=target.kind, labels=target.names, **columns)


def _unmapped_share(judgments: Judgments, placed: Bool) -> Float64:
    assert judgments.offsets is not None
    marks = np.diff(judgments.offsets)
    rows = np.repeat(np.arange(len(judgments)), marks)
    lost = np.bincount(rows[~placed], minlength=len(judgments))
    use = judgments.counted & (marks > 0)
    shares = np.bincount(judgments.item[use], weights=lost[use] / marks[use], minlength=len(judgments.items))
    raters = np.bincount(judgments.item[use], minlength=len(judgments.items))
    share: Float64 = np.divide(shares, raters, out=np.full(len(shares), np.nan), where=raters > 0)
    return share


def _map_beliefs(judgments: Judgments, crosswalk: Crosswalk) -> MappedJudgments:
    """A model's probabilities: mapped mass is not renormalised, so what a row lacks of 1 is unmapped."""
    assert judgments.values is not None
    weights = crosswalk.matrix()
    values = judgments.values.astype(np.float64)
    answered = judgments.status == Status.ANSWERED
    masked = np.isnan(values)
    known = np.where(masked, 0.0, values)
    off = np.abs(known.sum(axis=1) - 1.0)[answered & ~masked.all(axis=1)]
    if off.size and off.max() > MASS_TOLERANCE:
        raise ChoraleError(
            "judgments-mass",
            f"{int((off > MASS_TOLERANCE).sum())} judgments hold probabilities that do not sum to 1.",
            "Label-wise probabilities of a multi-label model have no merged value; map its marked sets instead.",
        )
    feeds = (weights > 0).astype(np.float64)
    mapped = np.where((~masked).astype(np.float64) @ feeds > 0, known @ weights, np.nan).astype(np.float32)
    lost = known @ (1.0 - weights.sum(axis=1))
    size = len(judgments.items)
    use = answered & ~masked.all(axis=1)
    total = np.bincount(judgments.item[use], weights=lost[use], minlength=size)
    count = np.bincount(judgments.item[use], minlength=size)
    share = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
    result = replace(judgments, labels=crosswalk.target_labels.names, values=mapped)
    none = np.zeros(len(judgments.labels), dtype=np.int64)
    return MappedJudgments(result, np.arange(len(judgments), dtype=np.int64), none, share)

"""Agreement before and after a crosswalk: paired on the same units, beside random merges of the same shape.

"Coarser labels agree more" is false for a chance-corrected figure (SCIENCE 8): observed and expected disagreement are
shown, and the change is compared with merges that mean nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from annotation.agreement.bootstrap import CELLS, Progress, percentiles
from annotation.agreement.coefficient import Coefficient
from annotation.agreement.gather import statistics
from annotation.agreement.statistics import AlphaStatistics
from harmonize.crosswalks import Crosswalk, map_judgments
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind

SAME = 1e-12  # alphas closer than that are one number
NOT_RANKED = "alphas of different schemes are not ranked: compare the change with the random merges"


@dataclass(frozen=True)
class MappedAgreement:
    """``before``, ``after``: alpha on the same units. ``change``: after - before, with a paired interval.

    ``null``: changes under random merges with as many source labels in each target; ``p``: share of them at least as
    high as the map's own change; None, and no null, where the map only renames labels, so that any shuffle gives the
    same alpha.
    """

    crosswalk: str
    before: Coefficient
    after: Coefficient
    change: Coefficient
    null: tuple[float, ...]
    p: float | None
    note: str = NOT_RANKED

    def to_dict(self) -> dict[str, Any]:
        """The figures as a JSON-ready mapping."""
        parts = {name: getattr(self, name).to_dict() for name in ("before", "after", "change")}
        return {"crosswalk": self.crosswalk, **parts, "null": list(self.null), "p": self.p, "note": self.note}


def across_crosswalk(
    j: Judgments,
    crosswalk: Crosswalk,
    *,
    metric: str | None = None,
    merges: int = 200,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    progress: Progress | None = None,
) -> MappedAgreement:
    """Alpha of the judgments natively and mapped by ``crosswalk``, each judgment mapped on its own (SCIENCE 6).

    Units are the items that have two counted judgments on both sides. The same resamples serve both, so that the
    interval of the change is paired. Raises `ChoraleError` for kinds without one alpha.
    """
    if j.kind not in (Kind.SINGLE, Kind.SET):
        raise ChoraleError("judgments-kind", f"{j.kind} judgments are not merged by a crosswalk.")
    mapped = map_judgments(j, crosswalk)
    if mapped.kind != j.kind:
        raise ChoraleError("kinds-differ", f"{j.kind} judgments become {mapped.kind} ones.", "Compare label by label.")
    both = _shared(j) & _shared(mapped)
    j, mapped = j.select(both[j.item]), mapped.select(both[mapped.item])
    one, two = statistics(j, metric=metric), statistics(mapped, metric=metric)
    before = one.coefficients(rounds=rounds, seed=seed, level=level)[0]
    after = two.coefficients(rounds=rounds, seed=seed, level=level)[0]
    change = Coefficient("change of alpha", units=before.units, seed=seed, level=level)
    if before.value is None or after.value is None:
        reason = before.reason or after.reason
        return MappedAgreement(crosswalk.ref, before, after, replace(change, reason=reason), (), None)
    low, high, defined = percentiles(_paired(one, two, rounds, seed), level) if rounds else (None, None, 0)
    change = replace(change, value=after.value - before.value, low=low, high=high, rounds=defined)
    null = _null(j, crosswalk, metric, before.value, merges, seed, progress) if _merging(crosswalk) else []
    p = None
    if len(null):
        p = (1 + sum(x >= (change.value or 0.0) - SAME for x in null)) / (len(null) + 1)
    return MappedAgreement(crosswalk.ref, before, after, change, tuple(null), p)


def _merging(crosswalk: Crosswalk) -> bool:
    """Whether it does anything to agreement: two labels become one, one becomes several, or one goes to unmapped."""
    feeds = crosswalk.matrix() > 0
    return bool((feeds.sum(axis=0) > 1).any() or (feeds.sum(axis=1) != 1).any())


def _shared(j: Judgments) -> np.typing.NDArray[np.bool_]:
    return np.asarray(np.bincount(j.item[j.counted], minlength=len(j.items)) >= 2)


def _paired(one: AlphaStatistics, two: AlphaStatistics, rounds: int, seed: int) -> Float64:
    if len(one.rows) != len(two.rows) or len(one.rows) < 2:
        return np.full(rounds, np.nan)
    rng, draws, block = np.random.default_rng(seed), [], max(1, CELLS // len(one.rows))
    for start in range(0, rounds, block):
        size = min(block, rounds - start)
        drawn = rng.integers(0, len(one.rows), size=(size, len(one.rows))) + np.arange(size)[:, None] * len(one.rows)
        weights = np.bincount(drawn.ravel(), minlength=size * len(one.rows)).reshape(size, -1).astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            draws.append(two.values(weights @ two.rows)[:, 0] - one.values(weights @ one.rows)[:, 0])
    return np.concatenate(draws)


def _null(
    j: Judgments,
    crosswalk: Crosswalk,
    metric: str | None,
    before: float,
    merges: int,
    seed: int,
    progress: Progress | None,
) -> list[float]:
    """Changes of alpha when the source labels are dealt to the targets anew, as many to each as before."""
    weights = crosswalk.matrix() > 0
    rng, found = np.random.default_rng(seed), []
    turns = range(merges)
    for _ in progress(turns) if progress else turns:
        shuffled = _merged(j, weights[rng.permutation(len(weights))])
        value = statistics(shuffled, metric=metric).coefficients(rounds=0)[0].value
        if value is not None:
            found.append(value - before)
    return found


def _merged(j: Judgments, weights: np.typing.NDArray[np.bool_]) -> Judgments:
    """The judgments with each label replaced by its targets (doubles dropped); SINGLE without a target is left out."""
    assert j.offsets is not None
    assert j.label is not None
    width = weights.shape[1]
    row = np.repeat(np.arange(len(j)), np.diff(j.offsets))
    mark, target = np.nonzero(weights[j.label])
    cell = np.unique(row[mark].astype(np.int64) * width + target)
    offsets: Int64 = np.concatenate([[0], np.cumsum(np.bincount(cell // width, minlength=len(j)))]).astype(np.int64)
    names = tuple(str(k) for k in range(width))
    merged = replace(j, labels=names, offsets=offsets, label=(cell % width).astype(np.int16))
    return merged.select(np.diff(offsets) == 1) if j.kind == Kind.SINGLE else merged

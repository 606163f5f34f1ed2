"""Groups of raters that see items differently: overall, and item by item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from annotation.aggregation.splits import benjamini_hochberg
from annotation.agreement.answers import numbers, refuse_repeats
from annotation.raters.against_others import rater_ids
from annotation.raters.company import company
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind


@dataclass(frozen=True, eq=False)
class GroupDifference:
    """Two groups of raters on the items both judged.

    ``gap`` [L]: mean over items of the first group's mean minus the second's (share of marks, or native units).
    ``p``: permutation test that group membership of raters does not matter, statistic: mean over items of the squared
    gap; None below two raters a group. ``item_gap`` [I], ``item_p``, ``item_adjusted`` [I]: item by item, permuting
    the item's own judgments (Benjamini-Hochberg); NaN where a group has fewer than two judgments.
    """

    groups: tuple[str, str]
    labels: tuple[str, ...]
    items: int
    gap: Float64
    p: float | None
    item_gap: Float64
    item_p: Float64
    item_adjusted: Float64
    reason: str = ""


def group_difference(j: Judgments, group_of: Mapping[str, str], *, rounds: int = 999, seed: int = 0) -> GroupDifference:
    """Whether two groups of raters judge differently; ``group_of`` maps rater to group (raters left out are ignored).

    Raters are permuted, not judgments, for the overall test: judgments of one rater are not independent.
    """
    rater_ids(j)
    refuse_repeats(j)
    names = sorted(set(group_of.values()))
    if len(names) != 2:
        raise ChoraleError("two-groups", f"There are {len(names)} groups.", "Compare two at a time.")
    item, rater, values = _values(j)
    side = np.array(
        [names.index(group_of[name]) if name in group_of else -1 for name in map(str, j.raters.to_pylist())]
    )
    kept = side[rater] >= 0
    item, rater, values = item[kept], rater[kept], values[kept]
    rng = np.random.default_rng(seed)
    first, shared = _gaps(item, side[rater], values, len(j.items))
    item_p = _by_item(item, side[rater], values, len(j.items), rounds, rng)
    used = np.unique(rater)
    p, reason = None, ""
    if min((side[used] == 0).sum(), (side[used] == 1).sum()) < 2:
        reason = "a group has fewer than two raters: raters cannot be told from groups"
    elif not shared.any():
        reason = "the groups share no item"
    else:
        seen, count = _spread(first[shared]), 1
        for _ in range(rounds):
            dealt = side.copy()
            dealt[used] = rng.permutation(side[used])
            other, both = _gaps(item, dealt[rater], values, len(j.items))
            count += bool(both.any() and _spread(other[both]) >= seen)
        p = count / (rounds + 1)
    gap = first[shared].mean(axis=0) if shared.any() else np.full(values.shape[1], np.nan)
    size = np.where(shared, np.abs(first).max(axis=1), np.nan)
    adjusted = benjamini_hochberg(item_p)
    return GroupDifference((names[0], names[1]), j.labels, int(shared.sum()), gap, p, size, item_p, adjusted, reason)


def _values(j: Judgments) -> tuple[Int64, Int64, Float64]:
    if j.kind != Kind.DIMENSION:
        c = company(j)
        return c.item, c.rater, np.asarray(c.marks.toarray(), dtype=np.float64)
    assert j.values is not None
    whole = j.select(j.counted & ~np.isnan(j.values).any(axis=1))
    columns = np.column_stack([numbers(whole, column)[1] for column in range(len(j.labels))])
    return whole.item.astype(np.int64), whole.rater.astype(np.int64), columns


def _gaps(item: Int64, side: Int64, values: Float64, size: int) -> tuple[Float64, np.typing.NDArray[np.bool_]]:
    means, there = [], []
    for group in (0, 1):
        own = side == group
        count = np.bincount(item[own], minlength=size)
        sums = np.stack([np.bincount(item[own], weights=column[own], minlength=size) for column in values.T], axis=1)
        means.append(sums / np.maximum(count, 1)[:, None])
        there.append(count > 0)
    return means[0] - means[1], there[0] & there[1]


def _spread(gaps: Float64) -> float:
    return float((gaps * gaps).sum(axis=1).mean())


def _by_item(item: Int64, side: Int64, values: Float64, size: int, rounds: int, rng: np.random.Generator) -> Float64:
    p = np.full(size, np.nan)
    order = np.argsort(item, kind="stable")
    edges = np.flatnonzero(np.diff(item[order], prepend=-1, append=size + 1))
    for start, stop in pairwise(edges.tolist()):
        rows = order[start:stop]
        mine = side[rows]
        if min((mine == 0).sum(), (mine == 1).sum()) < 2:
            continue
        dealt = rng.permuted(np.broadcast_to(mine, (rounds, len(mine))), axis=1)
        weight = np.where(np.vstack([mine, dealt]) == 0, 1 / (mine == 0).sum(), -1 / (mine == 1).sum())
        statistic = ((weight @ values[rows]) ** 2).sum(axis=1)
        p[item[rows[0]]] = (1 + (statistic[1:] >= statistic[0] - 1e-12).sum()) / (rounds + 1)
    return p

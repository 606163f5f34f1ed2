"""The same figure for parts of a corpus, and for every pair of raters; with a filter's before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from annotation.agreement.alpha import alpha
from annotation.agreement.answers import label_strengths, numbers, refuse_repeats, single_codes
from annotation.agreement.coefficient import Coefficient
from annotation.agreement.tables import table
from annotation.agreement.values import Values, compared, number_values
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Int64, Judgments, Kind

Figure = Callable[..., Any]


def by_item_group(
    j: Judgments, groups: Sequence[str | None], *, figure: Figure = alpha, **options: Any
) -> dict[str, Any]:
    """``figure`` for the items of each group: language, corpus, facet; ``groups`` [I], None leaves an item out."""
    names = np.asarray(groups, dtype=object)
    if len(names) != len(j.items):
        raise ChoraleError("groups", f"There are {len(j.items)} items and {len(names)} group names.")
    found = sorted({str(name) for name in names.tolist() if name is not None})
    return {name: figure(j.select((names == name)[j.item]), **options) for name in found}


def by_rater_group(
    j: Judgments, group_of: Mapping[str, str], *, figure: Figure = alpha, **options: Any
) -> dict[str, Any]:
    """``figure`` among the raters of each group; raters without a group, and unknown ones, are left out."""
    group = np.array([group_of.get(str(name), "") for name in j.raters.to_pylist()] + [""], dtype=object)
    mine = group[j.rater]  # -1, an unknown rater, reads the last, empty one
    return {name: figure(j.select(mine == name), **options) for name in sorted(set(group_of.values()))}


@dataclass(frozen=True, eq=False)
class PairTable:
    """Agreement of every two raters: ``value`` [R, R] (NaN where undefined), ``items`` [R, R] they share.

    ``measure`` names the figure. Undefined: below ``least`` shared items, or no variance in what the two said.
    """

    raters: tuple[str, ...]
    value: Float64
    items: Int64
    measure: str = "Cohen's kappa"
    least: int = 2


def rater_pairs(j: Judgments, *, least: int = 2, dimension: str | None = None) -> PairTable:
    """Agreement of every two raters over the items both judged; NaN where undefined or below ``least`` items.

    SINGLE: Cohen's kappa. SET: alpha (masi). DIMENSION: alpha (interval) of ``dimension``, INTENSITY of that label.
    Needs rater ids and rater pairs that share items; nothing is averaged over pairs.
    """
    refuse_repeats(j)
    if j.kind == Kind.SINGLE:
        return _kappas(j, least)
    if j.kind == Kind.SET:
        return _alphas(j, compared(j, "masi", None, None), "alpha (masi)", least)
    if dimension not in j.labels:
        raise ChoraleError("no-dimension", f"{j.kind} judgments are paired label by label.", f"One of {j.labels}.")
    column = j.labels.index(dimension)
    item, number = numbers(j, column) if j.kind == Kind.DIMENSION else label_strengths(j, column)
    found = number_values(item, number, "interval", None)
    return _alphas(j, found, f"alpha (interval): {dimension}", least)


def _kappas(j: Judgments, least: int) -> PairTable:
    item, code = single_codes(j)
    rater = j.rater[j.counted]
    used = np.unique(rater[rater >= 0])
    size = len(used)
    value, items = np.full((size, size), np.nan), np.zeros((size, size), dtype=np.int64)
    answers = {r: _answer(item[rater == r], code[rater == r], len(j.items)) for r in used}
    for a in range(size):
        for b in range(a):
            one, two = answers[used[a]], answers[used[b]]
            both = (one >= 0) & (two >= 0)
            items[a, b] = items[b, a] = both.sum()
            if both.sum() >= least:
                value[a, b] = value[b, a] = _kappa(one[both], two[both], len(j.labels))
    names = j.raters.to_pylist()
    return PairTable(tuple(str(names[r]) for r in used), value, items, least=least)


def _alphas(j: Judgments, found: Values, measure: str, least: int) -> PairTable:
    """Alpha of two raters: 1 - (mean distance on shared items) / (mean distance of any two of their ratings there)."""
    rater = found.rows(j) if j.kind != Kind.INTENSITY else j.rater[j.counted].astype(np.int64)
    used = np.unique(rater[rater >= 0])
    line = np.full((len(used), len(j.items)), -1, dtype=np.int64)
    for row, code in enumerate(used):
        own = np.flatnonzero(rater == code)
        line[row, found.item[own]] = own
    value, items = np.full((len(used),) * 2, np.nan), np.zeros((len(used),) * 2, dtype=np.int64)
    distance = None if found.values is None else table(found.metric, found.values).distance
    for a in range(len(used)):
        for b in range(a):
            both = (line[a] >= 0) & (line[b] >= 0)
            items[a, b] = items[b, a] = both.sum()
            if both.sum() >= least:
                value[a, b] = value[b, a] = _pair_alpha(found, distance, line[a, both], line[b, both])
    names = j.raters.to_pylist()
    return PairTable(tuple(str(names[r]) for r in used), value, items, measure, least)


def _pair_alpha(found: Values, distance: Float64 | None, one: Int64, two: Int64) -> float:
    n = 2 * len(one)
    if found.features is not None:
        x, y = found.features[one], found.features[two]
        both = np.concatenate([x, y])
        apart = float(((x - y) ** 2).sum(axis=1).mean())
        expected = 2 * (n * float((both * both).sum()) - float((both.sum(axis=0) ** 2).sum())) / (n * (n - 1))
    else:
        assert found.code is not None
        assert distance is not None
        apart = float(distance[found.code[one], found.code[two]].mean())
        counts = np.bincount(np.concatenate([found.code[one], found.code[two]]), minlength=len(distance))
        expected = float(counts @ distance @ counts) / (n * (n - 1))
    return 1 - apart / expected if expected > 1e-12 else float("nan")


@dataclass(frozen=True)
class Filtered:
    """A figure before and after leaving judgments out, with what the rule left out (SCIENCE 25)."""

    rule: str
    before: Coefficient
    after: Coefficient
    judgments_left_out: int
    items_left_out: int
    raters_left_out: int


def before_and_after(j: Judgments, keep: Bool, *, rule: str, figure: Figure = alpha, **options: Any) -> Filtered:
    """``figure`` of all judgments and of those of ``keep`` bool[n]; ``rule`` states in words what was left out."""
    kept = j.select(keep & j.counted)
    lost = [len(np.unique(getattr(part, name)[part.counted])) for name in ("item", "rater") for part in (j, kept)]
    return Filtered(
        rule=rule,
        before=figure(j, **options),
        after=figure(kept, **options),
        judgments_left_out=int((j.counted & ~keep).sum()),
        items_left_out=lost[0] - lost[1],
        raters_left_out=lost[2] - lost[3],
    )


def _answer(item: Int64, code: Int64, size: int) -> npt.NDArray[np.int16]:
    line = np.full(size, -1, dtype=np.int16)
    line[item] = code
    return line


def _kappa(one: npt.NDArray[np.int16], two: npt.NDArray[np.int16], width: int) -> float:
    p, q = (np.bincount(x, minlength=width) / len(x) for x in (one, two))
    chance = float(p @ q)
    return float(((one == two).mean() - chance) / (1 - chance)) if chance < 1 - 1e-12 else float("nan")

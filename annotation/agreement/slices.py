"""The same figure for parts of a corpus, and for every pair of raters; with a filter's before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from annotation.agreement.alpha import alpha
from annotation.agreement.answers import refuse_repeats, single_codes
from annotation.agreement.coefficient import Coefficient
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
    """Agreement of every two raters: ``value`` [R, R] (NaN where undefined), ``items`` [R, R] they share."""

    raters: tuple[str, ...]
    value: Float64
    items: Int64


def rater_pairs(j: Judgments, *, least: int = 2) -> PairTable:
    """Cohen's kappa of every two raters over the items both judged (SINGLE); NaN where undefined or below ``least``."""
    if j.kind != Kind.SINGLE:
        raise ChoraleError("judgments-kind", f"{j.kind} judgments have no kappa.", "Select the two raters: alpha.")
    refuse_repeats(j)
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
    return PairTable(tuple(str(names[r]) for r in used), value, items)


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

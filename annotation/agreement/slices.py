"""The same figure for parts of a corpus, and before and after a filter; pairs of raters stand in `pairs`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotation.agreement.alpha import alpha
from annotation.agreement.coefficient import Coefficient
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Judgments

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

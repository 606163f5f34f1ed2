"""What an evaluation gives back: figures overall, per class and per group, each with its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from annotation.agreement.bootstrap import percentiles, resampled
from annotation.agreement.coefficient import Coefficient
from annotation.agreement.sums import spread
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64

Figures = dict[str, Coefficient]
Evaluate = Callable[[Float64], Float64]  # totals [R, K] to figures [R, M]
UNDEFINED = "undefined here: no item, no positive case, or no variance"


@dataclass(frozen=True)
class Scores:
    """``overall``; ``per_class``: by label or dimension; ``groups``: the overall figures of each group of items."""

    overall: Figures
    per_class: dict[str, Figures] = field(default_factory=dict)
    groups: dict[str, Figures] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The figures as a JSON-ready mapping."""

        def plain(figures: Mapping[str, Coefficient]) -> dict[str, Any]:
            return {name: figure.to_dict() for name, figure in figures.items()}

        return {
            "overall": plain(self.overall),
            "per_class": {name: plain(figures) for name, figures in self.per_class.items()},
            "groups": {name: plain(figures) for name, figures in self.groups.items()},
        }


@dataclass(frozen=True)
class Drawing:
    """How intervals are drawn: resamples of items, seed, level."""

    rounds: int = 1000
    seed: int = 0
    level: float = 0.95


def figures(names: Sequence[str], rows: Float64, evaluate: Evaluate, drawing: Drawing) -> Figures:
    """Each name's figure from sums of ``rows`` [I, K], one row an item, with a percentile interval over items."""
    items, rows = len(rows), spread(rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = evaluate(rows.sum(axis=0)[None])[0] if len(rows) else np.full(len(names), np.nan)
        draws = (
            resampled(rows, evaluate, rounds=drawing.rounds, seed=drawing.seed)
            if drawing.rounds and len(rows) > 1
            else np.empty((0, len(names)))
        )
    found = {}
    for column, name in enumerate(names):
        plain = Coefficient(name, units=items, seed=drawing.seed, level=drawing.level)
        if not np.isfinite(values[column]):
            found[name] = replace(plain, reason=UNDEFINED)
            continue
        low, high, count = percentiles(draws[:, column], drawing.level) if len(draws) else (None, None, 0)
        drawn_from = "items" if items == len(rows) else "hashed groups of items"
        method = "" if low is None else f"percentile bootstrap over {len(rows)} {drawn_from}"
        found[name] = replace(plain, value=float(values[column]), low=low, high=high, rounds=count, interval=method)
    return found


def by_group(groups: Sequence[str] | None, size: int) -> Iterable[tuple[str, Int64]]:
    """Each group's name and its item positions; nothing where there are no groups."""
    if groups is None:
        return []
    names = np.asarray(groups, dtype=object)
    if len(names) != size:
        raise ChoraleError("groups", f"There are {size} items and {len(names)} group names.", "One group an item.")
    return [(str(name), np.flatnonzero(names == name)) for name in sorted(set(names.tolist()))]

"""Adjudicated rulings over an aggregate: the ruling stands, the aggregate and its votes stay beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from annotation.aggregation.hard import HardLabels
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Judgments, Kind


@dataclass(frozen=True, eq=False)
class Ruled:
    """``hard``: the labels after ruling; ``ruled`` bool[I]; ``changed`` bool[I]: where the ruling differs."""

    hard: HardLabels
    ruled: Bool
    changed: Bool


def with_rulings(before: HardLabels, rulings: Judgments) -> Ruled:
    """``before`` with each ruled item's labels replaced. Rulings: SINGLE or SET judgments, at most one an item.

    Raises `ChoraleError` for another scheme, or two rulings on one item (withdraw one first).
    """
    if rulings.labels != before.labels or rulings.kind not in (Kind.SINGLE, Kind.SET):
        raise ChoraleError("schemes-differ", "The rulings are under another scheme.", "Map one first.")
    rows = np.flatnonzero(rulings.counted)
    place = pc.index_in(rulings.items, before.items).fill_null(-1).to_numpy(zero_copy_only=False)[rulings.item[rows]]
    rows, place = rows[place >= 0], place[place >= 0]
    if len(np.unique(place)) < len(place):
        raise ChoraleError("two-rulings", "An item has two rulings.", "Withdraw one of them.")
    present, decided, ruled = before.present.copy(), before.decided.copy(), np.zeros(len(before.decided), np.bool_)
    present[place] = rulings.marks()[rows]
    decided[place] = True
    ruled[place] = True
    changed = ruled & (~before.decided | (present != before.present).any(axis=1))
    method = f"{before.method}, with rulings"
    hard = HardLabels(before.kind, before.items, before.labels, present, decided, before.n, method)
    return Ruled(hard, ruled, changed)

"""Adjudicated rulings over an aggregate: the ruling stands, the aggregate and its votes stay beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from annotation.aggregation.hard import HardLabels
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Int64, Judgments, Kind, SoftLabels


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
    rows, place = _placed(before.items, rulings)
    present, decided, ruled = before.present.copy(), before.decided.copy(), np.zeros(len(before.decided), np.bool_)
    present[place] = rulings.marks()[rows]
    decided[place] = True
    ruled[place] = True
    changed = ruled & (~before.decided | (present != before.present).any(axis=1))
    method = f"{before.method}, with rulings"
    hard = HardLabels(before.kind, before.items, before.labels, present, decided, before.n, method)
    return Ruled(hard, ruled, changed)


def with_ruled_values(before: SoftLabels, rulings: Judgments) -> tuple[SoftLabels, Bool]:
    """A DIMENSION aggregate with each ruled item's values replaced, and which items were ruled bool[I].

    Rulings: DIMENSION judgments, at most one an item; a dimension left out keeps the aggregate's value. A ruled item
    has no spread: one person decided it. Raises `ChoraleError` as `with_rulings`.
    """
    if rulings.labels != before.labels or rulings.kind != Kind.DIMENSION or rulings.values is None:
        raise ChoraleError("schemes-differ", "The rulings are under another scheme.", "Map one first.")
    rows, place = _placed(before.items, rulings)
    values, ruled = before.values.copy(), np.zeros(len(before), np.bool_)
    said = rulings.values[rows].astype(np.float64)
    values[place] = np.where(np.isnan(said), values[place], said)
    ruled[place] = True
    spread = None if before.spread is None else np.where(ruled[:, None], np.nan, before.spread)
    return replace(before, values=values, spread=spread, method=f"{before.method}, with rulings"), ruled


def _placed(items: pa.StringArray, rulings: Judgments) -> tuple[Int64, Int64]:
    """Rows of counted rulings on ``items``, and the item of each. Raises `ChoraleError` for two on one item."""
    rows = np.flatnonzero(rulings.counted)
    place = pc.index_in(rulings.items, items).fill_null(-1).to_numpy(zero_copy_only=False)[rulings.item[rows]]
    rows, place = rows[place >= 0], place[place >= 0]
    if len(np.unique(place)) < len(place):
        raise ChoraleError("two-rulings", "An item has two rulings.", "Withdraw one of them.")
    return rows, place

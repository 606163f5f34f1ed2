"""How far a map is off on items that carry labels of both schemes, and which such figures learned maps carry along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import reduce
from typing import Any

import numpy as np

from harmonize.crosswalks.crosswalk import Crosswalk, CrosswalkKind
from harmonize.records import Float64


@dataclass(frozen=True, slots=True)
class Misfit:
    """Held-out error of a map, mean over items. ``brier``: squared distance; ``log_loss``: cross entropy in bits.

    Both against the item's own target label (a share of votes): no map can reach 0 where raters split.
    """

    brier: float
    log_loss: float


def misfit(x: Float64, y: Float64, weights: Float64) -> Misfit:
    """Error of x @ weights against y, float[n, Ls] and float[n, Lt]; what is unmapped is mass in no target.

    Log loss floors a predicted share at 1e-6, so that a map which rules a seen label out pays 20 bits and not infinity.
    """
    predicted = x @ weights
    brier = float(((predicted - y) ** 2).sum(axis=1).mean())
    return Misfit(brier, float(-(y * np.log2(np.maximum(predicted, 1e-6))).sum(axis=1).mean()))


@dataclass(frozen=True, slots=True)
class ToldMisfit:
    """A way's Brier score on items with both labels, and which items: ``data`` in words and their number ``items``."""

    brier: float
    data: str
    items: int


def ways_misfit(x: Float64, y: Float64, ways: Iterable[tuple[Crosswalk, ...]]) -> list[dict[str, Any]]:
    """`misfit` of every way of label maps on items with both labels, by its steps' refs, for ``evidence["ways"]``.

    A way with a learned step is left out: the items that it was learned from may be among these.
    """
    found = []
    for steps in ways:
        if any(step.kind != CrosswalkKind.LABELS or "evidence" in (step.facts or {}) for step in steps):
            continue
        weights = reduce(np.matmul, [step.matrix() for step in steps])
        found.append({"steps": [step.ref for step in steps], **asdict(misfit(x, y, weights))})
    return found


def told_misfits(among: Iterable[Crosswalk]) -> dict[tuple[str, ...], ToldMisfit]:
    """Held-out errors that learned maps carry, by the steps' refs of the way measured: a learned map's own, that of the
    map it was compared with, and those of the ways between the two schemes (`ways_misfit`), all on the same items."""
    found: dict[tuple[str, ...], ToldMisfit] = {}
    for crosswalk in among:
        evidence = (crosswalk.facts or {}).get("evidence") or {}
        fit, beside = evidence.get("held_out"), evidence.get("comparison")
        if not fit:
            continue
        told = {(crosswalk.ref,): fit["learned"]["brier"]}
        if beside and fit.get("published"):
            told[(str(beside["crosswalk"]),)] = fit["published"]["brier"]
        told |= {tuple(way["steps"]): way["brier"] for way in evidence.get("ways", ())}
        where = str((crosswalk.facts or {}).get("data", "")).partition(":")[0]  # the layers follow the colon
        for steps, brier in told.items():
            found.setdefault(steps, ToldMisfit(float(brier), where, int(fit["n"])))
    return found

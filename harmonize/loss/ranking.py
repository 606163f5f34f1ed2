"""Ranking the ways from one scheme to another: evidence and held-out fit first, loss only among equals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harmonize.crosswalks import Crosswalk
from harmonize.crosswalks.compose import STRENGTH, compose_all
from harmonize.crosswalks.crosswalk import CrosswalkKind, Review
from harmonize.crosswalks.evidence import misfit, told_misfits
from harmonize.loss.report import loss_report
from harmonize.records import Float64, Judgments, SoftLabels


@dataclass(frozen=True)
class RankedWay:
    """One way, composed. ``misfit``: its held-out error (lower is better), None where nobody measured it."""

    steps: tuple[str, ...]
    crosswalk: Crosswalk
    status: str
    misfit: float | None
    lost_bits: float
    unmapped: float


def rank_ways(
    ways: Iterable[tuple[Crosswalk, ...]],
    data: SoftLabels | Judgments | None = None,
    *,
    misfits: Mapping[tuple[str, ...], float] | None = None,
    held: tuple[Float64, Float64] | None = None,
) -> list[RankedWay]:
    """Ways, best first: by status (the weakest step's), then held-out misfit (known before unknown), then fewer steps.

    Only then by lost bits and unmapped mass on ``data`` (even base rates without it): a map that loses little is not
    therefore right (SCIENCE rule 7). ``misfits``: Brier scores by the steps' refs, as `crosswalks.evidence.held_out`
    gives for a learned map. ``held``: items labelled under both schemes (`crosswalks.evidence.paired`) that none of the
    ways was learned from; every way is measured on them. Without either, a single step counts with the held-out error
    that a learned map among the ways carries, its own or that of the map it was compared with
    (`crosswalks.evidence.told_misfits`). Errors measured on different items are no exact contest: look at both.
    """
    found = []
    every = list(ways)
    told = told_misfits(step for steps in every for step in steps)
    for steps in every:
        whole = compose_all(steps)
        report = loss_report(whole, data, rounds=0)
        refs = tuple(step.ref for step in steps)
        error = (misfits or {}).get(refs)
        if error is None and held is None and len(refs) == 1:
            error = told.get(refs[0])
        if error is None and held is not None and whole.kind == CrosswalkKind.LABELS:
            error = misfit(*held, whole.matrix()).brier
        lost, unmapped = report["lost_bits"] or 0.0, report["unmapped"] or 0.0
        found.append(RankedWay(refs, whole, str(whole.status), error, lost, unmapped))
    return sorted(found, key=_key)


def _key(way: RankedWay) -> tuple[float, ...]:
    known = way.misfit is None
    evidence = -STRENGTH[Review(way.status)]
    return (evidence, known, way.misfit or 0.0, len(way.steps), way.lost_bits + way.unmapped)

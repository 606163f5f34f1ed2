"""Ranking the ways from one scheme to another: evidence and held-out fit first, loss only among equals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harmonize.crosswalks import Crosswalk
from harmonize.crosswalks.compose import STRENGTH, compose_all
from harmonize.crosswalks.crosswalk import CrosswalkKind, Review
from harmonize.crosswalks.misfit import misfit, told_misfits
from harmonize.loss.report import LossReport, loss_report
from harmonize.records import Float64, Judgments, SoftLabels


@dataclass(frozen=True)
class RankedWay:
    """One way, composed. ``misfit``: its held-out error (lower is better), None where nobody measured it.

    ``measured_on``: on which items, in words. ``parts``: the maps it goes through, each with its own status and
    sources. ``loss``: what the composed map loses, all figures of `LossReport`.
    """

    steps: tuple[str, ...]
    crosswalk: Crosswalk
    status: str
    misfit: float | None
    loss: LossReport
    parts: tuple[Crosswalk, ...] = ()
    measured_on: str = ""

    @property
    def lost_bits(self) -> float:
        """H(Y given Z); 0 where no bits are defined."""
        return self.loss["lost_bits"] or 0.0

    @property
    def unmapped(self) -> float:
        """Share of the mass without a counterpart, 0..1."""
        return self.loss["unmapped"] or 0.0


def rank_ways(
    ways: Iterable[tuple[Crosswalk, ...]],
    data: SoftLabels | Judgments | None = None,
    *,
    misfits: Mapping[tuple[str, ...], float] | None = None,
    held: tuple[Float64, Float64] | None = None,
    evidence: Iterable[Crosswalk] = (),
) -> list[RankedWay]:
    """Ways, best first: by status (the weakest step's), then held-out misfit (known before unknown), then fewer steps.

    Only then by lost bits and unmapped mass on ``data`` (even base rates without it): a map that loses little is not
    therefore right (SCIENCE rule 7). ``misfits``: Brier scores by the steps' refs, as `crosswalks.evidence.held_out`
    gives for a learned map. ``held``: items labelled under both schemes (`crosswalks.evidence.paired`) that none of the
    ways was learned from; every way is measured on them. Without either, a way counts with the held-out error that a
    learned map among the ways, or of ``evidence``, carries for it (`crosswalks.misfit.told_misfits`). Errors
    measured on different items are no exact contest: look at both.
    """
    found = []
    every = list(ways)
    told = told_misfits([*(step for steps in every for step in steps), *evidence])
    for steps in every:
        whole = compose_all(steps)
        refs = tuple(step.ref for step in steps)
        error, where = (misfits or {}).get(refs), ""
        if error is None and held is not None and whole.kind == CrosswalkKind.LABELS:
            error, where = misfit(*held, whole.matrix()).brier, f"{len(held[0])} items given"
        elif error is None and held is None and refs in told:
            error, where = told[refs].brier, f"{told[refs].items:,} items, {told[refs].data}".removesuffix(", ")
        report = loss_report(whole, data, rounds=0)
        found.append(RankedWay(refs, whole, str(whole.status), error, report, steps, where))
    return sorted(found, key=_key)


def _key(way: RankedWay) -> tuple[float, ...]:
    known = way.misfit is None
    evidence = -STRENGTH[Review(way.status)]
    return (evidence, known, way.misfit or 0.0, len(way.steps), way.lost_bits + way.unmapped)

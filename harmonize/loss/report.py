"""The loss report of a crosswalk on a corpus, or on given base rates."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy.typing as npt

from harmonize.crosswalks import NO_TERM, Crosswalk, CrosswalkKind
from harmonize.loss.interval import MEASURES, defined, interval, measure
from harmonize.loss.mass import mass_rows
from harmonize.loss.sets import SetLoss, set_loss
from harmonize.records import Judgments, Kind, SoftLabels


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its percentile bootstrap interval over items; the interval is None where there are no items."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class LossReport:
    """What a crosswalk loses.

    The variable of all bits is one label: an item drawn evenly, then one label of its mass (``weighting``); base rates
    are the corpus's own or those given. ``coverage``: share of labels in use that have a counterpart; ``unmapped`` and
    ``one_to_many``: shares of the mass with none, and with several; ``source_bits`` H(Y), ``kept_bits`` I(Y;Z),
    ``kept_share`` I(Y;Z)/H(Y), ``lost_bits`` H(Y|Z), with unmapped as an outcome of Z; ``round_trip_jsd`` in bits 0..1,
    mean over items, returning by Bayes from the base rates. ``sets``: the same for whole label sets, from judgments.
    """

    crosswalk: str
    weighting: str
    items: int
    rounds: int
    figures: dict[str, Figure]
    base: dict[str, float]
    sets: SetLoss | None = None
    correction: str = "none (plug-in)"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    def __getitem__(self, measure: str) -> float | None:
        return self.figures[measure].value


def loss_report(
    crosswalk: Crosswalk,
    data: SoftLabels | Judgments | npt.ArrayLike | None = None,
    *,
    rounds: int = 200,
    seed: int = 0,
) -> LossReport:
    """What ``crosswalk`` loses on ``data``: soft labels, judgments, base rates float64[L], or None for even base rates.

    Soft labels of PROPORTIONS and set-valued judgments enter by their marks: an item's mass is its share of marks.
    Masked labels count as absent, items without any mark are left out. Intervals (95 %) resample items, ``rounds``
    times; base rates alone give no interval. A share is None where it is undefined (no bits to keep). A rescaling is
    invertible: it states how many dimensions it covers, and no bits. Raises `ChoraleError` for labels of other schemes.
    Formulas: docs/methods-harmonize.md; entropy and mutual information after Shannon (1948), JSD after Lin (1991).
    """
    if crosswalk.kind == CrosswalkKind.RESCALE:
        return _rescaling(crosswalk)
    rows, share, weighting = mass_rows(crosswalk, data)
    weights = crosswalk.matrix()
    sampled = isinstance(data, SoftLabels | Judgments)
    base = share @ rows
    value = measure(base, weights, rows, share)
    low: dict[str, float | None] = dict.fromkeys(MEASURES)
    high: dict[str, float | None] = dict.fromkeys(MEASURES)
    if sampled and rounds and len(rows) > 1:
        low, high = interval(rows, weights, rounds=rounds, seed=seed)
    figures = {name: Figure(defined(value[name]), low[name], high[name]) for name in MEASURES}
    rates = dict(zip(crosswalk.source_labels.names, base.tolist(), strict=True))
    sets = None
    if isinstance(data, Judgments) and data.kind == Kind.SET:
        sets = set_loss(data, weights, rounds=rounds, seed=seed)
    count = len(rows) if sampled else 0
    return LossReport(crosswalk.ref, weighting, count, rounds if sampled else 0, figures, rates, sets)


def _rescaling(crosswalk: Crosswalk) -> LossReport:
    placed = {cell.subject for cell in crosswalk.cells if cell.object != NO_TERM}
    coverage = len(placed) / len(crosswalk.source_labels.names)
    figures = dict.fromkeys(MEASURES, Figure(None)) | {"coverage": Figure(coverage), "unmapped": Figure(1 - coverage)}
    return LossReport(crosswalk.ref, "a change of range, which is invertible", 0, 0, figures, {})

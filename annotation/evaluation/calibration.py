"""Is a model's probability the share of people who say so? Calibration over individual votes, never the majority."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from annotation.agreement.answers import refuse_repeats
from annotation.agreement.beside import Trained, beside
from annotation.agreement.coefficient import Coefficient
from annotation.evaluation.scores import Drawing, figures
from annotation.evaluation.votes import checked
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind


@dataclass(frozen=True)
class Bin:
    """Predictions between ``low`` and ``high``: their mean, the share of votes that came true, and how many votes."""

    low: float
    high: float
    predicted: float
    observed: float
    votes: int


@dataclass(frozen=True)
class Calibration:
    """``error``: expected calibration error over (vote, label) events, 0..1; ``bins``: the reliability table."""

    error: Coefficient
    bins: tuple[Bin, ...]

    def to_dict(self) -> dict[str, Any]:
        """The figures as a JSON-ready mapping."""
        return {"error": self.error.to_dict(), "bins": [asdict(part) for part in self.bins]}


def vote_calibration(
    people: Judgments,
    model: Judgments,
    *,
    trained_on: Trained,
    bins: int = 10,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Calibration:
    """Calibration of PROBABILITY predictions over every (vote, label): did this rater mark this label?

    Error: sum over bins of the share of events times |mean prediction - share marked|, in bins of equal numbers of
    events (ties stay together). It is biased high where bins are small. Items are resampled whole, in the same bins.
    Against the majority it would call honest doubt miscalibrated (Baan et al. 2022), so that is not offered.
    """
    if people.kind not in (Kind.SINGLE, Kind.SET) or bins < 1:
        raise ChoraleError("calibration", f"{people.kind} judgments in {bins} bins give no calibration.")
    refuse_repeats(people)
    people, model, row = beside(people, model, trained_on=trained_on, soft=True)
    assert model.values is not None
    p = checked(model.values[row].astype(np.float64), people.kind)
    y = people.marks().astype(np.float64)
    edges = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1])) if p.size else np.empty(0)
    where = np.searchsorted(edges, p, side="left")
    items, place = np.unique(people.item, return_inverse=True)
    size = len(edges) + 1
    cell = (place[:, None] * size + where).ravel()
    shape = (len(items), size)

    def summed(weight: Float64) -> Float64:
        flat = np.bincount(cell, weights=weight.ravel(), minlength=len(items) * size)
        return np.asarray(flat, dtype=np.float64).reshape(shape)

    rows = np.hstack([summed(np.ones_like(p)), summed(p), summed(y)])

    def evaluate(sums: Float64) -> Float64:
        n, said, came = sums[:, :size], sums[:, size : 2 * size], sums[:, 2 * size :]
        return np.asarray(np.abs(said - came).sum(axis=1, keepdims=True) / n.sum(axis=1, keepdims=True))

    found = figures(("calibration error",), rows, evaluate, Drawing(rounds, seed, level))["calibration error"]
    total = rows.sum(axis=0)
    bounds = np.concatenate([[0.0], edges, [1.0]])
    table = tuple(
        Bin(float(bounds[k]), float(bounds[k + 1]), said / n, came / n, int(n))
        for k, (n, said, came) in enumerate(zip(*np.split(total, 3), strict=True))
        if n
    )
    return Calibration(found, table)

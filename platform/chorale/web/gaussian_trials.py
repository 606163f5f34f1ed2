"""Try a fit: a value, how well it is known, and a prior; what the posterior over the categories is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from chorale.web import palette, words
from chorale.web.softlabels import SoftLabelView, SoftRow
from harmonize.affect import Gaussians, category_posterior
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Semantics, SoftLabels


@dataclass(frozen=True)
class PointTrial:
    """A point on the scale with its posterior, or why there is none."""

    values: tuple[tuple[Any, float], ...] = ()  # (dimension, value)
    sd: float = 0.0
    n: int = 0
    reject: float = 0.05
    even: bool = False
    mapped: SoftLabelView | None = None
    rejected: float | None = None
    problem: str = ""
    place: Float64 | None = field(default=None, compare=False)


def read(data: Any, found: Gaussians) -> PointTrial:
    """The point that the address names, at first the middle of each range."""
    dimensions = found.scheme.dimensions
    try:
        point = np.array([float(data.get(d.id) or (d.low + d.high) / 2) for d in dimensions])
        sd, n = float(data.get("sd") or 0), int(data.get("n") or 0)
        reject = float(data.get("reject") or 0.05)
    except ValueError:
        return PointTrial(tuple((d, (d.low + d.high) / 2) for d in dimensions), problem="Write numbers.")
    even = data.get("prior") == "even"
    told = PointTrial(tuple(zip(dimensions, point.tolist(), strict=True)), sd, n, reject, even)
    outside = [d.name for d, v in told.values if not d.low <= v <= d.high]
    if outside or sd < 0 or n < 0:
        return replace(told, problem=f"{', '.join(outside) or 'SD or n'} is outside its range.")
    spread = np.full((1, len(point)), sd) if sd and n else None
    soft = SoftLabels(
        Semantics.DIMENSION, pa.array(["point"]), found.scheme.names, point.reshape(1, -1),
        np.array([n or -1], dtype=np.int32), "as typed", spread=spread,
    )  # fmt: skip
    prior = np.ones(len(found.labels)) if even else None
    try:
        posterior = category_posterior(soft, found, prior, reject=reject)
    except ChoraleError as error:
        return replace(told, problem=str(error))
    rejected = None if posterior.unmapped is None else float(posterior.unmapped[0])
    return replace(told, mapped=_view(found, posterior), rejected=rejected, place=point)


def _view(found: Gaussians, posterior: SoftLabels) -> SoftLabelView:
    pairs = sorted(zip(found.labels, posterior.values[0], strict=True), key=lambda pair: -pair[1])
    rows = tuple(
        SoftRow(name, palette.family(name), float(v), round(100 * float(v), 2), words.figure(float(v), 2))
        for name, v in pairs
    )
    rest = None if posterior.unmapped is None else float(posterior.unmapped[0])
    return SoftLabelView(
        scheme=found.scheme.ref, semantics="posterior", rows=rows, method=posterior.method, unmapped=rest, people=False
    )

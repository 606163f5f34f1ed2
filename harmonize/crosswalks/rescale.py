"""Rescaling of dimensions: an affine map that a crosswalk states, and nothing else rescales."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harmonize.crosswalks.crosswalk import NO_TERM, Crosswalk
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, SoftLabels


def affine(crosswalk: Crosswalk) -> tuple[Float64, Float64]:
    """Slopes float64[Ds, Dt] and intercepts float64[Dt]: target = source @ slopes + intercepts.

    Intercepts are in target units. Raises `ChoraleError` if two source dimensions feed one target.
    """
    source, target = crosswalk.source_labels, crosswalk.target_labels
    slopes = np.zeros((len(source.names), len(target.names)))
    intercepts = np.zeros(len(target.names))
    for cell in crosswalk.cells:
        if cell.object == NO_TERM:
            continue
        column = target.code(cell.object)
        if slopes[:, column].any():
            raise ChoraleError("crosswalk-rescale", f"{crosswalk.ref}: two dimensions feed {cell.object}.")
        slopes[source.code(cell.subject), column] = cell.weight
        intercepts[column] = cell.intercept
    return slopes, intercepts


def rescale_soft(soft: SoftLabels, crosswalk: Crosswalk) -> SoftLabels:
    """Means on the target range; the spread is multiplied by the slope's size. Masks stay masks.

    E[a + b X] = a + b E[X] and SD[a + b X] = |b| SD[X]. A target no dimension feeds is NaN.
    """
    slopes, intercepts = affine(crosswalk)
    values = _affine_rows(soft.values, slopes, intercepts)
    spread = None if soft.spread is None else _affine_rows(soft.spread, np.abs(slopes), np.zeros_like(intercepts))
    names, method = crosswalk.target_labels.names, f"{soft.method}|{crosswalk.ref}"
    return replace(soft, labels=names, values=values, spread=spread, method=method)


def rescale_judgments(judgments: Judgments, crosswalk: Crosswalk) -> Judgments:
    """Each judgment's values on the target range, float32[n, Dt]; NaN stays NaN."""
    if judgments.values is None:
        raise ChoraleError("crosswalk-semantics", f"{judgments.kind} judgments have no values to rescale.")
    slopes, intercepts = affine(crosswalk)
    values = _affine_rows(judgments.values.astype(np.float64), slopes, intercepts)
    return replace(judgments, labels=crosswalk.target_labels.names, values=values.astype(np.float32))


def _affine_rows(values: Float64, slopes: Float64, intercepts: Float64) -> Float64:
    fed = slopes.any(axis=0)
    source = (slopes != 0).argmax(axis=0)
    mapped: Float64 = values[:, source] * slopes[source, np.arange(len(intercepts))] + intercepts
    return np.where(fed, mapped, np.nan)

"""Soft labels against soft labels: distances between distributions, averaged over items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from annotation.agreement.beside import places
from annotation.evaluation.scores import Drawing, Figures, Scores, by_group, figures
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Semantics, SoftLabels

ONE_OF = (Semantics.DISTRIBUTION, Semantics.POSTERIOR)
NAMES = ("JSD", "total variation", "Hellinger", "cross entropy")
FLOOR = 1e-12


def score_distributions(
    truth: SoftLabels,
    predicted: SoftLabels,
    *,
    positions: npt.ArrayLike | None = None,
    circle: float | None = None,
    groups: Sequence[str] | None = None,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Scores:
    """Mean distance over items: JSD (bits, 0..1), total variation (0..1), Hellinger (0..1), cross entropy (bits).

    DISTRIBUTION truth takes a DISTRIBUTION or a model's POSTERIOR; PROPORTIONS take PROPORTIONS, and every distance is
    the mean of the binary distances of the labels. With ``positions`` [L] also the earth mover's distance in their
    units (on a ``circle`` of that length, if given). Per class: `gap`, mean |q_k - p_k|, and `bias`, mean q_k - p_k.
    Raises `ChoraleError` for other pairs (SCIENCE 1).
    """
    if predicted.labels != truth.labels:
        raise ChoraleError("schemes-differ", "Truth and predictions are under different schemes.", "Map one first.")
    single = truth.semantics == Semantics.DISTRIBUTION and predicted.semantics in ONE_OF
    if not single and not (truth.semantics == predicted.semantics == Semantics.PROPORTIONS):
        pair = f"{predicted.semantics} against {truth.semantics}"
        raise ChoraleError("semantics", f"{pair} is not a comparison.", "Compare what means the same.")
    place = places(truth.items, predicted.items)
    row = np.flatnonzero(place >= 0)
    p, q = truth.values[place[row]], predicted.values[row]
    there = ~np.isnan(p).any(axis=1) & ~np.isnan(q).any(axis=1)
    p, q, item = p[there], q[there], place[row][there]
    columns = distances(p, q) if single else _binary(p, q)
    names: tuple[str, ...] = NAMES
    if positions is not None:
        if not single:
            raise ChoraleError("semantics", "Earth is moved between distributions only.", "Leave positions out.")
        columns = np.column_stack([columns, earth_movers(p, q, np.asarray(positions, dtype=np.float64), circle)])
        names = (*NAMES, "earth mover's")
    rows, drawing = np.column_stack([np.ones(len(p)), columns]), Drawing(rounds, seed, level)

    def mean(sums: Float64) -> Float64:
        return np.asarray(sums[:, 1:] / sums[:, :1])

    def within(chosen: npt.NDArray[np.int64]) -> Figures:
        return figures(names, rows[np.isin(item, chosen)], mean, drawing)

    gaps = np.hstack([np.ones((len(p), 1)), np.abs(q - p), q - p])
    flat = [f"{kind}: {label}" for kind in ("gap", "bias") for label in truth.labels]
    each = figures(flat, gaps, mean, drawing)
    per_class = {
        label: {kind: replace(each[f"{kind}: {label}"], name=kind) for kind in ("gap", "bias")}
        for label in truth.labels
    }
    split = {name: within(chosen) for name, chosen in by_group(groups, len(truth.items))}
    return Scores(figures(names, rows, mean, drawing), per_class, split)


def distances(p: Float64, q: Float64) -> Float64:
    """JSD, total variation, Hellinger, cross entropy of ``q`` under ``p``, row by row: [I, 4]."""
    middle = (p + q) / 2
    jsd = np.clip((_plogp(p) + _plogp(q)).sum(axis=1) / 2 - _plogp(middle).sum(axis=1), 0, 1)
    variation = np.abs(p - q).sum(axis=1) / 2
    hellinger = np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum(axis=1) / 2)
    cross = -(p * np.log2(np.maximum(q, FLOOR))).sum(axis=1)
    return np.column_stack([jsd, variation, hellinger, cross])


def earth_movers(p: Float64, q: Float64, positions: Float64, circle: float | None = None) -> Float64:
    """Earth mover's distance between rows of ``p`` and ``q`` [I, L] on a line, or on a circle of length ``circle``.

    On a circle the flow may go either way round: the weighted median of the cumulative differences is taken off
    (Rabin, Delon and Gousseau 2011).
    """
    order = np.argsort(positions % circle if circle else positions)
    where = (positions % circle if circle else positions)[order]
    gaps = np.diff(where, append=where[0] + circle) if circle else np.append(np.diff(where), 0.0)
    flow = np.cumsum((p - q)[:, order], axis=1)
    if circle:
        ranked = np.argsort(flow, axis=1)
        weight = np.cumsum(gaps[ranked], axis=1)
        middle = (weight >= circle / 2).argmax(axis=1)
        rows = np.arange(len(flow))
        flow = flow - flow[rows, ranked[rows, middle]][:, None]
    return np.asarray((np.abs(flow) * gaps).sum(axis=1))


def _binary(p: Float64, q: Float64) -> Float64:
    parts = [distances(np.column_stack([a, 1 - a]), np.column_stack([b, 1 - b])) for a, b in zip(p.T, q.T, strict=True)]
    return np.asarray(np.mean(parts, axis=0))


def _plogp(p: Float64) -> Float64:
    return np.asarray(p * np.log2(p, out=np.zeros_like(p), where=p > 0))

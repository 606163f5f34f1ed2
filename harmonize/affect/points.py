"""Categories to points of valence, arousal and dominance by word norms."""

from __future__ import annotations

import numpy as np

from harmonize import schemes
from harmonize.affect.norms import Norms, load_norms
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind, Semantics, SoftLabels


def vad_points(
    labels: SoftLabels | Judgments,
    norms: str | Norms = "russell-mehrabian-1977",
    *,
    scheme: str | None = None,
    neutral_at_midpoint: bool = False,
) -> SoftLabels:
    """Each item's expected point, DIMENSION float64[I, D] on the norms' scheme (-1..1 for Russell and Mehrabian).

    For DISTRIBUTION and POSTERIOR: sum p_l v_l / sum p_l over labels l with a norm v_l; the mass of labels without one
    (and what was unmapped before) is in ``unmapped``; an item with no other mass is NaN. For judgments: a judgment's
    point is the mean of its marks' points, an item's the mean over judgments, ``spread`` their population SD over
    raters and n their number. ``neutral_at_midpoint`` puts neutral at the middle of each range: an assumption, off by
    default, as no norm says so. PROPORTIONS are refused: they do not tell which marks stood together.
    Source: the norms' own, see `Norms.cite` and `Norms.note`; means only. Raises `ChoraleError`.
    """
    table = load_norms(norms) if isinstance(norms, str) else norms
    chosen = scheme or table.scheme_of(labels.labels)
    points = table.points(chosen)
    source = schemes.load(chosen)
    if labels.labels != source.names:
        raise ChoraleError("norms-scheme", f"These labels are not those of {source.ref}.")
    target = schemes.load(table.scheme)
    if neutral_at_midpoint and source.neutral:
        points[source.code(source.neutral)] = [(d.low + d.high) / 2 for d in target.dimensions]
    if isinstance(labels, Judgments):
        return _from_judgments(labels, points, table, target.names)
    if labels.semantics not in (Semantics.DISTRIBUTION, Semantics.POSTERIOR):
        raise ChoraleError(
            "affect-semantics",
            f"{labels.semantics} give no point: an item's labels must share one mass.",
            "Give the judgments, or a distribution or posterior.",
        )
    values, unmapped = expected(labels.values, points)
    before = 0.0 if labels.unmapped is None else labels.unmapped
    method = f"{labels.method}|norms:{table.id}"
    return SoftLabels(
        Semantics.DIMENSION, labels.items, target.names, values, labels.n, method, unmapped=unmapped + before
    )


def expected(weights: Float64, points: Float64) -> tuple[Float64, Float64]:
    """Mean point of each row's mass, float64[I, D], and the mass without a point, float64[I]; NaN where no mass is."""
    masked = np.isnan(weights).all(axis=1)
    known = np.nan_to_num(weights)
    placed = ~np.isnan(points).any(axis=1)
    mass = known[:, placed].sum(axis=1)
    total = known[:, placed] @ points[placed]
    values = np.divide(total, mass[:, None], out=np.full(total.shape, np.nan), where=mass[:, None] > 0)
    rest = known[:, ~placed].sum(axis=1)
    rest[masked] = np.nan
    return values, rest


def _from_judgments(judgments: Judgments, points: Float64, table: Norms, names: tuple[str, ...]) -> SoftLabels:
    if judgments.kind not in (Kind.SINGLE, Kind.SET, Kind.PROBABILITY):
        raise ChoraleError(
            "affect-semantics", f"{judgments.kind} judgments have no points.", "Map them to a set first."
        )
    used = judgments.counted
    rows = judgments.values.astype(np.float64) if judgments.values is not None else judgments.marks().astype(np.float64)
    each, lost = expected(rows, points)
    marked = np.nan_to_num(rows).sum(axis=1)
    share = np.divide(lost, marked, out=np.full(len(rows), np.nan), where=marked > 0)
    size = len(judgments.items)
    placed = used & ~np.isnan(each).any(axis=1)
    values, spread, n = _by_item(judgments.item[placed], each[placed], size)
    told = used & ~np.isnan(share)
    unmapped, _, _ = _by_item(judgments.item[told], share[told, None], size)
    method = f"judgments|norms:{table.id}"
    return SoftLabels(
        Semantics.DIMENSION,
        judgments.items,
        names,
        values,
        n.astype(np.int32),
        method,
        spread=spread,
        unmapped=unmapped[:, 0],
    )


def _by_item(
    item: np.ndarray[tuple[int, ...], np.dtype[np.int32]], rows: Float64, size: int
) -> tuple[Float64, Float64, Float64]:
    """Mean and population SD of rows by item, float64[I, D] each, and their number float64[I]; NaN where none."""
    n = np.bincount(item, minlength=size).astype(np.float64)
    count = np.where(n > 0, n, np.nan)[:, None]
    total = np.stack([np.bincount(item, weights=column, minlength=size) for column in rows.T], axis=1)
    mean = total / count
    off = (rows - mean[item]) ** 2
    spread = np.sqrt(np.stack([np.bincount(item, weights=column, minlength=size) for column in off.T], axis=1) / count)
    return mean, spread, n

"""From judgments to `AlphaStatistics`: which values a metric compares, and on which rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from annotation.agreement import answers, sums
from annotation.agreement.forms import Form, Moments, Ordinal, PanelMoments, Table
from annotation.agreement.statistics import AlphaStatistics
from annotation.agreement.tables import MOST_LEVELS, table
from annotation.agreement.values import Values, compared, number_values
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Int32, Int64, Judgments, Kind


def statistics(
    j: Judgments,
    *,
    metric: str | None = None,
    points: npt.ArrayLike | None = None,
    period: float | None = None,
    clusters: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    shard: bool = False,
    groups: int | None = None,
) -> AlphaStatistics:
    """The sums behind `alpha`; ``shard=True`` makes statistics of disjoint sets of items that `merge` can add.

    ``groups``: into how many hashed groups, the same for all shards (by default as many as 20,000); shards whose label
    sets differ need it, since the default falls with the number of distinct sets.
    """
    return _summed(j, compared(j, metric, points, period), sums.Design(clusters, weights, shard, groups))


def by_label(
    j: Judgments,
    *,
    metric: str | None = None,
    clusters: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    shard: bool = False,
    groups: int | None = None,
) -> list[AlphaStatistics]:
    """The sums behind `alpha_by_label`: one `AlphaStatistics` with a panel a label, or one a label where ordinal."""
    fix = "Numbers have dimensions: use alpha_by_dimension."
    answers.require(j, Kind.SINGLE, Kind.SET, Kind.INTENSITY, fix=fix)
    answers.refuse_repeats(j)
    metric, design = metric or "nominal", sums.Design(clusters, weights, shard, groups)
    if metric == "nominal":
        return [_binary(j, design)]
    if j.kind != Kind.INTENSITY or metric not in ("ordinal", "interval"):
        raise ChoraleError("metric-kind", f"{metric} by label does not fit {j.kind} judgments.", "Use nominal.")
    found = []
    for code, name in enumerate(j.labels):
        item, strength = answers.label_strengths(j, code)
        part = _summed(j, number_values(item, strength, metric, None), design)
        found.append(replace(part, names=(name,)))
    return found


def by_dimension(
    j: Judgments,
    *,
    metric: str = "interval",
    clusters: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    shard: bool = False,
    groups: int | None = None,
) -> list[AlphaStatistics]:
    """The sums behind `alpha_by_dimension`: one a dimension."""
    answers.require(j, Kind.DIMENSION, Kind.PROBABILITY, fix="Labels are compared by alpha and alpha_by_label.")
    if metric not in ("interval", "ordinal", "ratio"):
        raise ChoraleError("metric-kind", f"{metric} does not fit numbers.", "Use interval, ordinal or ratio.")
    answers.refuse_repeats(j)
    design = sums.Design(clusters, weights, shard, groups)
    if metric == "interval":
        return [_panels(j, design)]
    found = []
    for column, name in enumerate(j.labels):
        part = _summed(j, number_values(*answers.numbers(j, column), metric, None), design)
        found.append(replace(part, names=(name,)))
    return found


def _summed(j: Judgments, found: Values, design: sums.Design) -> AlphaStatistics:
    units = sums.pairable(found.item, len(j.items))
    part = found if units.kept is None else _rows_of(found, units.kept)
    form, width = _form(part)
    groups = sums.sampling(j.items, design, width=width, used=units.used)
    weight = design.weight(len(j.items), units.used)
    counted = j.counted
    if units.kept is not None:
        shared = np.zeros(len(j.items), dtype=np.bool_)
        shared[units.used] = True
        counted = counted & shared[j.item]
    return AlphaStatistics(
        metric=found.metric,
        names=(found.metric,),
        form=form,
        rows=_sums(part, form, units, groups, weight),
        units=np.array([len(units.used)]),
        raters=answers.rater_names(j, counted),
        hashed=groups.hashed,
        sampled=groups.name,
        notes=_weighted_note(weight, design.hashed),
    )


def _weighted_note(weight: Float64 | None, shard: bool) -> tuple[str, ...]:
    """What a reader must know of weighted units: the spread of the weights, and Kish's effective number."""
    if weight is None or not len(weight):
        return ()
    if shard:
        return ("items weigh the inverse of their chance of having been drawn; ratings are weighted too",)
    effective = weight.sum() ** 2 / (weight @ weight)
    spread = f"{weight.min():.3g} to {weight.max():.3g}"
    return (f"items weigh {spread}, as many as {effective:,.0f} of equal weight; ratings are weighted too",)


def _rows_of(found: Values, kept: Bool) -> Values:
    code = None if found.code is None else found.code[kept]
    features = None if found.features is None else found.features[kept]
    return Values(found.metric, found.item[kept], code=code, values=found.values, features=features)


def _form(found: Values) -> tuple[Form, int]:
    """The form of a metric, and how many sums it keeps."""
    if found.features is not None:
        width = found.features.shape[1]
        return Moments(width), 3 + width
    assert found.values is not None
    width = len(found.values)
    if found.metric == "nominal":
        return Moments(width), 3 + width
    if found.metric != "ordinal":
        return table(found.metric, found.values), 1 + width
    if width > MOST_LEVELS:
        raise ChoraleError("too-many-levels", f"{width} levels are more than {MOST_LEVELS}.", "Use interval.")
    return Ordinal(tuple(found.values[:, 0].tolist())), width * (width + 1) // 2


def _sums(found: Values, form: Form, units: sums.Units, groups: sums.Sampling, weight: Float64 | None) -> Float64:
    unit, used = units.unit, units.used
    if found.features is not None:
        rows = sums.feature_rows(unit, len(used), found.features)
        return _grouped(rows, used, groups, weight)
    assert found.code is not None
    assert found.values is not None
    width = len(found.values)
    if found.metric == "nominal":
        return sums.nominal_rows(units, found.code, width, groups, weight)
    votes = sums.cells(unit, found.code, (len(used), width))
    if isinstance(form, Table):
        pairs = sums.pair_distance(unit, len(used), found.code, form.distance)
        rows = np.column_stack([pairs, votes])
    else:
        rows = sums.coincidence_rows(votes)
    return _grouped(rows, used, groups, weight)


def _grouped(rows: Float64, used: Int64, groups: sums.Sampling, weight: Float64 | None) -> Float64:
    return sums.grouped(groups.group[used], groups.groups, rows if weight is None else rows * weight[:, None])


def _binary(j: Judgments, design: sums.Design) -> AlphaStatistics:
    if j.kind == Kind.INTENSITY:
        marked: Int32 = np.zeros((len(j.items), len(j.labels)), dtype=np.int32)
        for code in range(len(j.labels)):
            item, strength = answers.label_strengths(j, code)
            marked[:, code] = np.bincount(item, weights=strength > 0, minlength=len(j.items))
        m = np.bincount(j.item[j.counted], minlength=len(j.items)).astype(np.int32)
    else:
        marked, m = j.counts()
    counts = np.broadcast_to(m[:, None], marked.shape)  # every label was asked of every rater: no copies
    return _panelled(j, "nominal", (counts, marked, marked), design)


def _panels(j: Judgments, design: sums.Design) -> AlphaStatistics:
    blocks = []
    for column in range(len(j.labels)):
        item, number = answers.numbers(j, column)
        powers = (np.ones_like(number), number, number * number)
        blocks.append([np.bincount(item, weights=power, minlength=len(j.items)) for power in powers])
    counts, totals, squares = (np.stack([block[k] for block in blocks], axis=1).astype(np.float64) for k in range(3))
    return _panelled(j, "interval", (counts, totals, squares), design)


def _panelled(
    j: Judgments,
    metric: str,
    parts: tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]],
    design: sums.Design,
) -> AlphaStatistics:
    used = np.flatnonzero((parts[0] >= 2).any(axis=1))
    groups = sums.sampling(j.items, design, width=4 * len(j.labels), used=used)
    weight = design.weight(len(j.items), used)
    shared = np.zeros(len(j.items), dtype=np.bool_)
    shared[used] = True
    return AlphaStatistics(
        metric=metric,
        names=j.labels,
        form=PanelMoments(len(j.labels)),
        rows=sums.panel_sums(parts, used, groups, weight),
        units=(parts[0] >= 2).sum(axis=0),
        raters=answers.rater_names(j, j.counted & shared[j.item]),
        hashed=groups.hashed,
        sampled=groups.name,
        notes=_weighted_note(weight, design.hashed),
    )

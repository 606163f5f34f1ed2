"""How raters use a scale, and whether they change over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy  # its parts load when first used: scipy.stats alone takes 30 MB

from annotation.agreement.answers import numbers, require, rows_by
from annotation.agreement.loo import others_mean
from annotation.raters.against_others import rater_ids
from annotation.raters.company import company
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind


@dataclass(frozen=True)
class ScaleUse:
    """One rater's use of one dimension: mean, SD, share of ratings at either end, and offset from the other raters."""

    rater: str
    dimension: str
    ratings: int
    mean: float
    sd: float
    ends: float
    offset: float | None


def scale_use(j: Judgments, *, low: float, high: float) -> tuple[ScaleUse, ...]:
    """Use of each dimension's native range ``low``..``high`` by each rater (DIMENSION).

    ``offset``: mean of own rating minus the mean of the others of the same item; None where nothing is shared.
    """
    require(j, Kind.DIMENSION, fix="For labels use preference.")
    rater_ids(j)
    assert j.values is not None
    names, found = j.raters.to_pylist(), []
    for column, dimension in enumerate(j.labels):
        item, value = numbers(j, column)
        rater = j.rater[j.counted & ~np.isnan(j.values[:, column])]
        gap = value - others_mean(item, value, len(j.items))[0]
        for code, own in rows_by(rater):
            shared = gap[own][~np.isnan(gap[own])]
            found.append(
                ScaleUse(
                    rater=str(names[code]),
                    dimension=dimension,
                    ratings=len(own),
                    mean=float(value[own].mean()),
                    sd=float(value[own].std()),
                    ends=float(((value[own] <= low) | (value[own] >= high)).mean()),
                    offset=float(shared.mean()) if len(shared) else None,
                )
            )
    return tuple(found)


@dataclass(frozen=True)
class Speed:
    """One rater: median ``seconds`` an item, and ``pace``, the median ratio to the others' mean of the same item.

    ``pace`` below 1 is faster than the others; None where no timed item is shared.
    """

    rater: str
    judgments: int
    seconds: float
    pace: float | None


def speed(j: Judgments, lead_time: npt.ArrayLike) -> tuple[Speed, ...]:
    """Pace of each rater from ``lead_time`` [n] in seconds, NaN where unknown; 0 or below raises `ChoraleError`.

    The ratio compares like with like: a long item is long for everybody. The others' mean is geometric, so that one
    break of an hour does not make everybody else fast.
    """
    seconds = np.asarray(lead_time, dtype=np.float64)
    if len(seconds) != len(j) or (seconds <= 0).any():
        raise ChoraleError("times", f"{len(j)} judgments need as many lead times above 0.", "NaN where unknown.")
    rater_ids(j)
    kept = j.counted & ~np.isnan(seconds)
    item, rater, logs = j.item[kept].astype(np.int64), j.rater[kept], np.log(seconds[kept])
    ratio = np.exp(logs - others_mean(item, logs, len(j.items))[0])
    names, found = j.raters.to_pylist(), []
    for code, own in rows_by(rater):
        shared = ratio[own][~np.isnan(ratio[own])]
        pace = float(np.median(shared)) if len(shared) else None
        found.append(Speed(str(names[code]), len(own), float(np.median(np.exp(logs[own]))), pace))
    return tuple(found)


@dataclass(frozen=True)
class Drift:
    """One rater's agreement with the others, early and late, and the trend of it over the rater's sequence.

    ``tau``: Kendall's rank correlation of position and agreement, with its ``p``; all None below ``least`` items.
    """

    rater: str
    items: int
    early: float | None
    late: float | None
    tau: float | None
    p: float | None
    reason: str = ""


def drift(j: Judgments, at: npt.ArrayLike, *, least: int = 20) -> tuple[Drift, ...]:
    """Whether each rater's agreement with the others changes along ``at`` [n] (seconds, or any order of judging).

    Agreement: the share of others with the same label (SINGLE), of agreeing cells (SET, INTENSITY), or minus the
    distance from the others' mean, averaged over dimensions (DIMENSION). Early and late are the first and last thirds.
    """
    moment = np.asarray(at, dtype=np.float64)
    if len(moment) != len(j):
        raise ChoraleError("times", f"There are {len(j)} judgments and {len(moment)} times.")
    rater_ids(j)
    agreement = _agreement(j)
    rows = np.flatnonzero(j.counted)
    rater, moment = j.rater[rows], moment[rows]
    found = []
    usable = ~np.isnan(agreement) & ~np.isnan(moment)
    for code, judged in rows_by(rater):
        own, name = judged[usable[judged]], str(j.raters[code].as_py())
        if len(own) < least:
            reason = f"needs {least} shared and timed items"
            found.append(Drift(name, len(own), None, None, None, None, reason))
            continue
        ordered = agreement[own[np.argsort(moment[own], kind="stable")]]
        third = len(ordered) // 3
        trend = scipy.stats.kendalltau(np.arange(len(ordered)), ordered)
        tau = None if np.isnan(trend.statistic) else float(trend.statistic)
        early, late = float(ordered[:third].mean()), float(ordered[-third:].mean())
        found.append(Drift(name, len(own), early, late, tau, None if tau is None else float(trend.pvalue)))
    return tuple(found)


def _agreement(j: Judgments) -> Float64:
    """Of each counted judgment with the others of its item; NaN where alone."""
    if j.kind in (Kind.DIMENSION, Kind.PROBABILITY):
        assert j.values is not None
        values = j.values[j.counted].astype(np.float64)
        gaps = np.full_like(values, np.nan)
        for column in range(values.shape[1]):
            there = ~np.isnan(values[:, column])
            item, value = numbers(j, column)
            gaps[there, column] = np.abs(value - others_mean(item, value, len(j.items))[0])
        alone = np.isnan(gaps).all(axis=1)
        total = np.nansum(gaps, axis=1) / np.maximum((~np.isnan(gaps)).sum(axis=1), 1)
        return np.where(alone, np.nan, -total)
    return company(j).match()

"""The question of `splits` for numbers: two opinions on a dimension, or one with rater noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from annotation.aggregation.splits import Verdict, benjamini_hochberg, verdict_of
from annotation.agreement.answers import numbers, refuse_repeats, require
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind

DRAWS = 10_000  # so no p is below 1e-4: over very many items only clear splits survive the correction


@dataclass(frozen=True, eq=False)
class DimensionSplits:
    """Per item: ``verdict``, ``p`` (NaN where not tested), ``adjusted``, ``power``, ``n``; as in `Splits`.

    ``between`` [I]: share of the ratings' variance that the best cut into two groups explains, 0..1.
    """

    items: pa.StringArray
    dimension: str
    verdict: tuple[Verdict, ...]
    p: Float64
    adjusted: Float64
    power: Float64
    n: Int64
    between: Float64


def dimension_splits(
    j: Judgments,
    dimension: str,
    *,
    step: float,
    apart: float,
    least: int = 8,
    level: float = 0.05,
    wanted_power: float = 0.8,
    seed: int = 0,
) -> DimensionSplits:
    """Tests items with ``least`` ratings or more of one dimension against one opinion and rater noise.

    Null: the item's mean plus noise drawn from the residuals of all items (about their item's mean, scaled by
    sqrt(m / (m - 1))), rounded to the scale's ``step`` and kept within the values seen. Statistic: the sum of squares
    between the two sides of the best cut, large where opinions are parted and far apart. Power: an even split into
    opinions ``apart`` from each other (native units). Verdicts as in `splits`.
    """
    require(j, Kind.DIMENSION, fix="Labels have splits and label_splits.")
    refuse_repeats(j)
    if step <= 0 or apart <= 0:
        raise ChoraleError("scale", f"step={step}, apart={apart} are no distances on a scale.", "Both above 0.")
    item, value = numbers(j, j.labels.index(dimension))
    n = np.bincount(item, minlength=len(j.items))
    mean = np.bincount(item, weights=value, minlength=len(j.items)) / np.maximum(n, 1)
    shared = n[item] > 1
    scale = np.sqrt(n[item] / np.maximum(n[item] - 1, 1))
    noise = ((value - mean[item]) * scale)[shared]
    size = len(j.items)
    p, power, between = (np.full(size, np.nan) for _ in range(3))
    rng, low, high = np.random.default_rng(seed), float(value.min(initial=0)), float(value.max(initial=0))
    order = np.argsort(item, kind="stable")
    first = np.cumsum(n) - n
    null: dict[tuple[int, float], tuple[Float64, float]] = {}
    for i in np.flatnonzero(n >= least):
        own = value[order[first[i] : first[i] + n[i]]][None]
        seen, share = _parted(own)
        between[i] = share[0]
        key = (int(n[i]), round(float(mean[i]) / step) * step)
        if key not in null:
            null[key] = _null(rng, noise, key, (low, high, step, apart), level)
        drawn, power[i] = null[key]
        p[i] = (1 + (drawn >= seen[0] - 1e-12).sum()) / (DRAWS + 1)
    adjusted = benjamini_hochberg(p)
    each = zip(p, adjusted, power, strict=True)
    verdicts = tuple(verdict_of(*told, level, wanted_power) for told in each)
    return DimensionSplits(j.items, dimension, verdicts, p, adjusted, power, n, between)


def _null(
    rng: np.random.Generator,
    noise: Float64,
    key: tuple[int, float],
    scale: tuple[float, float, float, float],
    level: float,
) -> tuple[Float64, float]:
    """The statistic under one opinion, and the power against an even split, for items of this n and mean."""
    (n, center), (low, high, step, apart) = key, scale

    def rated(opinion: Float64) -> Float64:
        felt = opinion + rng.choice(noise, size=(DRAWS, n))
        return np.asarray(np.clip(low + np.round((felt - low) / step) * step, low, high))

    drawn = _parted(rated(np.full(n, center)))[0]
    two = center + np.where(np.arange(n) % 2 == 0, -apart / 2, apart / 2)
    critical = np.quantile(drawn, 1 - level)
    return drawn, float((_parted(rated(two))[0] > critical).mean())


def _parted(values: Float64) -> tuple[Float64, Float64]:
    """Sum of squares between the sides of the best cut [R], and its share of the total [R], for rows of ratings."""
    ordered = np.sort(values, axis=1)
    n = ordered.shape[1]
    left = np.cumsum(ordered, axis=1)[:, :-1]
    total = ordered.sum(axis=1, keepdims=True)
    k = np.arange(1, n)
    between = (left**2 / k + (total - left) ** 2 / (n - k) - total**2 / n).max(axis=1)
    whole = ((ordered - total / n) ** 2).sum(axis=1)
    share = np.divide(between, whole, out=np.zeros_like(whole), where=whole > 1e-12)
    return np.asarray(between), np.asarray(share)

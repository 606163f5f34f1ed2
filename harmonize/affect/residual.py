"""What is left of a VAD value after it went through categories: RMSE, share of variance kept, beside k-means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harmonize.affect.gaussians import Gaussians, category_points, category_posterior
from harmonize.loss.interval import defined
from harmonize.problems import ChoraleError
from harmonize.records import Float64, SoftLabels

VARIES = 1e-12  # variance below this, in squared scale units, is none
GROUPS = 5_000  # more items than this are resampled in as many random groups


@dataclass(frozen=True, slots=True)
class Residual:
    """Root mean square error in scale units, and the share of variance kept, 1 - residual variance / variance.

    ``rmse`` and ``kept`` by dimension; ``overall`` RMSE, the root of the mean squared error over dimensions, and
    ``kept_overall``, from the sums over dimensions. ``low``, ``high`` and those named after a figure: 95 % percentile
    intervals over resampled items. ``kept`` is below 0 where the mean would do better, None where nothing varies.
    """

    rmse: tuple[float, ...]
    overall: float
    low: float
    high: float
    kept: tuple[float | None, ...]
    n: int
    kept_overall: float | None
    kept_overall_low: float | None
    kept_overall_high: float | None
    kept_low: tuple[float | None, ...]
    kept_high: tuple[float | None, ...]


@dataclass(frozen=True)
class RoundTrip:
    """Values to category posteriors and back, beside k-means with as many groups; a round trip validates nothing.

    k-means is fitted to these very values, so it is about the least error of that many hard groups; a soft posterior
    may fall below it, as its shares carry more than a group.
    """

    categories: Residual
    kmeans: Residual
    groups: int
    rejected: float


def residual(truth: Float64, found: Float64, *, rounds: int = 500, seed: int = 0) -> Residual:
    """Error of ``found`` against ``truth``, float64[I, D] each; rows with a NaN in either are left out.

    Raises `ChoraleError("affect-few")` below two such rows.
    """
    good = np.isfinite(truth).all(axis=1) & np.isfinite(found).all(axis=1)
    if good.sum() < 2:
        raise ChoraleError("affect-few", "Fewer than two items have both values.")
    off = (truth[good] - found[good]) ** 2
    around = truth[good] - truth[good].mean(axis=0)
    rmse, kept, whole = _figures(off.mean(axis=0)[None], around.mean(axis=0)[None], (around**2).mean(axis=0)[None])
    drawn = _resampled(off, around, rounds, np.random.default_rng(seed))
    ends = [np.percentile(part, [2.5, 97.5], axis=0) for part in _figures(*drawn)]
    overall = np.percentile(np.sqrt(drawn[0].mean(axis=1)), [2.5, 97.5])
    return Residual(
        rmse=tuple(float(x) for x in rmse[0]),
        overall=float(np.sqrt(off.mean())),
        low=float(overall[0]),
        high=float(overall[1]),
        kept=_tuple(kept[0]),
        n=len(off),
        kept_overall=defined(whole[0]),
        kept_overall_low=defined(ends[2][0]),
        kept_overall_high=defined(ends[2][1]),
        kept_low=_tuple(ends[1][0]),
        kept_high=_tuple(ends[1][1]),
    )


def _figures(off: Float64, mean: Float64, square: Float64) -> tuple[Float64, Float64, Float64]:
    """RMSE and share kept by dimension, float64[R, D], and the share kept of all, float64[R], of means per round."""
    variance = square - mean**2
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(variance > VARIES, 1 - off / variance, np.nan)
        total = variance.sum(axis=1)
        whole = np.where(total > VARIES, 1 - off.sum(axis=1) / total, np.nan)
    return np.sqrt(off), kept, whole


def _resampled(
    off: Float64, around: Float64, rounds: int, rng: np.random.Generator
) -> tuple[Float64, Float64, Float64]:
    """Means of the squared error, the value and its square over items drawn with replacement, float64[rounds, D]."""
    columns = np.column_stack([np.ones(len(off)), off, around, around**2])
    if len(columns) > GROUPS:
        group = rng.permutation(len(columns)) % GROUPS
        columns = np.stack([np.bincount(group, weights=c, minlength=GROUPS) for c in columns.T], axis=1)
    size, width = len(columns), off.shape[1]
    parts = []
    for at in range(0, rounds, 50):
        parts.append(rng.multinomial(size, np.full(size, 1 / size), size=min(50, rounds - at)) @ columns)
    drawn = np.concatenate(parts)
    means = drawn[:, 1:] / drawn[:, :1]
    return means[:, :width], means[:, width : 2 * width], means[:, 2 * width :]


def _tuple(row: Float64) -> tuple[float | None, ...]:
    return tuple(defined(float(x)) for x in row)


def round_trip_values(
    values: SoftLabels, gaussians: Gaussians, prior: Float64 | None = None, *, reject: float = 0.05, seed: int = 0
) -> RoundTrip:
    """RMSE of values against sum_k P(k | v) E[v | k], and against their k-means centres with as many groups.

    The rejected mass takes no part in the mean, so a wholly rejected item counts with its categories' mean.
    """
    posterior = category_posterior(values, gaussians, prior, reject=reject)
    back = category_points(posterior, gaussians).values
    good = np.isfinite(values.values).all(axis=1)
    groups = len(gaussians.labels)
    from sklearn.cluster import KMeans  # takes seconds to load

    means = KMeans(n_clusters=groups, n_init=4, random_state=seed).fit(values.values[good])
    centres = np.full(values.values.shape, np.nan)
    centres[good] = means.cluster_centers_[means.labels_]
    rejected = float(np.nanmean(posterior.unmapped)) if posterior.unmapped is not None else 0.0
    return RoundTrip(residual(values.values, back), residual(values.values, centres), groups, rejected)

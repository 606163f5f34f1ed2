"""What is left of a VAD value after it went through categories: RMSE, share of variance kept, beside k-means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans

from harmonize.affect.gaussians import Gaussians, category_points, category_posterior
from harmonize.problems import ChoraleError
from harmonize.records import Float64, SoftLabels


@dataclass(frozen=True, slots=True)
class Residual:
    """By dimension and together: root mean square error in scale units, and 1 - residual variance / variance.

    ``low`` and ``high``: 95 % percentile interval of the overall RMSE over resampled items.
    """

    rmse: tuple[float, ...]
    overall: float
    low: float
    high: float
    kept: tuple[float, ...]
    n: int


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
    """Error of ``found`` against ``truth``, float64[I, D] each; rows with a NaN in either are left out."""
    good = np.isfinite(truth).all(axis=1) & np.isfinite(found).all(axis=1)
    if good.sum() < 2:
        raise ChoraleError("affect-few", "Fewer than two items have both values.")
    off = (truth[good] - found[good]) ** 2
    n = len(off)
    rng = np.random.default_rng(seed)
    per_item = off.mean(axis=1)
    drawn = [np.sqrt(per_item[rng.integers(0, n, n)].mean()) for _ in range(rounds)]
    low, high = (float(x) for x in np.percentile(drawn, [2.5, 97.5]))
    kept = 1 - off.mean(axis=0) / np.maximum(truth[good].var(axis=0), 1e-300)
    rmse = tuple(float(x) for x in np.sqrt(off.mean(axis=0)))
    return Residual(rmse, float(np.sqrt(per_item.mean())), low, high, tuple(float(x) for x in kept), n)


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
    means = KMeans(n_clusters=groups, n_init=4, random_state=seed).fit(values.values[good])
    centres = np.full(values.values.shape, np.nan)
    centres[good] = means.cluster_centers_[means.labels_]
    rejected = float(np.nanmean(posterior.unmapped)) if posterior.unmapped is not None else 0.0
    return RoundTrip(residual(values.values, back), residual(values.values, centres), groups, rejected)

"""Gaussians on bounded scales: categories to VAD and back, fitted on items that carry both kinds of label.

A value v on low..high is seen as z = logit((v - low) / (high - low)), so that every density stays inside the scale. On
z each category is a Gaussian; on v that is a logit-normal density. What is between texts of a category (the Gaussian)
is kept apart from how well a text's own value is known (the standard error of its raters' mean).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Semantics, SoftLabels
from harmonize.schemes import Scheme

FLAT = 1e-9  # least variance on z; below it a density has no meaning
EDGE = 0.01  # values are kept this share of the range away from its ends, where logit is infinite


@dataclass(frozen=True, eq=False)
class Gaussians:
    """One Gaussian a category on the logit scale of a VAD scheme (K categories, D dimensions).

    ``mean`` float64[K, D], ``cov`` float64[K, D, D] on z; ``points`` float64[K, D] mean value on the native scale;
    ``mass`` float64[K] items' worth; ``base`` float64[K] the items' base rates; ``fitted_on``: what it was fitted on.
    """

    labels: tuple[str, ...]
    scheme: Scheme
    mean: Float64
    cov: Float64
    points: Float64
    mass: Float64
    base: Float64
    neutral: str | None = None
    fitted_on: str = ""


def fit_gaussians(
    categories: SoftLabels,
    values: SoftLabels,
    scheme: Scheme,
    *,
    neutral: str | None,
    shrink: float = 10.0,
    fitted_on: str = "",
) -> Gaussians:
    """Weighted means and covariances by category, from the items (same order) that have both labels.

    ``categories``: DISTRIBUTION or POSTERIOR over K labels; ``values``: DIMENSION under ``scheme``. Weighted maximum
    likelihood on z, with covariances drawn to the pooled one by ``shrink`` items' worth. ``neutral`` names the
    neutral category, or is None where there is none: then `category_posterior` must have a reject class. Raters' noise
    in the values widens the covariances: they describe observed means. Raises `ChoraleError`.
    """
    if categories.semantics not in (Semantics.DISTRIBUTION, Semantics.POSTERIOR):
        raise ChoraleError("affect-semantics", f"Categories are {categories.semantics}, not one mass an item.")
    if values.semantics != Semantics.DIMENSION or values.labels != scheme.names:
        raise ChoraleError("affect-semantics", f"Values must be DIMENSION under {scheme.ref}.")
    if not categories.items.equals(values.items):
        raise ChoraleError("affect-items", "Categories and values must have the same items in the same order.")
    if neutral is not None and neutral not in categories.labels:
        raise ChoraleError("affect-neutral", f"There is no category {neutral!r}.", "Name the one that means neutral.")
    used = np.isfinite(values.values).all(axis=1) & np.isfinite(categories.values).any(axis=1)
    x, v = np.nan_to_num(categories.values[used]), values.values[used]
    mass = x.sum(axis=0)
    if (mass < len(scheme.names) + 1).any():
        few = ", ".join(n for n, m in zip(categories.labels, mass, strict=True) if m < len(scheme.names) + 1)
        raise ChoraleError("affect-few", f"Too few items for {few}.", "Merge or drop those categories first.")
    z = to_logit(v, scheme)
    share = x / mass
    mean, points = share.T @ z, share.T @ v
    scatter = np.stack([((z - m) * w[:, None]).T @ (z - m) for m, w in zip(mean, x.T, strict=True)])
    pooled = scatter.sum(axis=0) / mass.sum()
    if np.linalg.eigvalsh(pooled)[0] < FLAT:
        raise ChoraleError(
            "affect-flat", "Within categories the values do not vary in every dimension.", "Give ratings."
        )
    cov = (scatter + shrink * pooled) / (mass + shrink)[:, None, None]
    return Gaussians(categories.labels, scheme, mean, cov, points, mass, mass / mass.sum(), neutral, fitted_on)


def category_points(soft: SoftLabels, gaussians: Gaussians) -> SoftLabels:
    """Categories to expected values on the native scale, DIMENSION float64[I, D]: sum p_k E[v | k].

    E[v | k] is the mean value of the items fitted on. ``unmapped`` passes through. Raises for other labels.
    """
    if soft.labels != gaussians.labels or soft.semantics not in (Semantics.DISTRIBUTION, Semantics.POSTERIOR):
        raise ChoraleError("affect-semantics", "These soft labels are not one mass over the Gaussians' categories.")
    known = np.nan_to_num(soft.values)
    mass = known.sum(axis=1, keepdims=True)
    total = known @ gaussians.points
    values = np.divide(total, mass, out=np.full(total.shape, np.nan), where=mass > 0)
    method = f"{soft.method}|gaussians"
    names = gaussians.scheme.names
    return SoftLabels(Semantics.DIMENSION, soft.items, names, values, soft.n, method, unmapped=soft.unmapped)


def category_posterior(
    values: SoftLabels, gaussians: Gaussians, prior: Float64 | None = None, *, reject: float = 0.05
) -> SoftLabels:
    """Values to a POSTERIOR over the categories; the mass of the reject class is in ``unmapped`` float64[I].

    P(k | v) ~ prior_k N(z; mean_k, cov_k + S), with S the item's own uncertainty: the square of its standard error
    (raters' SD / sqrt(n)) carried to z by the delta method, 0 where spread or n is unknown. The reject class is uniform
    over the native scale with prior ``reject``; ``prior`` float64[K] is for the categories among themselves (default:
    the base rates fitted on, stated in ``method``). Masked items stay NaN. Raises `ChoraleError`.
    """
    if values.semantics != Semantics.DIMENSION or values.labels != gaussians.scheme.names:
        raise ChoraleError("affect-semantics", f"Values must be DIMENSION under {gaussians.scheme.ref}.")
    stated = gaussians.base if prior is None else np.asarray(prior, dtype=np.float64)
    if stated.shape != gaussians.base.shape or (stated < 0).any() or not stated.sum() > 0 or not 0 <= reject < 1:
        raise ChoraleError("affect-prior", f"A prior needs {len(gaussians.labels)} shares and 0 <= reject < 1.")
    if gaussians.neutral is None and reject == 0:
        raise ChoraleError("affect-neutral", "Without a neutral category there must be a reject class.", "reject > 0.")
    stated = stated / stated.sum()
    good = np.asarray(np.isfinite(values.values).all(axis=1), dtype=np.bool_)
    v = values.values[good]
    z = to_logit(v, gaussians.scheme)
    noise = _item_noise(values, good, gaussians.scheme)
    logs = np.stack([_log_density(z, m, c, noise) for m, c in zip(gaussians.mean, gaussians.cov, strict=True)], axis=1)
    outside = _log_uniform(v, gaussians.scheme)
    with np.errstate(divide="ignore"):
        whole = np.column_stack([logs + np.log((1 - reject) * stated), outside + np.log(reject)])
    whole = np.exp(whole - whole.max(axis=1, keepdims=True))
    whole /= whole.sum(axis=1, keepdims=True)
    posterior = np.full((len(values), len(gaussians.labels)), np.nan)
    unmapped = np.full(len(values), np.nan)
    posterior[good], unmapped[good] = whole[:, :-1], whole[:, -1]
    priors = "base rates" if prior is None else "stated"
    method = f"{values.method}|gaussians(prior {priors}, reject {reject:g})"
    return SoftLabels(
        Semantics.POSTERIOR, values.items, gaussians.labels, posterior, values.n, method, unmapped=unmapped
    )


def to_logit(values: Float64, scheme: Scheme) -> Float64:
    """z = logit of the share of the range, with values kept off the ends by `EDGE`."""
    z: Float64 = np.log(_share(values, scheme) / (1 - _share(values, scheme)))
    return z


def _share(values: Float64, scheme: Scheme) -> Float64:
    low = np.array([d.low for d in scheme.dimensions])
    high = np.array([d.high for d in scheme.dimensions])
    share: Float64 = np.clip((values - low) / (high - low), EDGE, 1 - EDGE)
    return share


def _item_noise(values: SoftLabels, good: Bool, scheme: Scheme) -> Float64:
    """Variance of each mean on z, float64[m, D]: (SD / sqrt n)^2 (dz/dv)^2 with dz/dv = 1 / (range s (1 - s))."""
    if values.spread is None:
        return np.zeros((int(good.sum()), len(scheme.names)))
    n = np.maximum(values.n[good], 1)[:, None]
    known = np.where((values.n[good] > 0)[:, None], np.nan_to_num(values.spread[good]) ** 2 / n, 0.0)
    span = np.array([d.high - d.low for d in scheme.dimensions])
    share = _share(values.values[good], scheme)
    noise: Float64 = known / (span * share * (1 - share)) ** 2
    return noise


def _log_density(z: Float64, mean: Float64, cov: Float64, noise: Float64) -> Float64:
    width = z.shape[1]
    whole = cov + noise[:, :, None] * np.eye(width)
    off = (z - mean)[:, :, None]
    distance = (off * np.linalg.solve(whole, off)).sum(axis=(1, 2))
    sizes = np.linalg.slogdet(whole)[1]
    density: Float64 = -0.5 * (distance + sizes + width * np.log(2 * np.pi))
    return density


def _log_uniform(values: Float64, scheme: Scheme) -> Float64:
    """The uniform density over the scale, seen on z: the product of s (1 - s), as ds/dz = s (1 - s)."""
    share = _share(values, scheme)
    density: Float64 = np.log(share * (1 - share)).sum(axis=1)
    return density

"""GLAD: the chance of a right answer grows with a rater's ability and falls with an item's difficulty.

Whitehill et al. 2009, "Whose vote should count more". P(right) = 1 / (1 + exp(-ability x exp(ease))), the wrong
labels equally likely, priors N(1, 1) on ability and ease, uniform on labels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import scipy  # its parts load when first used
from scipy.special import expit, log_expit

from annotation.aggregation.entropy import distribution_entropy, proportions_entropy
from annotation.aggregation.triples import Triples, binary_triples, posterior_of, require_raters, triples
from annotation.agreement.bootstrap import Progress
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind, Semantics, SoftLabels


@dataclass(frozen=True, eq=False)
class Glad:
    """``soft``: POSTERIOR. ``ability`` [R] (below 0: worse than chance) and ``ease`` [I] (log inverse difficulty).

    For SET both carry a last axis of labels. NaN for raters and items without answers.
    """

    soft: SoftLabels
    raters: pa.StringArray
    ability: Float64
    ease: Float64
    objective: float
    iterations: int
    converged: bool


@dataclass(frozen=True, eq=False)
class GladFit:
    """One problem's fit: posterior [I, K], ability [R], ease [I], the objective reached, and how it ended."""

    posterior: Float64
    ability: Float64
    ease: Float64
    objective: float
    iterations: int
    converged: bool


def glad(
    j: Judgments, *, iterations: int = 100, tolerance: float = 1e-5, inner: int = 25, progress: Progress | None = None
) -> Glad:
    """GLAD posteriors: multi-class for SINGLE, one binary problem a label for SET.

    EM from ability = ease = 1, at most ``inner`` quasi-Newton steps in each maximisation, until the mean objective a
    judgment rises by less than ``tolerance``. Raises `ChoraleError` where the source publishes no rater ids.
    """
    require_raters(j)
    if j.kind == Kind.SINGLE:
        fits = [glad_fit(triples(j), iterations, tolerance, inner)]
        values = fits[0].posterior
        ability, ease, entropy = fits[0].ability, fits[0].ease, distribution_entropy(values)
    elif j.kind == Kind.SET:
        labels: Iterable[int] = range(len(j.labels))
        wrapped = progress(labels) if progress else labels
        fits = [glad_fit(binary_triples(j, code), iterations, tolerance, inner) for code in wrapped]
        values = np.column_stack([fit.posterior[:, 1] for fit in fits])
        ability, ease = (np.column_stack([getattr(fit, name) for fit in fits]) for name in ("ability", "ease"))
        entropy = proportions_entropy(values)
    else:
        raise ChoraleError("judgments-kind", f"GLAD needs labels, not {j.kind}.", "Use SINGLE or SET judgments.")
    n = np.bincount(j.item[j.counted], minlength=len(j.items)).astype(np.int32)
    return Glad(
        soft=SoftLabels(Semantics.POSTERIOR, j.items, j.labels, values, n, "glad", entropy=entropy),
        raters=j.raters,
        ability=ability,
        ease=ease,
        objective=sum(fit.objective for fit in fits),
        iterations=max(fit.iterations for fit in fits),
        converged=all(fit.converged for fit in fits),
    )


def glad_fit(t: Triples, iterations: int, tolerance: float, inner: int) -> GladFit:
    """EM for one problem; only raters and items with answers are fitted."""
    raters, rater = np.unique(t.rater, return_inverse=True)
    items, item = np.unique(t.item, return_inverse=True)
    small = Triples(item, rater, t.answer, len(items), len(raters), t.classes)
    point, last, done, converged = np.ones(len(raters) + len(items)), -np.inf, 0, False
    posterior = _e_step(small, point)
    while done < iterations and not converged:
        done += 1
        right = posterior[small.item, small.answer]
        found = scipy.optimize.minimize(
            _loss, point, args=(small, right), jac=True, method="L-BFGS-B", options={"maxiter": inner}
        )
        point, reached = found.x, -float(found.fun) / len(item)
        posterior = _e_step(small, point)
        converged, last = reached - last < tolerance, reached
    return GladFit(
        _placed(posterior, items, t.items),
        _placed(point[: len(raters)], raters, t.raters),
        _placed(point[len(raters) :], items, t.items),
        last,
        done,
        converged,
    )


def _e_step(t: Triples, point: Float64) -> Float64:
    margin = point[t.rater] * np.exp(point[t.raters + t.item])
    wrong = log_expit(-margin) - np.log(max(t.classes - 1, 1))
    shared = np.bincount(t.item, weights=wrong, minlength=t.items)
    lifted = log_expit(margin) - wrong
    own = np.bincount(t.item * t.classes + t.answer, weights=lifted, minlength=t.items * t.classes)
    joint: Float64 = (shared[:, None] + own.reshape(t.items, t.classes)).astype(np.float64)
    return posterior_of(joint)[0]


def _loss(point: Float64, t: Triples, right: Float64) -> tuple[float, Float64]:
    """Minus the expected log likelihood and log priors, and its gradient."""
    ability, ease = point[t.rater], np.exp(point[t.raters + t.item])
    margin = ability * ease
    fit = right * log_expit(margin) + (1 - right) * (log_expit(-margin) - np.log(max(t.classes - 1, 1)))
    off = right - expit(margin)
    slope = np.concatenate(
        [
            np.bincount(t.rater, weights=off * ease, minlength=t.raters),
            np.bincount(t.item, weights=off * margin, minlength=t.items),
        ]
    )
    prior = point - 1
    return float(-fit.sum() + (prior @ prior) / 2), prior - slope


def _placed(values: Float64, places: np.typing.NDArray[np.int64], size: int) -> Float64:
    whole = np.full((size, *values.shape[1:]), np.nan)
    whole[places] = values
    return whole

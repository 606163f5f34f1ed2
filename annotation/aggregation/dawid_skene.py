"""Dawid and Skene's model: one latent truth an item, one confusion matrix a rater, by expectation maximisation.

Dawid and Skene 1979, "Maximum likelihood estimation of observer error-rates using the EM algorithm". The truth is a
model's belief (POSTERIOR): it is never pooled with votes nor compared with them by entropy (SCIENCE 1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy import sparse

from annotation.aggregation.entropy import distribution_entropy, proportions_entropy
from annotation.aggregation.triples import Triples, binary_triples, posterior_of, require_raters, triples
from annotation.agreement.bootstrap import Progress
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind, Semantics, SoftLabels

FLOOR = 1e-10  # least expected count of an answer that a rater gave, so that no answer is impossible


@dataclass(frozen=True, eq=False)
class DawidSkene:
    """Posteriors and what they rest on.

    ``soft``: POSTERIOR per item. ``prior``: class marginals [L], or [L] shares of present for SET.
    ``confusion``: P(answer | truth) as [R, truth, answer] (SINGLE), or [L, R, 2, 2] with 0 absent, 1 present (SET);
    NaN for raters without answers. ``log_likelihood`` (natural), ``iterations``, ``converged``: the worst over labels.
    """

    soft: SoftLabels
    raters: pa.StringArray
    prior: Float64
    confusion: Float64
    log_likelihood: float
    iterations: int
    converged: bool


@dataclass(frozen=True, eq=False)
class Fit:
    """One EM run: posterior [I, K] (NaN without answers), prior [K], confusion [R, K, K], and how it ended."""

    posterior: Float64
    prior: Float64
    confusion: Float64
    log_likelihood: float
    iterations: int
    converged: bool


def dawid_skene(
    j: Judgments, *, iterations: int = 100, tolerance: float = 1e-8, progress: Progress | None = None
) -> DawidSkene:
    """Dawid-Skene posteriors: one multi-class problem for SINGLE, one binary problem a label for SET.

    Starts from each item's vote shares (so it is deterministic) and stops after ``iterations`` or once the log
    likelihood moves by less than ``tolerance`` a judgment; ``tolerance=0`` makes exactly ``iterations``. Entropy in
    bits: of the posterior (SINGLE), summed over the labels' binary posteriors (SET). Raises `ChoraleError` where the
    source publishes no rater ids, or for other kinds.
    """
    require_raters(j)
    if j.kind == Kind.SINGLE:
        fit = fitted(triples(j), iterations=iterations, tolerance=tolerance, progress=progress)
        fits, values, entropy = [fit], fit.posterior, distribution_entropy(fit.posterior)
        prior, confusion = fit.prior, fit.confusion
    elif j.kind == Kind.SET:
        labels: Iterable[int] = range(len(j.labels))
        problems = (binary_triples(j, code) for code in (progress(labels) if progress else labels))
        fits = [fitted(problem, iterations=iterations, tolerance=tolerance) for problem in problems]
        values = np.column_stack([fit.posterior[:, 1] for fit in fits])
        entropy = proportions_entropy(values)
        prior = np.array([fit.prior[1] for fit in fits])
        confusion = np.stack([fit.confusion for fit in fits])
    else:
        raise ChoraleError("judgments-kind", f"Dawid-Skene needs labels, not {j.kind}.", "Use SINGLE or SET judgments.")
    soft = SoftLabels(
        semantics=Semantics.POSTERIOR,
        items=j.items,
        labels=j.labels,
        values=values,
        n=np.bincount(j.item[j.counted], minlength=len(j.items)).astype(np.int32),
        method="dawid-skene",
        entropy=entropy,
    )
    return DawidSkene(
        soft=soft,
        raters=j.raters,
        prior=prior,
        confusion=confusion,
        log_likelihood=sum(fit.log_likelihood for fit in fits),
        iterations=max(fit.iterations for fit in fits),
        converged=all(fit.converged for fit in fits),
    )


def fitted(t: Triples, *, iterations: int, tolerance: float, progress: Progress | None = None) -> Fit:
    """EM on (item, rater, answer) triples. Each step is two sparse products over the (rater, answer) cells used."""
    cell, place = np.unique(t.rater * t.classes + t.answer, return_inverse=True)
    used, item = np.unique(t.item, return_inverse=True)
    ones = np.ones(len(item))
    gave = sparse.csr_array((ones, (item, place)), shape=(len(used), len(cell)))  # duplicates add up
    back = gave.T.tocsr()
    answer = sparse.csr_array((ones, (item, t.answer)), shape=(len(used), t.classes)).toarray()
    posterior = answer / answer.sum(axis=1, keepdims=True)
    owner = np.unique(cell // t.classes, return_inverse=True)[1]
    prior, errors = _m_step(posterior, back, owner)
    likelihood, converged, done = -np.inf, False, 0
    steps: Iterable[int] = range(iterations)
    for _ in progress(steps) if progress else steps:
        posterior, found = _e_step(gave, prior, errors)
        prior, errors = _m_step(posterior, back, owner)
        done += 1
        converged = abs(found - likelihood) < tolerance * len(t.item)
        likelihood = found
        if converged:
            break
    whole = np.full((t.items, t.classes), np.nan)
    whole[used] = posterior
    return Fit(whole, prior, _dense(errors, cell, t), float(likelihood), done, bool(converged))


def _m_step(posterior: Float64, back: sparse.csr_array, owner: np.typing.NDArray[np.int64]) -> tuple[Float64, Float64]:
    """Prior [K], and P(answer | truth) of each used (rater, answer) cell [C, K]."""
    counts = np.maximum(back @ posterior, FLOOR)
    edges = np.flatnonzero(np.diff(owner, prepend=-1))  # cells are sorted by rater
    totals = np.add.reduceat(counts, edges, axis=0)
    return posterior.mean(axis=0), counts / totals[owner]


def _e_step(gave: sparse.csr_array, prior: Float64, errors: Float64) -> tuple[Float64, float]:
    with np.errstate(divide="ignore"):
        joint = gave @ np.log(errors)
        joint += np.log(prior)
    posterior, whole = posterior_of(joint)
    return posterior, float(whole.sum())


def _dense(errors: Float64, cell: np.typing.NDArray[np.int64], t: Triples) -> Float64:
    """[R, truth, answer]; 0 for answers a rater never gave, NaN for raters without answers."""
    confusion = np.full((t.raters, t.classes, t.classes), np.nan)
    rater, answer = cell // t.classes, cell % t.classes
    confusion[np.unique(rater)] = 0.0
    confusion[rater, :, answer] = errors
    return confusion

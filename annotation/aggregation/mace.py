"""MACE: each rater either knows the label or draws from a habit of their own (Hovy et al. 2013, N13-1132)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.special import digamma

from annotation.aggregation.entropy import distribution_entropy, proportions_entropy
from annotation.aggregation.triples import Triples, binary_triples, posterior_of, require_raters, triples
from annotation.agreement.bootstrap import Progress
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind, Semantics, SoftLabels

BETA = 0.5  # prior counts of knowing and of guessing, as the paper's implementation
DIRICHLET = 10.0  # prior count of each label in a rater's habit


@dataclass(frozen=True, eq=False)
class Mace:
    """``soft``: POSTERIOR. ``competence`` [R] or [R, L] for SET: chance that a rater knows; NaN without answers.

    ``log_likelihood``: of the best restart, natural, summed over labels for SET.
    """

    soft: SoftLabels
    raters: pa.StringArray
    competence: Float64
    log_likelihood: float
    restarts: int
    iterations: int


@dataclass(frozen=True, eq=False)
class Start:
    """Where one run starts: ``guessing`` and ``knowing`` [R], ``habit`` [R, K]."""

    guessing: Float64
    knowing: Float64
    habit: Float64


@dataclass(frozen=True, eq=False)
class Run:
    """One run: posterior [I, K], the parameters it ends with, and its log likelihood."""

    posterior: Float64
    end: Start
    log_likelihood: float


def mace(
    j: Judgments, *, restarts: int = 10, iterations: int = 50, seed: int = 0, progress: Progress | None = None
) -> Mace:
    """MACE posteriors by variational Bayes: multi-class for SINGLE, one binary problem a label for SET.

    The best of ``restarts`` random starts by marginal likelihood, each of ``iterations`` steps. Entropy as in
    `dawid_skene`. Raises `ChoraleError` where the source publishes no rater ids, or for other kinds.
    """
    require_raters(j)
    if j.kind == Kind.SINGLE:
        best = best_of(triples(j), restarts, iterations, seed, progress)
        values, likelihood = best.posterior, best.log_likelihood
        entropy, competence = distribution_entropy(values), _competence(best, j)
    elif j.kind == Kind.SET:
        labels: Iterable[int] = range(len(j.labels))
        runs = [
            best_of(binary_triples(j, code), restarts, iterations, seed, None)
            for code in (progress(labels) if progress else labels)
        ]
        values = np.column_stack([run.posterior[:, 1] for run in runs])
        likelihood = sum(run.log_likelihood for run in runs)
        entropy = proportions_entropy(values)
        competence = np.column_stack([_competence(run, j) for run in runs])
    else:
        raise ChoraleError("judgments-kind", f"MACE needs labels, not {j.kind}.", "Use SINGLE or SET judgments.")
    n = np.bincount(j.item[j.counted], minlength=len(j.items)).astype(np.int32)
    soft = SoftLabels(Semantics.POSTERIOR, j.items, j.labels, values, n, "mace", entropy=entropy)
    return Mace(soft, j.raters, competence, likelihood, restarts, iterations)


def best_of(t: Triples, restarts: int, iterations: int, seed: int, progress: Progress | None) -> Run:
    """The run with the highest marginal likelihood of ``restarts`` random starts."""
    rng = np.random.default_rng(seed)
    starts: Iterable[int] = range(restarts)
    runs = [run_from(t, random_start(t, rng), iterations) for _ in (progress(starts) if progress else starts)]
    return max(runs, key=lambda run: run.log_likelihood)


def random_start(t: Triples, rng: np.random.Generator) -> Start:
    """A start near uniform: each parameter drawn in 1..2.5 and normalised."""
    coin = rng.uniform(1, 2.5, size=(t.raters, 2))
    habit = rng.uniform(1, 2.5, size=(t.raters, t.classes))
    coin /= coin.sum(axis=1, keepdims=True)
    return Start(coin[:, 0], coin[:, 1], habit / habit.sum(axis=1, keepdims=True))


def run_from(t: Triples, start: Start, iterations: int) -> Run:
    """``iterations`` steps of variational Bayes from ``start``."""
    run = _e_step(t, start)
    for _ in range(iterations):
        run = _e_step(t, _m_step(t, run))
    return run


def _e_step(t: Triples, at: Start) -> Run:
    """Only the answered label of an item differs from the others' product, so a row of K costs one sum a rating."""
    guess = at.guessing[t.rater] * at.habit[t.rater, t.answer]
    shared = np.bincount(t.item, weights=np.log(guess), minlength=t.items)
    lifted = np.log1p(at.knowing[t.rater] / guess)
    own = np.bincount(t.item * t.classes + t.answer, weights=lifted, minlength=t.items * t.classes)
    joint = shared[:, None] + own.reshape(t.items, t.classes) - np.log(t.classes)
    posterior, whole = posterior_of(joint)
    rated = np.bincount(t.item, minlength=t.items) > 0
    posterior[~rated] = np.nan
    return Run(posterior, at, float(whole[rated].sum()))


def _m_step(t: Triples, run: Run) -> Start:
    at = run.end
    guess = at.guessing[t.rater] * at.habit[t.rater, t.answer]
    knew = run.posterior[t.item, t.answer] * at.knowing[t.rater] / (guess + at.knowing[t.rater])
    known = np.bincount(t.rater, weights=knew, minlength=t.raters)
    guessed = np.bincount(t.rater, weights=1 - knew, minlength=t.raters)
    cell = np.bincount(t.rater * t.classes + t.answer, weights=1 - knew, minlength=t.raters * t.classes)
    counts = cell.reshape(t.raters, t.classes) + DIRICHLET
    total = digamma(known + guessed + 2 * BETA)
    habit = np.exp(digamma(counts) - digamma(counts.sum(axis=1, keepdims=True)))
    return Start(np.exp(digamma(guessed + BETA) - total), np.exp(digamma(known + BETA) - total), habit)


def _competence(run: Run, j: Judgments) -> Float64:
    there = np.bincount(j.rater[j.counted], minlength=len(j.raters)) > 0
    share = run.end.knowing / (run.end.knowing + run.end.guessing)
    return np.where(there, share, np.nan)

"""Linear models of votes (scikit-learn): logistic regression on shares instead of hard labels, ridge on means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import expit, softmax

from harmonize.records import Bool, Float64, Kind


@dataclass(frozen=True, eq=False)
class Linear:
    """A fitted linear model: ``weights`` float32[L, F]; ``intercept``, ``prior`` float64[L]; ``known`` bool[L].

    A label that was never (or always) marked in training has no weights: ``known`` is false and its base rate is given.
    """

    kind: Kind
    weights: np.ndarray[tuple[int, int], np.dtype[np.float32]]
    intercept: Float64
    prior: Float64
    known: Bool

    def probabilities(self, rows: sparse.csr_matrix) -> Float64:
        """float64[n, L]: each in 0..1, SINGLE rows sum to 1; on a dimension, the native range."""
        score = np.asarray(rows @ self.weights.T.astype(np.float64)) + self.intercept
        if self.kind == Kind.DIMENSION:
            return score
        if self.kind != Kind.SINGLE:
            return np.where(self.known, expit(score), self.prior)
        share = softmax(np.where(self.known, score, -np.inf), axis=1) if self.known.any() else np.zeros_like(score)
        rest = float(self.prior[~self.known].sum())
        return np.where(self.known, share * (1.0 - rest), self.prior)


def fit(kind: Kind, rows: sparse.csr_matrix, shares: Float64, *, strength: float, seed: int) -> Linear:
    """Fit shares of votes float64[n, L] on rows CSR[n, F]; every item counts one, whatever its number of raters.

    Each item becomes weighted examples, one for each label with a share (SINGLE) or a yes and a no for each label
    (SET), so the minimum of the weighted log loss is the distribution of the votes. ``strength`` is scikit-learn's C.
    """
    items, width = shares.shape
    if kind == Kind.DIMENSION:
        return _fit_means(rows, shares, strength, seed)
    weights = np.zeros((width, rows.shape[1]), np.float32)
    intercept, prior = np.zeros(width), (shares.sum(axis=0) + 0.5) / (items + 1.0)
    if kind == Kind.SINGLE:
        prior = (shares.sum(axis=0) + 0.5) / (items + 0.5 * width)
        known = shares.sum(axis=0) > 0
        if known.sum() > 1:
            _fit_single(rows, shares, known, weights, intercept, strength, seed)
        else:
            known = np.zeros(width, np.bool_)
        return Linear(kind, weights, intercept, prior, known)
    known = np.asarray((shares > 0).any(axis=0) & (shares < 1).any(axis=0))
    for label in np.flatnonzero(known):
        weights[label], intercept[label] = _fit_label(rows, shares[:, label], strength, seed)
    return Linear(Kind.SET, weights, intercept, prior, known)


def _fit_label(rows: sparse.csr_matrix, share: Float64, strength: float, seed: int) -> tuple[Float64, float]:
    """One label against the rest: each item a yes of weight ``share`` and a no of the remainder."""
    yes, no = np.flatnonzero(share > 0), np.flatnonzero(share < 1)
    from sklearn.linear_model import LogisticRegression  # scikit-learn takes seconds to load

    model = LogisticRegression(C=strength, solver="liblinear", random_state=seed, max_iter=200, intercept_scaling=10.0)
    answer = np.concatenate([np.ones(len(yes)), np.zeros(len(no))])
    weight = np.concatenate([share[yes], 1.0 - share[no]])
    model.fit(sparse.vstack([rows[yes], rows[no]]), answer, sample_weight=weight)
    return model.coef_[0], float(model.intercept_[0])


def _fit_single(
    rows: sparse.csr_matrix,
    shares: Float64,
    known: Bool,
    weights: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    intercept: Float64,
    strength: float,
    seed: int,
) -> None:
    """Multinomial logistic regression, written into ``weights`` and ``intercept`` at the known labels."""
    item, label = np.nonzero(shares)
    from sklearn.linear_model import LogisticRegression  # scikit-learn takes seconds to load

    model = LogisticRegression(C=strength, solver="lbfgs", tol=1e-3, max_iter=100, random_state=seed)
    model.fit(rows[item], label, sample_weight=shares[item, label])
    codes = model.classes_
    if len(codes) == 2:  # scikit-learn keeps one row for two classes: the second against the first
        weights[codes[1]], intercept[codes[1]] = model.coef_[0], model.intercept_[0]
    else:
        weights[codes], intercept[codes] = model.coef_, model.intercept_


def _fit_means(rows: sparse.csr_matrix, means: Float64, strength: float, seed: int) -> Linear:
    """Ridge regression of the means, all dimensions at once; the penalty is the inverse of ``strength``."""
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=1.0 / strength, solver="sparse_cg", tol=1e-6, random_state=seed)
    model.fit(rows, means - means.mean(axis=0))
    known = np.ones(means.shape[1], np.bool_)
    weights = np.asarray(model.coef_, np.float32).reshape(means.shape[1], rows.shape[1])
    intercept = np.atleast_1d(model.intercept_) + means.mean(axis=0)
    return Linear(Kind.DIMENSION, weights, intercept, means.mean(axis=0), known)

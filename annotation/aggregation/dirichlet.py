"""Smoothed vote shares with their uncertainty: what few votes can and cannot say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # its parts load when first used: scipy.stats alone takes 30 MB

from annotation.aggregation.entropy import distribution_entropy, proportions_entropy
from annotation.aggregation.votes import marked_above
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind, Semantics, SoftLabels


@dataclass(frozen=True, eq=False)
class Smoothed:
    """``soft``: posterior mean shares, ``spread`` their posterior SD; ``low`` and ``high`` [I, L]: credible bounds."""

    soft: SoftLabels
    low: Float64
    high: Float64
    level: float
    prior: Float64


def dirichlet_smoothed(j: Judgments, *, strength: float = 1.0, base: str = "corpus", level: float = 0.95) -> Smoothed:
    """Shares (votes + strength x base) / (n + strength): DISTRIBUTION for SINGLE, PROPORTIONS for SET.

    ``base`` `corpus` (the shares over all judgments) or `uniform` (1 / L; one half a label for SET). The bounds are
    those of the marginal beta posterior. Items nobody answered stay masked: a prior is not a vote.
    """
    if strength <= 0 or base not in ("corpus", "uniform"):
        raise ChoraleError(
            "prior", f"strength={strength}, base={base!r} is no prior.", "strength > 0; corpus, uniform."
        )
    if j.kind == Kind.INTENSITY:
        j = marked_above(j, 0.0)
    if j.kind not in (Kind.SINGLE, Kind.SET):
        raise ChoraleError("judgments-kind", f"{j.kind} judgments have no votes.", "Use dimension_mean.")
    votes, n = j.counts()
    single, rated = j.kind == Kind.SINGLE, np.where(n > 0, n, np.nan)[:, None]
    even = np.full(len(j.labels), 1 / len(j.labels) if single else 0.5)
    center = votes.sum(axis=0) / max(int(n.sum()), 1) if base == "corpus" else even
    # A label that nobody used keeps a sliver, so that its bounds exist.
    prior = strength * np.clip(center, 1e-9, 1 - 1e-9)
    a, b = votes + prior, rated - votes + strength - prior
    mean = a / (a + b)
    tail = (1 - level) / 2
    entropy = distribution_entropy(mean) if single else proportions_entropy(mean)
    soft = SoftLabels(
        semantics=Semantics.DISTRIBUTION if single else Semantics.PROPORTIONS,
        items=j.items,
        labels=j.labels,
        values=mean,
        n=n.astype(np.int32),
        method=f"dirichlet(strength={strength:g}, base={base})",
        entropy=entropy,
        spread=np.sqrt(mean * (1 - mean) / (a + b + 1)),
    )
    low, high = (np.asarray(scipy.stats.beta.ppf(at, a, b)) for at in (tail, 1 - tail))
    return Smoothed(soft, low, high, level, prior)

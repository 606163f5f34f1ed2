"""Is a label set worth its labels? Diversity, components and clusters from the votes alone, without gold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # its parts load when first used

from annotation.agreement.answers import require
from annotation.raters.company import company
from harmonize.records import Float64, Judgments, Kind


@dataclass(frozen=True, eq=False)
class LabelSet:
    """``share`` [L]: of judgments with each label. ``effective``: exp(Shannon entropy of marks), 1..L labels in use.

    ``correlation`` [L, L]: between labels over items' vote shares (NaN without variance). ``eigenvalues``: of it,
    descending; ``components``: participation ratio (sum)^2 / sum of squares, 1..L; ``clusters`` [L]: cluster number,
    -1 without variance. ``unused``: labels that nobody marked.
    """

    labels: tuple[str, ...]
    share: Float64
    effective: float
    correlation: Float64
    eigenvalues: Float64
    components: float
    clusters: tuple[int, ...]
    unused: tuple[str, ...]


def label_set(j: Judgments, *, distance: float = 0.7) -> LabelSet:
    """Diversity, components and average-linkage clusters (1 - correlation below ``distance``) of a scheme's labels.

    Correlations over single-choice shares are pulled below 0 by the closed sum; compare label sets of equal size only.
    """
    require(j, Kind.SINGLE, Kind.SET, Kind.INTENSITY, fix="Dimensions have leave_one_out and icc.")
    c = company(j)
    width = len(j.labels)
    n = np.bincount(c.item, minlength=len(j.items)).astype(np.float64)
    shares: Float64 = c.votes[n > 0] / n[n > 0][:, None]
    total = c.votes.sum(axis=0)
    live = np.flatnonzero(shares.std(axis=0) > 1e-12) if len(shares) else np.empty(0, np.int64)
    correlation = np.full((width, width), np.nan)
    inner = np.atleast_2d(np.corrcoef(shares[:, live].T)) if len(live) else np.empty((0, 0))
    correlation[np.ix_(live, live)] = inner
    values = np.sort(np.linalg.eigvalsh(inner))[::-1] if len(live) else np.empty(0)
    clusters = np.full(width, -1)
    if len(live) > 1:
        gaps = scipy.spatial.distance.squareform(np.clip(1 - (inner + inner.T) / 2, 0, 2), checks=False)
        clusters[live] = scipy.cluster.hierarchy.fcluster(
            scipy.cluster.hierarchy.linkage(gaps, "average"), distance, "distance"
        )
    elif len(live):
        clusters[live] = 1
    p = total / max(float(total.sum()), 1.0)
    entropy = -float((p[p > 0] * np.log(p[p > 0])).sum())
    return LabelSet(
        labels=j.labels,
        share=total / max(len(c.item), 1),
        effective=float(np.exp(entropy)),
        correlation=correlation,
        eigenvalues=values,
        components=float(values.sum() ** 2 / (values**2).sum()) if len(values) else 0.0,
        clusters=tuple(int(c) for c in clusters),
        unused=tuple(name for name, used in zip(j.labels, total, strict=True) if not used),
    )

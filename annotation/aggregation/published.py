"""A corpus's own published labels as soft labels, where it publishes no votes."""

from __future__ import annotations

import numpy as np

from annotation.aggregation.dimensions import dimension_mean
from annotation.aggregation.votes import intensity_mean, vote_distribution, vote_proportions
from harmonize.records import Judgments, Kind, SoftLabels


def published(j: Judgments) -> SoftLabels:
    """The published label of each item under its own semantics, with n -1 and entropy and spread None (SCIENCE rule 2).

    ``j``: judgments of the rater of kind `source`, one an item. A published single label is a DISTRIBUTION with all
    mass on it, a published set holds a 1 for each of its labels (PROPORTIONS): how sure anybody was is not known.
    """
    by_kind = {
        Kind.SINGLE: vote_distribution,
        Kind.SET: vote_proportions,
        Kind.INTENSITY: intensity_mean,
        Kind.DIMENSION: dimension_mean,
    }
    soft = by_kind[j.kind](j)
    unknown = np.full(len(soft), -1, dtype=np.int32)
    return SoftLabels(
        semantics=soft.semantics,
        items=soft.items,
        labels=soft.labels,
        values=soft.values,
        n=unknown,
        method="published",
    )

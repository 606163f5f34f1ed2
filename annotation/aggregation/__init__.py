"""Votes to labels: named ways side by side, each with its semantics and n; the votes themselves are always kept."""

from annotation.aggregation.dawid_skene import DawidSkene, dawid_skene
from annotation.aggregation.dimensions import dimension_mean, dimension_median, emobank_rule
from annotation.aggregation.hard import (
    HardLabels,
    brighter_rule,
    intersection,
    majority,
    plurality,
    threshold,
    union,
)
from annotation.aggregation.votes import intensity_mean, vote_distribution, vote_proportions

__all__ = [
    "DawidSkene",
    "HardLabels",
    "brighter_rule",
    "dawid_skene",
    "dimension_mean",
    "dimension_median",
    "emobank_rule",
    "intensity_mean",
    "intersection",
    "majority",
    "plurality",
    "threshold",
    "union",
    "vote_distribution",
    "vote_proportions",
]

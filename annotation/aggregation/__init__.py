"""Votes to labels: named ways side by side, each with its semantics and n; the votes themselves are always kept."""

from annotation.aggregation.dawid_skene import DawidSkene, dawid_skene
from annotation.aggregation.dimensions import dimension_mean, dimension_median, emobank_rule
from annotation.aggregation.dirichlet import Smoothed, dirichlet_smoothed
from annotation.aggregation.glad import Glad, glad
from annotation.aggregation.hard import (
    HardLabels,
    brighter_rule,
    emotionlines_rule,
    intersection,
    majority,
    plurality,
    threshold,
    union,
)
from annotation.aggregation.item_splits import ItemSplits, item_splits
from annotation.aggregation.mace import Mace, mace
from annotation.aggregation.one_coin import one_coin, skill_shares
from annotation.aggregation.rulings import Ruled, with_ruled_values, with_rulings
from annotation.aggregation.splits import Splits, Verdict, label_splits, splits
from annotation.aggregation.spread_splits import DimensionSplits, dimension_splits
from annotation.aggregation.votes import all_inclusive, intensity_mean, vote_distribution, vote_proportions
from annotation.aggregation.ways import WAYS, Made, Way, way, ways_of
from annotation.aggregation.weighted import Weighted, evaluator_weighted, z_scored

__all__ = [
    "WAYS",
    "DawidSkene",
    "DimensionSplits",
    "Glad",
    "HardLabels",
    "ItemSplits",
    "Mace",
    "Made",
    "Ruled",
    "Smoothed",
    "Splits",
    "Verdict",
    "Way",
    "Weighted",
    "all_inclusive",
    "brighter_rule",
    "dawid_skene",
    "dimension_mean",
    "dimension_median",
    "dimension_splits",
    "dirichlet_smoothed",
    "emobank_rule",
    "emotionlines_rule",
    "evaluator_weighted",
    "glad",
    "intensity_mean",
    "intersection",
    "item_splits",
    "label_splits",
    "mace",
    "majority",
    "one_coin",
    "plurality",
    "skill_shares",
    "splits",
    "threshold",
    "union",
    "vote_distribution",
    "vote_proportions",
    "way",
    "ways_of",
    "with_ruled_values",
    "with_rulings",
    "z_scored",
]

"""Raters, people and models alike: competence, habits, drift, groups, and flags with their evidence."""

from annotation.raters.against_others import (
    Preference,
    RaterFigure,
    agreement_with_others,
    confusion,
    cooccurrence,
    gold_accuracy,
    preference,
)
from annotation.raters.flags import Flag, copying, impossible_speed, straight_lining
from annotation.raters.groups import GroupDifference, group_difference
from annotation.raters.habits import Drift, ScaleUse, drift, scale_use
from annotation.raters.items import HardItem, disagreement, hardest
from annotation.raters.label_set import LabelSet, label_set

__all__ = [
    "Drift",
    "Flag",
    "GroupDifference",
    "HardItem",
    "LabelSet",
    "Preference",
    "RaterFigure",
    "ScaleUse",
    "agreement_with_others",
    "confusion",
    "cooccurrence",
    "copying",
    "disagreement",
    "drift",
    "gold_accuracy",
    "group_difference",
    "hardest",
    "impossible_speed",
    "label_set",
    "preference",
    "scale_use",
    "straight_lining",
]

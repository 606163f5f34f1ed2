"""Raters, people and models alike: competence, habits, drift, groups, and flags with their evidence."""

from annotation.raters.against_others import (
    Preference,
    RaterFigure,
    agreement_with_others,
    confusion,
    cooccurrence,
    gold_accuracy,
    preference,
    rater_confusion,
    rater_confusions,
)
from annotation.raters.against_others import rater_ids as require_rater_ids
from annotation.raters.competence import competence
from annotation.raters.flags import Flag, copying, impossible_speed, straight_lining
from annotation.raters.groups import GroupDifference, group_difference
from annotation.raters.habits import Drift, ScaleUse, Speed, drift, scale_use, speed
from annotation.raters.items import HardItem, disagreement, hardest
from annotation.raters.label_set import LabelSet, label_set
from annotation.raters.model_errors import SharedErrors, shared_errors
from annotation.raters.profile import model_by_group, model_preference
from annotation.raters.stand_in import (
    AlternativeTest,
    StandIn,
    Standing,
    alternative_test,
    alternative_test_by_label,
    stand_in_by_label,
)

__all__ = [
    "AlternativeTest",
    "Drift",
    "Flag",
    "GroupDifference",
    "HardItem",
    "LabelSet",
    "Preference",
    "RaterFigure",
    "ScaleUse",
    "SharedErrors",
    "Speed",
    "StandIn",
    "Standing",
    "agreement_with_others",
    "alternative_test",
    "alternative_test_by_label",
    "competence",
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
    "model_by_group",
    "model_preference",
    "preference",
    "rater_confusion",
    "rater_confusions",
    "require_rater_ids",
    "scale_use",
    "shared_errors",
    "speed",
    "stand_in_by_label",
    "straight_lining",
]

"""Predictions of models and people scored as tables, with the metric that the kind of label needs."""

from annotation.evaluation.calibration import Calibration, vote_calibration
from annotation.evaluation.distributions import earth_movers, score_distributions
from annotation.evaluation.labels import plausible, score_labels
from annotation.evaluation.numbers import score_numbers
from annotation.evaluation.people import human_upper_bound
from annotation.evaluation.ranking import score_ranking
from annotation.evaluation.scores import Scores
from annotation.evaluation.votes import Divergence, divergence, vote_scores

__all__ = [
    "Calibration",
    "Divergence",
    "Scores",
    "divergence",
    "earth_movers",
    "human_upper_bound",
    "plausible",
    "score_distributions",
    "score_labels",
    "score_numbers",
    "score_ranking",
    "vote_calibration",
    "vote_scores",
]

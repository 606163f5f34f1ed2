"""Agreement between raters: every figure with its interval, its error and, where it is undefined, the reason."""

from annotation.agreement.against import ModelAgreement, hard, model_against_people
from annotation.agreement.alpha import alpha, alpha_by_dimension, alpha_by_label
from annotation.agreement.coefficient import Coefficient
from annotation.agreement.gather import by_dimension, by_label, statistics
from annotation.agreement.statistics import AlphaStatistics

__all__ = [
    "AlphaStatistics",
    "Coefficient",
    "ModelAgreement",
    "alpha",
    "alpha_by_dimension",
    "alpha_by_label",
    "by_dimension",
    "by_label",
    "hard",
    "model_against_people",
    "statistics",
]

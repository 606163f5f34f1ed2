"""Agreement between raters: every figure with its interval, its error and, where it is undefined, the reason."""

from annotation.agreement.against import ModelAgreement, model_against_people
from annotation.agreement.alpha import alpha, alpha_by_dimension, alpha_by_label
from annotation.agreement.beside import beside, hard, refuse_trained
from annotation.agreement.coefficient import Coefficient
from annotation.agreement.gather import by_dimension, by_label, statistics
from annotation.agreement.icc import crossed, icc
from annotation.agreement.kappas import ac1, ac2, cohen, fleiss, percent_agreement
from annotation.agreement.loo import LeaveOneOut, ccc, leave_one_out
from annotation.agreement.statistics import AlphaStatistics

__all__ = [
    "AlphaStatistics",
    "Coefficient",
    "LeaveOneOut",
    "ModelAgreement",
    "ac1",
    "ac2",
    "alpha",
    "alpha_by_dimension",
    "alpha_by_label",
    "beside",
    "by_dimension",
    "by_label",
    "ccc",
    "cohen",
    "crossed",
    "fleiss",
    "hard",
    "icc",
    "leave_one_out",
    "model_against_people",
    "percent_agreement",
    "refuse_trained",
    "statistics",
]

"""Agreement between raters: every figure with its interval, its error and, where it is undefined, the reason."""

from annotation.agreement.against import ModelAgreement, model_against_people
from annotation.agreement.alpha import alpha, alpha_by_dimension, alpha_by_label
from annotation.agreement.among_models import among_models
from annotation.agreement.beside import beside, hard, may_be_empty, refuse_trained
from annotation.agreement.best_worst import Choices, split_half
from annotation.agreement.blocks import BlockSums, block_sums, packed_block, unpacked_block
from annotation.agreement.coefficient import Coefficient
from annotation.agreement.gather import by_dimension, by_label, statistics
from annotation.agreement.icc import crossed, icc
from annotation.agreement.kappas import ac1, ac2, cohen, fleiss, fleiss_z, free_marginal, percent_agreement
from annotation.agreement.loo import LeaveOneOut, ccc, leave_one_out
from annotation.agreement.mapped import MappedAgreement, across_crosswalk
from annotation.agreement.packing import packed, unpacked
from annotation.agreement.pairs import PairTable, rater_pairs
from annotation.agreement.slices import (
    Filtered,
    before_and_after,
    by_item_group,
    by_rater_group,
)
from annotation.agreement.statistics import AlphaStatistics
from annotation.agreement.two_way import alpha_two_way

__all__ = [
    "AlphaStatistics",
    "BlockSums",
    "Choices",
    "Coefficient",
    "Filtered",
    "LeaveOneOut",
    "MappedAgreement",
    "ModelAgreement",
    "PairTable",
    "ac1",
    "ac2",
    "across_crosswalk",
    "alpha",
    "alpha_by_dimension",
    "alpha_by_label",
    "alpha_two_way",
    "among_models",
    "before_and_after",
    "beside",
    "block_sums",
    "by_dimension",
    "by_item_group",
    "by_label",
    "by_rater_group",
    "ccc",
    "cohen",
    "crossed",
    "fleiss",
    "fleiss_z",
    "free_marginal",
    "hard",
    "icc",
    "leave_one_out",
    "may_be_empty",
    "model_against_people",
    "packed",
    "packed_block",
    "percent_agreement",
    "rater_pairs",
    "refuse_trained",
    "split_half",
    "statistics",
    "unpacked",
    "unpacked_block",
]

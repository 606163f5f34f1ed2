"""Every measure has its four kinds of test: the published case, the definition, a property, an independent oracle.

A measure without one says why. The table is checked against the public functions and against the tests that exist.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from annotation import aggregation, agreement, evaluation, raters
from tests.core.agreement.test_any_order import MEASURES

HERE = Path(__file__).parent
NO_CASE = "-: no source prints this figure for data that can be had"
COUNT = "-: a count of votes, of which every source has its own"
ORDER = "any_order.order_says_nothing"
# Functions that carry, cut, keep or check, and show no number of their own.
PLUMBING = {
    "beside", "block_sums", "by_dimension", "by_label", "crossed", "hard", "may_be_empty", "packed", "packed_block",
    "refuse_trained", "statistics", "unpacked", "unpacked_block", "require_rater_ids", "way", "ways_of",
}  # fmt: skip

# measure: published case, definition on small inputs, property, independent implementation
FOUR: dict[str, tuple[str, str, str, str]] = {
    # agreement
    "alpha": ("alpha.published", "alpha.sets_by_definition", "alpha.permuting_raters_and_relabelling_change_nothing",
              "alpha.independent_package"),
    "alpha_by_label": ("real_corpora.brighter_afr_by_label", "alpha.by_label_is_binary_alpha", ORDER,
                       "real_corpora.brighter_afr_by_label"),
    "alpha_by_dimension": ("real_corpora.emobank_alpha", "alpha.by_dimension_with_missing_values", ORDER,
                           "alpha.by_dimension_with_missing_values"),
    "alpha_two_way": (NO_CASE, "two_way.every_item_and_rater_once_is_alpha",
                      "two_way.interval_is_wider_than_over_items_alone_where_raters_differ",
                      "two_way.a_rater_drawn_twice_is_not_compared_with_the_copy"),
    "percent_agreement": ("kappas.fleiss_on_wikipedia", "kappas.ac2_and_agreement_by_definition", ORDER,
                          "oracles.two_raters_by_accuracy"),
    "fleiss": ("kappas.fleiss_1971", "kappas.fleiss_on_wikipedia", ORDER, "oracles.fleiss_by_alpha_of_complete_data"),
    "fleiss_z": ("golden.z_of_fleiss_1971", "golden.z_of_fleiss_1971", ORDER, "golden.z_of_fleiss_1971"),
    "free_marginal": ("golden.randolph", "golden.free_marginals_by_definition", ORDER,
                      "oracles.two_raters_by_accuracy"),
    "ac1": ("kappas.ac1_as_gwet", "kappas.ac2_and_agreement_by_definition", ORDER, "oracles.two_raters_by_accuracy"),
    "ac2": (NO_CASE, "kappas.ac2_and_agreement_by_definition", ORDER, "kappas.ac2_and_agreement_by_definition"),
    "cohen": ("kappas.cohen_as_sas", "kappas.cohen_as_r_irr", ORDER, "kappas.cohen_as_scikit_learn"),
    "icc": ("numeric.shrout_and_fleiss_1979", "numeric.by_sums_of_squares", ORDER,
            "oracles.icc_by_one_way_analysis_of_variance"),
    "ccc": (NO_CASE, "numeric.concordance", ORDER, "oracles.concordance_is_correlation_times_accuracy"),
    "leave_one_out": (NO_CASE, "numeric.leave_one_out_by_hand", ORDER, "numeric.leave_one_out_by_hand"),
    "split_half": (NO_CASE, "slices.best_worst_scores_by_hand", "slices.split_half_falls_with_noise",
                   "slices.split_half_falls_with_noise"),
    "rater_pairs": (NO_CASE, "slices.pairs_are_cohen", ORDER, "blocks.pairs_are_alpha_of_the_two_on_what_both_judged"),
    "by_item_group": (NO_CASE, "slices.by_item_group_is_alpha_of_the_part", "blocks.slices_are_the_figure_of_the_part",
                      "blocks.slices_are_the_figure_of_the_part"),
    "by_rater_group": (NO_CASE, "slices.by_rater_group_leaves_unknown_raters_out", ORDER,
                       "blocks.slices_are_the_figure_of_the_part"),
    "before_and_after": (NO_CASE, "slices.filters_show_before_and_after", "slices.filters_show_before_and_after",
                         "-: alpha twice, which has its own"),
    "across_crosswalk": (NO_CASE, "slices.agreement_across_a_crosswalk", "slices.the_null_of_the_map_itself_is_the_map",
                         "-: alpha twice, which has its own"),
    "model_against_people": (NO_CASE, "against.pairs_by_hand", ORDER, "-: alpha of pairs, which has its own"),
    "among_models": (NO_CASE, "blocks.models_as_raters_of_each_other", "blocks.models_as_raters_of_each_other",
                     "-: alpha, which has its own"),
    # aggregation
    "vote_distribution": ("golden.majority_votes", "votes.vote_distribution", ORDER, "oracles.aggregates_by_pandas"),
    "vote_proportions": (COUNT, "votes.set_rules_by_definition", ORDER, "oracles.aggregates_by_pandas"),
    "all_inclusive": (COUNT, "ways.all_inclusive_counts_marks_and_drops_no_item", ORDER,
                      "ways.all_inclusive_counts_marks_and_drops_no_item"),
    "intensity_mean": (COUNT, "votes.intensity_mean_counts_zero_from_those_who_did_not_mark", ORDER,
                       "oracles.aggregates_by_pandas"),
    "dimension_mean": ("votes.emobank_published_means_are_reproduced", "votes.dimension_mean_and_median", ORDER,
                       "oracles.aggregates_by_pandas"),
    "dimension_median": (COUNT, "votes.dimension_mean_and_median", ORDER, "oracles.aggregates_by_pandas"),
    "emobank_rule": ("votes.emobank_published_means_are_reproduced", "votes.emobank_published_means_are_reproduced",
                     ORDER, "votes.emobank_published_means_are_reproduced"),
    "brighter_rule": ("votes.brighter_published_labels_are_reproduced",
                      "votes.brighter_published_labels_are_reproduced", ORDER,
                      "votes.brighter_published_labels_are_reproduced"),
    "emotionlines_rule": ("-: the corpus publishes no votes", "estimates.emotionlines_rule", ORDER,
                          "-: the corpus publishes no votes"),
    "plurality": ("golden.majority_votes", "votes.plurality_leaves_ties_undecided", ORDER, "golden.majority_votes"),
    "majority": (COUNT, "votes.majority_needs_more_than_half", ORDER, "votes.set_rules_by_definition"),
    "threshold": (COUNT, "votes.set_rules_by_definition", ORDER, "votes.set_rules_by_definition"),
    "union": (COUNT, "votes.set_rules_by_definition", ORDER, "votes.set_rules_by_definition"),
    "intersection": (COUNT, "votes.set_rules_by_definition", ORDER, "votes.set_rules_by_definition"),
    "dirichlet_smoothed": (NO_CASE, "estimates.dirichlet_shares_by_hand", "estimates.more_votes_narrow_the_bounds",
                           "oracles.dirichlet_by_scipy"),
    "z_scored": (NO_CASE, "estimates.z_scores_remove_offset_and_stretch", ORDER,
                 "oracles.z_scores_and_weights_by_pandas"),
    "evaluator_weighted": (NO_CASE, "estimates.evaluator_weights_by_hand", ORDER,
                           "oracles.z_scores_and_weights_by_pandas"),
    "one_coin": ("golden.consistency_is_the_belief_in_the_label_chosen", "one_coin.one_coin_by_definition",
                 ORDER, "one_coin.one_coin_by_naive_bayes"),
    "skill_shares": ("golden.uncertainty_with_skills", "one_coin.equal_skills_of_one_are_the_votes", ORDER,
                     "one_coin.equal_skills_of_one_are_the_votes"),
    "dawid_skene": ("dawid_skene.dawid_and_skene_1979", "dawid_skene.loops_give_the_same",
                    "dawid_skene.likelihood_never_falls", "dawid_skene.crowdkit_steps"),
    "mace": ("-: the paper's data are not published", "latent.mace_as_loops", "latent.mace_finds_who_knows",
             "-: crowd-kit, in an environment of its own: bench-agreement compares the posteriors"),
    "glad": ("latent.glad_finds_able_raters_and_published_labels", "latent.glad_posterior_by_definition", ORDER,
             "latent.glad_gradient"),
    "with_rulings": (COUNT, "estimates.rulings_stand_over_the_aggregate_and_say_what_they_changed",
                     "estimates.rulings_stand_over_the_aggregate_and_say_what_they_changed", COUNT),
    "with_ruled_values": (COUNT, "ways.ruled_values_stand_over_the_mean", "ways.ruled_values_stand_over_the_mean",
                          COUNT),
    "splits": (NO_CASE, "runner_up.every_outcome_counted", "splits.noise_alone_is_not_a_split",
               "runner_up.drawn_votes_agree"),
    "label_splits": (NO_CASE, "splits.one_label_of_sets", ORDER, "runner_up.two_labels_are_binomial"),
    "item_splits": (NO_CASE, "ways.one_verdict_an_item_is_that_of_its_clearest_label", ORDER,
                    "ways.one_verdict_an_item_is_that_of_its_clearest_label"),
    "dimension_splits": (NO_CASE, "bounds.planted_opinions_are_found", "bounds.noise_alone_and_few_ratings",
                         "-: the test is this project's own"),
    # raters
    "agreement_with_others": (NO_CASE, "raters.agreement_with_others_by_hand", ORDER,
                              "oracles.agreement_with_others_by_a_merge"),
    "competence": (NO_CASE, "competence.by_loops_over_the_others", ORDER,
                   "competence.who_knows_is_found_near_the_true_accuracy"),
    "gold_accuracy": ("golden.accuracy_on_gold_and_on_aggregates", "raters.gold_accuracy", ORDER,
                      "oracles.gold_accuracy_by_scikit_learn"),
    "confusion": (NO_CASE, "raters.confusion_by_pairs", ORDER, "oracles.cooccurrence_and_confusion_by_products"),
    "rater_confusion": (NO_CASE, "raters.confusion_of_one_rater_by_hand", ORDER,
                        "competence.all_confusions_at_once_are_those_of_each"),
    "rater_confusions": (NO_CASE, "competence.all_confusions_at_once_are_those_of_each",
                         "competence.all_confusions_at_once_are_those_of_each",
                         "competence.all_confusions_at_once_are_those_of_each"),
    "cooccurrence": (NO_CASE, "raters.cooccurrence", ORDER, "oracles.cooccurrence_and_confusion_by_products"),
    "preference": (NO_CASE, "raters.sparse_sums_are_the_definition", "raters.preference_finds_who_overuses_a_label",
                   "raters.sparse_sums_are_the_definition"),
    "model_preference": (NO_CASE, "profile.preference_of_a_model_by_hand", "profile.order_says_nothing",
                         "profile.preference_by_scipy"),
    "model_by_group": (NO_CASE, "profile.a_model_that_speaks_as_one_group", "profile.a_model_that_speaks_as_one_group",
                       "-: alpha of pairs, which has its own"),
    "scale_use": (NO_CASE, "raters.scale_use", ORDER, "raters.scale_use"),
    "speed": (NO_CASE, "raters.speed_compares_like_with_like", ORDER, "raters.speed_compares_like_with_like"),
    "drift": (NO_CASE, "raters.drift_is_found_and_its_absence_too", ORDER, "oracles.drift_by_pandas"),
    "straight_lining": (NO_CASE, "raters.straight_lining", ORDER, "-: a bound, of which only its size can be checked"),
    "copying": (NO_CASE, "competence.copying_by_loops", "raters.copying", "competence.copying_by_loops"),
    "impossible_speed": (NO_CASE, "raters.impossible_speed", ORDER, "-: a share below a floor"),
    "group_difference": (NO_CASE, "raters.groups_that_differ_and_that_do_not", ORDER,
                         "-: a permutation test whose groups are raters, which no package has"),
    "hardest": (NO_CASE, "raters.hardest_items", ORDER, "oracles.disagreement_by_pairwise_distances"),
    "disagreement": (NO_CASE, "raters.hardest_items", ORDER, "oracles.disagreement_by_pairwise_distances"),
    "label_set": (NO_CASE, "raters.label_set_without_gold", ORDER, "oracles.label_set_by_principal_components"),
    "shared_errors": (NO_CASE, "stand_in.errors_in_common", ORDER, "stand_in.errors_in_common"),
    "alternative_test": (NO_CASE, "stand_in.single_choice_by_hand", "stand_in.good_and_bad_models",
                         "stand_in.benjamini_yekutieli_as_scipy"),
    "alternative_test_by_label": (NO_CASE, "stand_in.verdicts_by_label", "stand_in.good_and_bad_models",
                                  "stand_in.benjamini_yekutieli_as_scipy"),
    "stand_in_by_label": (NO_CASE, "stand_in.verdicts_by_label",
                          "stand_in.a_rare_label_never_marked_does_not_stand_in", "-: a rule over two tested figures"),
    # evaluation
    "score_labels": (NO_CASE, "evaluation.single_labels_as_scikit_learn", ORDER, "evaluation.sets_as_scikit_learn"),
    "score_ranking": (NO_CASE, "evaluation.ranking_as_scikit_learn", ORDER, "evaluation.ranking_as_scikit_learn"),
    "score_numbers": (NO_CASE, "evaluation.numbers_as_scipy", ORDER, "evaluation.numbers_as_scipy"),
    "score_distributions": (NO_CASE, "evaluation.distribution_distances_as_scipy", ORDER,
                            "evaluation.distribution_distances_as_scipy"),
    "earth_movers": (NO_CASE, "evaluation.earth_on_a_circle_as_linear_programme", ORDER,
                     "evaluation.distribution_distances_as_scipy"),
    "human_upper_bound": (NO_CASE, "bounds.single_labels_by_hand", ORDER, "bounds.sets_by_hand"),
    "plausible": (NO_CASE, "evaluation.plausible_answers", ORDER, "-: a share of labels above a share of votes"),
    "vote_scores": (NO_CASE, "evaluation.vote_scores_by_hand", ORDER, "oracles.vote_scores_by_scikit_learn"),
    "vote_calibration": (NO_CASE, "calibration.calibration_by_bins", ORDER, "calibration.calibration_by_bins"),
    "divergence": (NO_CASE, "evaluation.divergence_at_equal_n", "evaluation.divergence_at_equal_n",
                   "evaluation.distribution_distances_as_scipy"),
}  # fmt: skip


@cache
def known() -> frozenset[str]:
    """Every test of this folder, as file.name without their prefixes."""
    found = set()
    for path in HERE.glob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        file = path.stem.removeprefix("test_")
        found |= {f"{file}.{name.removeprefix('test_')}" for name in names if name.startswith("test_")}
    return frozenset(found)


def test_every_public_measure_stands_in_the_table():
    parts = (agreement, aggregation, raters, evaluation)
    public = {name for part in parts for name in part.__all__ if name[0].islower()}
    assert public - PLUMBING == set(FOUR)


@pytest.mark.parametrize("measure", FOUR)
def test_its_tests_exist(measure):
    for told in FOUR[measure]:
        assert told in known() or (told.startswith("-: ") and len(told) > 10), told
    assert sum(not told.startswith("-: ") for told in FOUR[measure]) >= 2
    if ORDER in FOUR[measure]:
        assert measure in MEASURES or measure in ("ccc", "earth_movers")  # these take arrays, not judgments

"""What people themselves reach: each rater scored against the others, the upper bound a model is held to."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from annotation.agreement.answers import refuse_repeats, require
from annotation.evaluation.labels import OVERALL, all_figures, item_rows
from annotation.evaluation.scores import Drawing, Scores
from annotation.raters.against_others import rater_ids
from annotation.raters.company import company
from harmonize.records import Judgments, Kind


def human_upper_bound(people: Judgments, *, rounds: int = 1000, seed: int = 0, level: float = 0.95) -> Scores:
    """The scores of `score_labels` for people: each judgment against the plurality or majority of the other raters.

    SINGLE: the others' plurality, ties left out; SET: the labels of more than half of the others. Pooled over
    raters, items resampled whole. The others are one fewer than a model is scored against, so the bound is a little
    low; say so beside it. Needs rater ids.
    """
    require(people, Kind.SINGLE, Kind.SET, fix="Numbers have leave_one_out.")
    rater_ids(people)
    refuse_repeats(people)
    c = company(people)
    own = c.marks.toarray() > 0
    rest = c.votes[c.item] - own
    if people.kind == Kind.SINGLE:
        top = rest == rest.max(axis=1, keepdims=True)
        right, decided = top, (c.others > 0) & (top.sum(axis=1) == 1)
    else:
        right, decided = rest > c.others[:, None] / 2, c.others > 0
    scored, _ = item_rows(right[decided], own[decided], None)
    items, place = np.unique(c.item[decided], return_inverse=True)
    belongs = sparse.csr_array((np.ones(len(place)), (place, np.arange(len(place)))), shape=(len(items), len(place)))
    pooled = np.asarray(belongs @ scored, dtype=np.float64)
    return all_figures(OVERALL, people.labels, pooled, Drawing(rounds, seed, level))

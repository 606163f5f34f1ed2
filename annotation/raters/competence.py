"""How often a rater is right, where nobody knows what is: by what the other raters' answers make likely."""

from __future__ import annotations

import numpy as np
import scipy  # its parts load when first used: scipy.stats alone takes 30 MB

from annotation.aggregation.dawid_skene import Fit, fitted
from annotation.aggregation.triples import Triples, binary_triples, triples
from annotation.agreement.answers import refuse_repeats, require, rows_by
from annotation.raters.against_others import RaterFigure, rater_ids
from harmonize.records import Float64, Judgments, Kind


def competence(
    j: Judgments, *, iterations: int = 50, tolerance: float = 1e-8, least: int = 2, level: float = 0.95
) -> tuple[RaterFigure, ...]:
    """Chance that a rater's answer is the truth that the *other* raters' answers imply, averaged over shared items.

    The truth is Dawid and Skene's (1979) posterior with the rater's own answer taken out of it, so that nobody confirms
    themselves: P(k) / P(own answer | k), normalised. SINGLE: of the label; SET: of each label marked or not, averaged.
    0..1, with a normal interval over items; undefined below ``least`` shared items. It leans on the model: raters who
    err alike look competent. Needs rater ids.
    """
    require(j, Kind.SINGLE, Kind.SET, fix="Numbers have leave_one_out and evaluator_weighted.")
    rater_ids(j)
    refuse_repeats(j)
    single = j.kind == Kind.SINGLE
    problems = [triples(j)] if single else [binary_triples(j, code) for code in range(len(j.labels))]
    right = np.mean([_right(t, fitted(t, iterations=iterations, tolerance=tolerance)) for t in problems], axis=0)
    item, rater = problems[0].item, problems[0].rater
    shared = np.bincount(item, minlength=len(j.items))[item] > 1
    reach = float(scipy.stats.norm.isf((1 - level) / 2))
    names, found = j.raters.to_pylist(), []
    for code, judged in rows_by(rater):
        own = right[judged[shared[judged]]]
        name, judgments, items = str(names[code]), len(judged), len(own)
        if items < max(least, 2):
            why = f"shares fewer than {max(least, 2)} items with others"
            found.append(RaterFigure(name, None, None, None, judgments, items, reason=why))
            continue
        value, error = float(own.mean()), float(own.std(ddof=1) / np.sqrt(items))
        low, high = max(value - reach * error, 0.0), min(value + reach * error, 1.0)
        found.append(RaterFigure(name, value, low, high, judgments, items))
    return tuple(found)


def _right(t: Triples, fit: Fit) -> Float64:
    """P(own answer is true | the others' answers) of each answer [n]."""
    given = fit.confusion[t.rater, :, t.answer]  # P(own answer | truth), [n, K]; above 0 for answers that were given
    with np.errstate(divide="ignore"):
        said, prior = np.log(given), np.log(fit.prior)
    joint = np.stack([np.bincount(t.item, weights=column, minlength=t.items) for column in said.T], axis=1)
    others = (joint + prior)[t.item] - said
    top = others.max(axis=1, keepdims=True)
    weight = np.exp(others - top)
    total = weight.sum(axis=1)
    own = weight[np.arange(len(weight)), t.answer]
    return np.asarray(np.divide(own, total, out=np.zeros(len(own)), where=total > 0))

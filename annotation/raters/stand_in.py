"""May a model stand in for a person? The alternative annotator test (Calderon et al. 2025, arXiv:2501.10970)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy  # its parts load when first used: scipy.stats alone takes 30 MB

from annotation.agreement.against import paired
from annotation.agreement.alpha import alpha_by_dimension, alpha_by_label
from annotation.agreement.answers import refuse_repeats
from annotation.agreement.beside import Trained, beside
from annotation.agreement.coefficient import Coefficient
from annotation.raters.advantage import Alignment, alignments
from annotation.raters.against_others import rater_ids
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Int64, Judgments, Kind

EPSILON = {"expert": 0.2, "skilled": 0.15, "crowd": 0.1}
Q = 0.05


class Standing(StrEnum):
    """What a model may do in place of a person, for one scheme or one label."""

    STAND_IN = "may stand in for a person"
    ASSIST = "may assist"
    NOT = "may not"
    UNTESTABLE = "not testable"


@dataclass(frozen=True)
class RaterTest:
    """One person left out: ``model``, ``person``: share of items on which each is at least as near the others."""

    rater: str
    items: int
    model: float
    person: float
    p: float
    wins: bool


@dataclass(frozen=True)
class AlternativeTest:
    """The test of one scheme or label: ``winning_rate`` and ``advantage`` in 0..1, None where not testable."""

    name: str
    testable: bool
    passes: bool
    winning_rate: float | None
    advantage: float | None
    epsilon: float
    raters: tuple[RaterTest, ...]
    reason: str = ""


def alternative_test(
    people: Judgments,
    model: Judgments,
    *,
    trained_on: Trained,
    raters: str = "crowd",
    least_items: int = 30,
    least_raters: int = 3,
    threshold: float = 0.5,
) -> AlternativeTest:
    """The test for a scheme as a whole; ``raters`` declares epsilon: expert .2, skilled .15, crowd .1.

    For each person: is the model at least as near to the other people as that person is, allowing epsilon? Nearness:
    share of the others with the same label (SINGLE), mean Jaccard similarity (SET), minus root mean square distance
    (one DIMENSION). One-sided t-test (Wilcoxon below 30 items), Benjamini-Yekutieli at .05; it passes at a winning
    rate of .5. Not testable below ``least_raters`` people with ``least_items`` items each. Pass blind judgments only.
    """
    found = _prepared(people, model, trained_on, threshold)
    return _judged(alignments(*found, whole=True), declared(raters), least_items, least_raters)[0]


def alternative_test_by_label(
    people: Judgments,
    model: Judgments,
    *,
    trained_on: Trained,
    raters: str = "crowd",
    least_items: int = 30,
    least_raters: int = 3,
    threshold: float = 0.5,
) -> tuple[AlternativeTest, ...]:
    """The same for each label (marked or not) or dimension; p-values are corrected over raters and labels together."""
    found = _prepared(people, model, trained_on, threshold)
    return _judged(alignments(*found, whole=False), declared(raters), least_items, least_raters)


@dataclass(frozen=True)
class StandIn:
    """One label's verdict with the two figures it rests on."""

    label: str
    standing: Standing
    test: AlternativeTest
    agreement: Coefficient


def stand_in_by_label(
    people: Judgments,
    model: Judgments,
    *,
    trained_on: Trained,
    raters: str = "crowd",
    least_items: int = 30,
    least_raters: int = 3,
    threshold: float = 0.5,
    rounds: int = 1000,
    seed: int = 0,
) -> tuple[StandIn, ...]:
    """Verdict for each label or dimension.

    Alpha over pairs of the model and one person must be above 0 at its Bonferroni-corrected lower bound: then the model
    *may stand in* where the corrected alternative test passes too, and *may assist* where it does not. Otherwise it
    *may not*: a rare label passes the test alone by never being marked. *Not testable* where the test is not, or
    nobody's and no model's mark varies.
    """
    kept, hardened, row = _prepared(people, model, trained_on, threshold)
    tests = _judged(alignments(kept, hardened, row, whole=False), declared(raters), least_items, least_raters)
    crossed = paired(kept, np.arange(len(kept)), hardened, row)
    each = alpha_by_dimension if kept.kind == Kind.DIMENSION else alpha_by_label
    level = 1 - 0.05 / max(len(tests), 1)
    figures = each(crossed.judgments, clusters=crossed.clusters, rounds=rounds, seed=seed, level=level)
    verdicts = []
    for test in tests:
        figure = figures[test.name]
        standing = Standing.NOT
        if not test.testable or figure.value is None:
            standing = Standing.UNTESTABLE
        elif figure.low is not None and figure.low > 0:
            standing = Standing.STAND_IN if test.passes else Standing.ASSIST
        verdicts.append(StandIn(test.name, standing, test, figure))
    return tuple(verdicts)


def benjamini_yekutieli(p: Float64, q: float = Q) -> Bool:
    """Which hypotheses are rejected at false discovery rate ``q`` under any dependence (Benjamini, Yekutieli 2001)."""
    m = len(p)
    if not m:
        return np.zeros(0, dtype=np.bool_)
    order = np.argsort(p)
    bounds = np.arange(1, m + 1) * q / (m * (1 / np.arange(1, m + 1)).sum())
    below = np.flatnonzero(p[order] <= bounds)
    rejected = np.zeros(m, dtype=np.bool_)
    if len(below):
        rejected[order[: below[-1] + 1]] = True
    return rejected


def declared(raters: str) -> float:
    """Epsilon declared for a kind of raters."""
    if raters not in EPSILON:
        raise ChoraleError("raters", f"{raters!r} declares no epsilon.", f"One of {', '.join(EPSILON)}.")
    return EPSILON[raters]


def _prepared(
    people: Judgments, model: Judgments, trained_on: Trained, threshold: float
) -> tuple[Judgments, Judgments, Int64]:
    rater_ids(people)
    refuse_repeats(people)
    return beside(people, model, trained_on=trained_on, threshold=threshold)


def _judged(
    found: tuple[Alignment, ...], epsilon: float, least_items: int, least_raters: int
) -> tuple[AlternativeTest, ...]:
    """All panels at once, so that their p-values are corrected together."""
    trials = [
        (panel, rater, *_one_rater(part, rater, epsilon))
        for panel, part in enumerate(found)
        for rater in np.unique(part.rater)
        if (part.rater == rater).sum() >= least_items
    ]
    tested = [panel for panel in range(len(found)) if sum(t[0] == panel for t in trials) >= least_raters]
    trials = [t for t in trials if t[0] in tested]
    wins = benjamini_yekutieli(np.array([t[4] for t in trials]))
    results = []
    for panel, part in enumerate(found):
        mine = tuple(
            RaterTest(part.names[rater], size, model, person, p, bool(win))
            for (where, rater, model, person, p, size), win in zip(trials, wins, strict=True)
            if where == panel
        )
        if panel not in tested:
            reason = f"needs {least_raters} raters with {least_items} items each beside the model and another rater"
            results.append(AlternativeTest(part.name, False, False, None, None, epsilon, mine, reason))
            continue
        rate, advantage = float(np.mean([t.wins for t in mine])), float(np.mean([t.model for t in mine]))
        results.append(AlternativeTest(part.name, True, rate >= 0.5, rate, advantage, epsilon, mine))
    return tuple(results)


def _one_rater(part: Alignment, rater: int, epsilon: float) -> tuple[float, float, float, int]:
    """Advantage of the model and of the person, p of "the model is worse by epsilon or more", items."""
    own = part.rater == rater
    model, person = part.model[own], part.person[own]
    ahead, behind = model >= person - 1e-12, person >= model - 1e-12
    gap = behind.astype(np.float64) - ahead
    if np.ptp(gap) == 0:
        p = 0.0 if gap[0] < epsilon else 1.0
    elif len(gap) < 30:
        p = float(scipy.stats.wilcoxon(gap - epsilon, alternative="less").pvalue)
    else:
        p = float(scipy.stats.ttest_1samp(gap, epsilon, alternative="less").pvalue)
    return float(ahead.mean()), float(behind.mean()), p, int(own.sum())

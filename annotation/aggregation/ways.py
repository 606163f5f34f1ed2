"""The named aggregations side by side: what each kind of judgment knows, what a way needs, which are made unasked.

Unasked, a kind gets four views, and why: the votes themselves, which every other view can be had from; the same with
the uncertainty of few votes; the customary hard label, whose undecided items show what it hides; and one latent-truth
model, which needs no tuning and starts from the votes. The rest is made when asked for: union, intersection and
thresholds are cuts through the votes, corpus rules belong to their corpus, MACE and GLAD assume more than they can
show, and estimators of dimensions that weigh raters change whose voice counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annotation.aggregation.dawid_skene import dawid_skene
from annotation.aggregation.dimensions import dimension_mean, dimension_median, emobank_rule
from annotation.aggregation.dirichlet import dirichlet_smoothed
from annotation.aggregation.glad import glad
from annotation.aggregation.hard import (
    HardLabels,
    brighter_rule,
    emotionlines_rule,
    intersection,
    majority,
    plurality,
    threshold,
    union,
)
from annotation.aggregation.mace import mace
from annotation.aggregation.votes import (
    all_inclusive,
    intensity_mean,
    marked_above,
    vote_distribution,
    vote_proportions,
)
from annotation.aggregation.weighted import Weighted, evaluator_weighted, z_scored
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind, SoftLabels


@dataclass(frozen=True, eq=False)
class Made:
    """``soft``, with credible bounds ``low`` and ``high`` [I, L] where the way has them, at ``level``.

    ``undecided``: items with votes for which the way gives no label. ``facts``: how it ended (iterations and the
    like). ``by_rater`` [R]: what the way thinks of each rater, 0..1 or a model's own scale, under ``rater_figure``.
    """

    soft: SoftLabels
    low: Float64 | None = None
    high: Float64 | None = None
    undecided: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    by_rater: Float64 | None = None
    rater_figure: str = ""


@dataclass(frozen=True)
class Way:
    """One named aggregation: ``by_item`` needs only an item's own judgments; ``raters``: needs rater ids."""

    name: str
    make: Callable[[Judgments], Made]
    about: str
    unasked: bool = False
    by_item: bool = True
    raters: bool = False


def _soft(make: Callable[[Judgments], SoftLabels]) -> Callable[[Judgments], Made]:
    return lambda j: Made(make(j))


def _hard(make: Callable[[Judgments], HardLabels]) -> Callable[[Judgments], Made]:
    def made(j: Judgments) -> Made:
        found = make(j)
        return Made(found.soft, undecided=int((~found.decided & (found.n > 0)).sum()))

    return made


def _smoothed(j: Judgments) -> Made:
    found = dirichlet_smoothed(j)
    return Made(found.soft, found.low, found.high, facts={"level": found.level, "prior": found.prior.tolist()})


def _sets(j: Judgments) -> Judgments:
    return marked_above(j, 0.0) if j.kind == Kind.INTENSITY else j


def _dawid_skene(j: Judgments) -> Made:
    """Competence: chance of the right answer under the fitted prior, averaged over labels for sets."""
    found = dawid_skene(_sets(j))
    facts = {name: getattr(found, name) for name in ("iterations", "converged", "log_likelihood")}
    if j.kind == Kind.SINGLE:
        right = np.einsum("rkk,k->r", found.confusion, found.prior)
    else:
        prior = np.column_stack([1 - found.prior, found.prior])
        right = np.einsum("lrkk,lk->lr", found.confusion, prior).mean(axis=0)
    return Made(found.soft, facts=facts, by_rater=right, rater_figure="chance of the right answer")


def _mace(j: Judgments) -> Made:
    found = mace(_sets(j))
    knows = found.competence if found.competence.ndim == 1 else found.competence.mean(axis=1)
    facts = {name: getattr(found, name) for name in ("restarts", "iterations", "log_likelihood")}
    return Made(found.soft, facts=facts, by_rater=knows, rater_figure="chance of knowing")


def _glad(j: Judgments) -> Made:
    found = glad(_sets(j))
    ability = found.ability if found.ability.ndim == 1 else found.ability.mean(axis=1)
    facts = {name: getattr(found, name) for name in ("iterations", "converged", "objective")}
    return Made(found.soft, facts=facts, by_rater=ability, rater_figure="ability, below 0 worse than chance")


def _estimated(make: Callable[[Judgments], Weighted]) -> Callable[[Judgments], Made]:
    def made(j: Judgments) -> Made:
        found = make(j)
        return Made(found.soft, by_rater=found.weight.mean(axis=1), rater_figure="weight, mean over dimensions")

    return made


_DIRICHLET = Way(
    "dirichlet", _smoothed, "vote shares pulled towards the corpus, with 95 % bounds", unasked=True, by_item=False
)
_CUTS = (
    Way("majority", _hard(majority), "labels that more than half of the raters gave"),
    Way("threshold", _hard(lambda j: threshold(j, votes=2)), "labels that at least two raters gave"),
    Way("union", _hard(union), "labels that any rater gave"),
    Way("intersection", _hard(intersection), "labels that every rater gave"),
    Way("all-inclusive", _soft(all_inclusive), "share of all marks, every item kept (Chou et al. 2024)"),
)
_LATENT = (
    Way("dawid-skene", _dawid_skene, "one latent truth, a confusion a rater", unasked=True, by_item=False, raters=True),
    Way("mace", _mace, "each rater knows or guesses", by_item=False, raters=True),
    Way("glad", _glad, "ability of raters, ease of items", by_item=False, raters=True),
)


def _asked_for(ways: tuple[Way, ...], *unasked: str) -> tuple[Way, ...]:
    return tuple(Way(**{**vars(w), "unasked": w.unasked or w.name in unasked}) for w in ways)


WAYS: dict[Kind, tuple[Way, ...]] = {
    Kind.SINGLE: (
        Way("votes", _soft(vote_distribution), "share of raters who chose each label", unasked=True),
        _DIRICHLET,
        Way("plurality", _hard(plurality), "the label with most votes, ties undecided", unasked=True),
        *_CUTS,
        Way("emotionlines-rule", _hard(emotionlines_rule), "most votes, unless three labels were given"),
        *_LATENT,
    ),
    Kind.SET: (
        Way("votes", _soft(vote_proportions), "share of raters who marked each label", unasked=True),
        _DIRICHLET,
        *_asked_for(_CUTS, "majority"),
        Way("brighter-rule", _hard(brighter_rule), "two raters or more, mean above one half (BRIGHTER)"),
        *_LATENT,
    ),
    Kind.INTENSITY: (
        Way("mean", _soft(intensity_mean), "mean strength, 0 where not marked", unasked=True),
        Way("votes", _soft(vote_proportions), "share of raters who marked each label at all", unasked=True),
        _DIRICHLET,
        *_asked_for(_CUTS, "majority"),
        Way("brighter-rule", _hard(brighter_rule), "two raters or more, mean above one half (BRIGHTER)"),
        *_LATENT,
    ),
    Kind.DIMENSION: (
        Way("mean", _soft(dimension_mean), "mean over raters", unasked=True),
        Way("median", _soft(dimension_median), "median over raters", unasked=True),
        Way("z-scored", _estimated(z_scored), "ratings standardised per rater", by_item=False, raters=True),
        Way("evaluator-weighted", _estimated(evaluator_weighted), "raters by agreement", by_item=False, raters=True),
        Way("emobank-rule", _soft(emobank_rule), "two raters or more, all-lowest dropped, 2 decimals (EmoBank)"),
    ),
    Kind.PROBABILITY: (),
}


def ways_of(kind: Kind, names: Iterable[str] | str | None = None) -> tuple[Way, ...]:
    """The ways of a kind: those made unasked (None), ``"all"``, or those named, in the order of `WAYS`.

    Names that this kind does not know are left out, as a scope holds layers of several kinds; a name that no kind
    knows raises `ChoraleError`.
    """
    if names is None:
        return tuple(way for way in WAYS[kind] if way.unasked)
    if names == "all":
        return WAYS[kind]
    wanted = {names} if isinstance(names, str) else set(names)
    known = {way.name for ways in WAYS.values() for way in ways}
    if strange := sorted(wanted - known):
        fix = f"Known: {', '.join(sorted(known))}."
        raise ChoraleError("unknown-way", f"There is no aggregation {', '.join(strange)}.", fix)
    return tuple(way for way in WAYS[kind] if way.name in wanted)


def way(kind: Kind, name: str) -> Way:
    """One way of a kind by its name. Raises `ChoraleError` where the kind does not know it."""
    found = [each for each in WAYS[kind] if each.name == name]
    if not found:
        raise ChoraleError("unknown-way", f"{kind} judgments have no aggregation {name}.", "See WAYS.")
    return found[0]

"""Learning a crosswalk from a scope's doubly labelled items: weights, and what they are worth, kept with the map."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from chorale.store import crosswalk_ways, language_editing, registry
from chorale.store.doubly_labelled import PEOPLE, LayerKey, judged, scheme_row, scope_of, soft
from chorale.store.models import Crosswalk, Job
from harmonize.crosswalks.crosswalk import CrosswalkKind, Review
from harmonize.crosswalks.evidence import compare, held_out, noise_floor, paired, rater_halves
from harmonize.crosswalks.learn import BLOCKS, Learned, learn
from harmonize.crosswalks.misfit import ways_misfit
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Kind
from harmonize.schemes import Scheme

Json = dict[str, Any]
PHASES = ("held-out fit", "noise floor", "weights and intervals")
LEAST = 200  # doubly labelled items; below it neither folds nor a jackknife mean anything
FEW_BLOCKS = 20


@dataclass(frozen=True, eq=False)
class Pairs:
    """Items labelled under both schemes: ``x`` float64[n, Ls] and ``y`` float64[n, Lt], rows sum to 1, shuffled."""

    x: Float64
    y: Float64
    source: Scheme
    target: Scheme

    @property
    def blocks(self) -> int:
        """Jackknife blocks: as many as the items allow."""
        return BLOCKS if len(self.x) >= 10 * BLOCKS else FEW_BLOCKS


def keys(params: Json) -> tuple[LayerKey, LayerKey]:
    """The two layers that a job learns between. ChoraleError `learn-layers` for dimensions, or for one layer twice."""
    found = LayerKey.parse(params["source"]), LayerKey.parse(params["target"])
    if found[0] == found[1]:
        raise ChoraleError("learn-layers", "A layer is no map to itself.", "Choose two layers.")
    for key in found:
        if scheme_row(key).kind in (Kind.DIMENSION, Kind.INTENSITY):
            what = f"{key.scheme} holds {scheme_row(key).kind}s, which share no mass."
            raise ChoraleError("learn-layers", what, "Numbers are joined to categories by fitted Gaussians.")
    return found


def pairs(params: Json) -> Pairs:
    """The doubly labelled items of a scope in an order drawn by the seed. ChoraleError `learn-few` below `LEAST`."""
    scope, (source, target) = scope_of(params), keys(params)
    x, y = paired(soft(scope, source, training=True), soft(scope, target, training=True))
    if len(x) < LEAST:
        what = f"{len(x)} items of {scope.slug} carry both labels; {LEAST} are needed."
        raise ChoraleError("learn-few", what, "Have more items labelled under both schemes.")
    order = np.random.default_rng(params.get("seed", 0)).permutation(len(x))
    return Pairs(x[order], y[order], scheme_row(source).core, scheme_row(target).core)


def fit(params: Json) -> Json:
    """Held-out errors of the learned map, of base rates alone, and of the published map that it is compared with."""
    found = pairs(params)
    told = held_out(
        found.x, found.y, found.source, found.target, published=_against(params), seed=params.get("seed", 0)
    )
    return asdict(told)


def floor(params: Json) -> Json:
    """What the estimator gives between two halves of the raters of the source scheme; or why there is none."""
    source, _ = keys(params)
    if source.who != PEOPLE:
        return {"refused": "The source publishes one label an item, so there are no rater halves."}
    scope = scope_of(params)
    halves = rater_halves(judged(scope, source, training=True), seed=params.get("seed", 0))
    both = np.isfinite(halves[0]).all(axis=1) & np.isfinite(halves[1]).all(axis=1)
    if both.sum() < LEAST:
        return {"refused": f"Only {int(both.sum())} items have two raters; {LEAST} are needed."}
    order = np.random.default_rng(params.get("seed", 0)).permutation(np.flatnonzero(both))
    found = noise_floor((halves[0][order], halves[1][order]), scheme_row(source).core, seed=params.get("seed", 0))
    return {"moved": found.moved, "items": int(both.sum()), **asdict(found.fit)}


def propose(job: Job, evidence: Json) -> Crosswalk:
    """Learn the weights and propose them as a version of their own, with all evidence in its ``facts``."""
    params = job.params
    found, (source, target) = pairs(params), keys(params)
    learned = learn(found.x, found.y, found.source, found.target, blocks=found.blocks)
    data = f"{params['scope_type']} {params['scope']}: {source.words} to {target.words}"
    name = f"{found.source.id}--{found.target.id}--learned@"
    core = learned.crosswalk(version=language_editing.next_version(Crosswalk, name), data=data)
    others = crosswalk_ways.between(scheme_row(source), scheme_row(target))
    told = {
        **evidence,
        "comparison": _compared(learned, _against(params)),
        "ways": ways_misfit(found.x, found.y, others),
        "mass": _mass(learned),
    }
    facts = {**(core.facts or {}), "evidence": told, "data": data, "job": str(job.uuid)}
    core = replace(core, facts=facts, status=Review.PROPOSED)
    return language_editing.propose_crosswalk(by=job.started_by, core=core, reason=f"Learned from {data}.")


def _against(params: Json) -> Any:
    """The map that the learned one is compared with; None if none is named."""
    if not params.get("against"):
        return None
    core = registry.crosswalk(params["against"]).core
    source, target = keys(params)
    if core.kind != CrosswalkKind.LABELS or (core.source_scheme, core.target_scheme) != (source.scheme, target.scheme):
        raise ChoraleError("learn-against", f"{core.ref} maps other schemes.", "Choose a map between the same two.")
    return core


def _compared(learned: Learned, published: Any) -> Json | None:
    if published is None:
        return None
    found = asdict(compare(learned, published))
    return {**found, "distance": {k: None if np.isnan(v) else v for k, v in found["distance"].items()}}


def _mass(learned: Learned) -> dict[str, float]:
    """Items' worth of each source label: how much a row of weights rests on."""
    return {name: round(float(m), 2) for name, m in zip(learned.source.names, learned.mass, strict=True)}

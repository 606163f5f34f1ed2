"""How far to trust a learned crosswalk: held-out fit, the noise floor of two rater halves, and the published map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pyarrow.compute as pc

from harmonize.crosswalks.crosswalk import Crosswalk
from harmonize.crosswalks.learn import BLOCKS, Learned, learn
from harmonize.crosswalks.misfit import Misfit, misfit, ways_misfit
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Judgments, Semantics, SoftLabels
from harmonize.schemes import Scheme


@dataclass(frozen=True)
class HeldOut:
    """Errors of the learned map on folds it did not see, of the target's base rates alone, and of ``published``."""

    learned: Misfit
    base: Misfit
    published: Misfit | None
    folds: int
    n: int


@dataclass(frozen=True, eq=False)
class NoiseFloor:
    """What the estimator gives where the truth is the identity: two halves of the raters of one scheme.

    ``moved``: share of mass off the diagonal, 0..1; a map between two schemes that moves no more than this shows no
    difference between them. ``fit``: held-out errors from half to half. ``weights`` float64[L, L].
    """

    moved: float
    fit: HeldOut
    weights: Float64


@dataclass(frozen=True)
class Comparison:
    """A learned map beside a published one. ``distance``: total variation by source label, 0..1, NaN if never seen.

    ``inside``: share of the published weights that lie in the learned 95 % intervals; ``mean_distance`` weighs the
    labels by their base rates.
    """

    crosswalk: str
    distance: dict[str, float]
    mean_distance: float
    inside: float


def held_out(
    x: Float64,
    y: Float64,
    source: Scheme,
    target: Scheme,
    *,
    published: Crosswalk | None = None,
    folds: int = 5,
    seed: int = 0,
    blocks: int = 20,
) -> HeldOut:
    """Cross-validated error of `learn`, beside base rates alone and a published map, on the same items.

    A source label that the training folds never saw predicts their base rates. Raises `ChoraleError` for fewer than
    two folds.
    """
    if folds < 2:
        raise ChoraleError("learn-folds", "Held-out fit needs at least two folds.")
    x, y = _usable(x, y)
    fold = np.random.default_rng(seed).permutation(len(x)) % folds
    learned, base = np.empty(y.shape), np.empty(y.shape)
    for k in range(folds):
        test = fold == k
        found = learn(x[~test], y[~test], source, target, blocks=blocks)
        weights = np.where(np.isnan(found.weights), found.target_base, found.weights)
        learned[test], base[test] = x[test] @ weights, found.target_base
    one = np.eye(y.shape[1])
    theirs = None if published is None else misfit(x, y, published.matrix())
    return HeldOut(misfit(learned, y, one), misfit(base, y, one), theirs, folds, len(x))


def noise_floor(halves: tuple[Float64, Float64], scheme: Scheme, *, seed: int = 0, blocks: int = 20) -> NoiseFloor:
    """The same estimator from one half of the raters to the other, float[n, L] each (see `rater_halves`)."""
    x, y = _usable(*halves)
    found = learn(x, y, scheme, scheme, blocks=blocks)
    stay = np.nan_to_num(np.diag(found.weights), nan=1.0)
    return NoiseFloor(float(1 - found.source_base @ stay), held_out(x, y, scheme, scheme, seed=seed), found.weights)


def rater_halves(judgments: Judgments, *, seed: int = 0) -> tuple[Float64, Float64]:
    """Two soft labels an item from two disjoint halves of its counted judgments, float64[I, L] each, NaN if empty.

    Which judgment goes where is random within an item; a judgment's marks share one unit of mass.
    """
    marks = judgments.marks().astype(np.float64)
    marks /= np.maximum(marks.sum(axis=1, keepdims=True), 1)
    used = np.flatnonzero(judgments.counted & (marks.sum(axis=1) > 0))
    order = used[np.lexsort((np.random.default_rng(seed).random(len(used)), judgments.item[used]))]
    item = judgments.item[order]
    first = np.flatnonzero(np.r_[True, item[1:] != item[:-1]])
    rank = np.arange(len(item)) - np.repeat(first, np.diff(np.r_[first, len(item)]))
    side = rank % 2 == 0
    return _shares(judgments, marks, order[side]), _shares(judgments, marks, order[~side])


def compare(learned: Learned, published: Crosswalk) -> Comparison:
    """How far the learned weights lie from a published map between the same schemes. Raises `ChoraleError` if not."""
    if (published.source_scheme, published.target_scheme) != (learned.source.ref, learned.target.ref):
        raise ChoraleError("crosswalk-schemes", f"{published.ref} is no map {learned.direction}.")
    weights = published.matrix()
    apart = np.abs(learned.weights - weights).sum(axis=1) / 2
    seen: Bool = ~np.isnan(apart)
    base = learned.source_base[seen] / learned.source_base[seen].sum()
    inside = ((learned.low - 1e-9 <= weights) & (weights <= learned.high + 1e-9))[seen].mean()
    distance = dict(zip(learned.source.names, apart.tolist(), strict=True))
    return Comparison(published.ref, distance, float(base @ apart[seen]), float(inside))


def learn_crosswalk(
    one: SoftLabels,
    other: SoftLabels,
    source: Scheme,
    target: Scheme,
    *,
    data: str,
    published: Crosswalk | None = None,
    halves: tuple[Float64, Float64] | None = None,
    ways: Iterable[tuple[Crosswalk, ...]] = (),
    seed: int = 0,
    version: str = "1.0.0",
) -> Crosswalk:
    """A learned crosswalk with all that says how far to trust it in its ``facts["evidence"]``.

    ``one`` and ``other`` are soft labels of the same items under the two schemes (`paired`); the items are shuffled by
    ``seed``. Kept: ``held_out`` (`held_out`, beside ``published`` if given), ``comparison`` (`compare`), ``ways``
    (`ways_misfit` of ``ways``, see `compose.ways`) and ``floor`` (`noise_floor` of ``halves``, see `rater_halves`).
    Raises `ChoraleError("learn-few")` below 200 items.
    """
    x, y = paired(one, other)
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = x[order], y[order]
    blocks = BLOCKS if len(x) >= 10 * BLOCKS else 20
    learned = learn(x, y, source, target, blocks=blocks)
    made = learned.crosswalk(version=version, data=data)
    evidence: dict[str, Any] = {"held_out": asdict(held_out(x, y, source, target, published=published, seed=seed))}
    if published is not None:
        found = asdict(compare(learned, published))
        found["distance"] = {name: None if np.isnan(far) else far for name, far in found["distance"].items()}
        evidence["comparison"] = found
    if measured := ways_misfit(x, y, ways):
        evidence["ways"] = measured
    if halves is not None:
        floor = noise_floor(halves, source, seed=seed)
        evidence["floor"] = {"moved": floor.moved, **asdict(floor.fit)}
    return replace(made, facts={**(made.facts or {}), "evidence": evidence, "data": data})


def em_weights(x: Float64, y: Float64, *, rounds: int = 500, tolerance: float = 1e-9) -> Float64:
    """Maximum-likelihood weights by EM, float64[Ls, Lt]: an item's source label is latent with prior x_i.

    Each vote for t is drawn from row s of W with probability x_is: maximises sum_i sum_t y_it log((x_i W)_t) by
    W_st <- W_st sum_i x_is y_it / (x_i W)_t, rows normalised (Dempster, Laird and Rubin 1977). Compare with `learn`:
    least squares asks less of the data, EM uses it better where the votes are few. A label never seen is NaN.
    """
    x, y = _usable(x, y)
    seen = x.sum(axis=0) > 0
    used = x[:, seen]
    weights = np.full((int(seen.sum()), y.shape[1]), 1.0 / y.shape[1])
    for _ in range(rounds):
        grown = weights * (used.T @ np.divide(y, used @ weights, out=np.zeros_like(y), where=y > 0))
        grown /= grown.sum(axis=1, keepdims=True)
        moved = float(np.abs(grown - weights).max())
        weights = grown
        if moved < tolerance:
            break
    whole = np.full((len(seen), y.shape[1]), np.nan)
    whole[seen] = weights
    return whole


def paired(one: SoftLabels, other: SoftLabels) -> tuple[Float64, Float64]:
    """The label mass of the items that both have, float64[n, Ls] and float64[n, Lt], in the order of ``one``.

    Rows sum to 1. DISTRIBUTION and POSTERIOR have a mass as they are; PROPORTIONS are divided by their sum, so that an
    item's marks share one unit. Masked items are left out. Raises `ChoraleError` for other semantics.
    """
    for soft in (one, other):
        if soft.semantics in (Semantics.DIMENSION, Semantics.INTENSITY):
            raise ChoraleError("learn-semantics", f"{soft.semantics} have no label mass.", "Give votes or posteriors.")
    place = pc.index_in(one.items, value_set=other.items)
    found = np.asarray(place.is_valid())
    x = np.nan_to_num(one.values[found])
    y = np.nan_to_num(other.values[place.drop_null().to_numpy(zero_copy_only=False)])
    x, y = _usable(x, y)
    return x / x.sum(axis=1, keepdims=True), y / y.sum(axis=1, keepdims=True)


def _usable(x: Float64, y: Float64) -> tuple[Float64, Float64]:
    kept = np.isfinite(x).all(axis=1) & np.isfinite(y).all(axis=1) & (x.sum(axis=1) > 0) & (y.sum(axis=1) > 0)
    return x[kept], y[kept]


def _shares(judgments: Judgments, marks: Float64, rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Float64:
    total = np.zeros((len(judgments.items), len(judgments.labels)))
    np.add.at(total, judgments.item[rows], marks[rows])
    mass = total.sum(axis=1, keepdims=True)
    shares: Float64 = np.divide(total, mass, out=np.full(total.shape, np.nan), where=mass > 0)
    return shares

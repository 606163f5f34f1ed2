"""Gaussians fitted on a scope's doubly labelled items, categories and dimensions, kept as the result of their job."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pyarrow.compute as pc

from chorale.store import registry
from chorale.store.doubly_labelled import LayerKey, scheme_row, scope_of, soft
from harmonize.affect import Gaussians, category_points, fit_gaussians
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Kind, Semantics, SoftLabels
from harmonize.schemes import Scheme

KIND = "fit_gaussians"
PHASES = ("fit", "held-out categories to values", "round trip beside k-means")
FOLDS = 5
Json = dict[str, Any]


def keys(params: Json) -> tuple[LayerKey, LayerKey]:
    """The layer of categories and that of values. ChoraleError `fit-layers` where one is of the wrong kind."""
    categories, values = LayerKey.parse(params["categories"]), LayerKey.parse(params["values"])
    if scheme_row(categories).kind not in (Kind.SINGLE, Kind.SET):
        raise ChoraleError("fit-layers", f"{categories.scheme} holds no categories.", "Choose a scheme of labels.")
    if scheme_row(values).kind != Kind.DIMENSION:
        raise ChoraleError("fit-layers", f"{values.scheme} holds no dimensions.", "Choose a scheme of numbers.")
    return categories, values


def gather(params: Json) -> tuple[SoftLabels, SoftLabels, Json]:
    """Mass over categories and mean values on the same items in the same order, and what was left out.

    Labels with too little mass for a covariance are left out and named; an item's marks share one unit of mass.
    """
    scope, (first, second) = scope_of(params), keys(params)
    one, two = soft(scope, first, training=True), soft(scope, second, training=True)
    place = pc.index_in(one.items, value_set=two.items)
    found = np.flatnonzero(np.asarray(place.is_valid()))
    order = place.drop_null().to_numpy(zero_copy_only=False)
    mass = np.nan_to_num(one.values[found])
    values = two.values[order]
    width = values.shape[1]
    mass[~np.isfinite(values).all(axis=1)] = 0
    kept = mass.sum(axis=0) >= 2 * (width + 1)
    if kept.sum() < 2:
        what = f"{len(found)} items of {scope.slug} carry both labels: too few for two categories."
        raise ChoraleError("fit-few", what, "Have more items labelled under both schemes.")
    used = mass[:, kept].sum(axis=1) > 0
    shares = mass[used][:, kept] / mass[used][:, kept].sum(axis=1, keepdims=True)
    names = tuple(name for name, keep in zip(one.labels, kept, strict=True) if keep)
    rows = found[used]
    categories = SoftLabels(
        Semantics.DISTRIBUTION, one.items.take(rows), names, shares, one.n[rows], f"{one.method}, one unit of mass"
    )
    dropped = [name for name in one.labels if name not in names]
    return categories, _taken(two, order[used]), {"dropped": dropped, "items": len(rows)}


def fit(params: Json) -> Json:
    """The Gaussians as plain values; `rebuilt` makes them again."""
    categories, values, facts = gather(params)
    found = _fitted(params, categories, values)
    plain = {name: getattr(found, name).tolist() for name in ("mean", "cov", "points", "mass", "base")}
    return {**plain, **facts, "labels": list(found.labels), "scheme": found.scheme.ref, "neutral": found.neutral}


def forward(params: Json) -> Json:
    """Categories to values on folds that the fit had not seen: RMSE and the share of variance kept."""
    from harmonize.affect.residual import residual  # scikit-learn comes with it, and pages need none

    categories, values, _ = gather(params)
    fold = np.random.default_rng(params.get("seed", 0)).permutation(len(categories)) % FOLDS
    found = np.full(values.values.shape, np.nan)
    for k in range(FOLDS):
        train, test = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        made = _fitted(params, _taken(categories, train), _taken(values, train))
        found[test] = category_points(_taken(categories, test), made).values
    return {**asdict(residual(values.values, found, seed=params.get("seed", 0))), "folds": FOLDS}


def backward(params: Json) -> Json:
    """Values to a posterior over the categories and back, beside k-means with as many groups."""
    from harmonize.affect.residual import round_trip_values  # as above

    categories, values, _ = gather(params)
    found = round_trip_values(values, _fitted(params, categories, values), reject=params.get("reject", 0.05))
    return asdict(found)


def rebuilt(result: Json) -> Gaussians:
    """The Gaussians of a finished job."""
    arrays: dict[str, Float64] = {name: np.array(result[name]) for name in ("mean", "cov", "points", "mass", "base")}
    scheme: Scheme = registry.scheme(result["scheme"]).core
    return Gaussians(tuple(result["labels"]), scheme, neutral=result["neutral"], **arrays)


def _fitted(params: Json, categories: SoftLabels, values: SoftLabels) -> Gaussians:
    first, second = keys(params)
    neutral = scheme_row(first).core.neutral
    kept = neutral if neutral in categories.labels else None
    return fit_gaussians(categories, values, scheme_row(second).core, neutral=kept, fitted_on=params["scope"])


def _taken(soft_labels: SoftLabels, rows: Any) -> SoftLabels:
    columns: Json = {
        "items": soft_labels.items.take(rows),
        "values": soft_labels.values[rows],
        "n": soft_labels.n[rows],
    }
    for name in ("spread", "entropy", "unmapped"):
        kept = getattr(soft_labels, name)
        columns[name] = None if kept is None else kept[rows]
    return replace(soft_labels, **columns)

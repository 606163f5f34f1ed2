"""Derived columns of a release: numbers computed from its own soft labels by versioned rules, kept beside the items."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exports.parquet import ParquetSink, fixed_lists, quantised
from exports.reading import ReleaseFolder, rectangle
from exports.recipe import DerivedColumn, Layer
from exports.rounding import rounded
from exports.soft import NORMS
from harmonize.affect.derived import GAP, INFERRED, SHIFT, Derived, inferred_value, perspective_gap, turn_shift
from harmonize.crosswalks import map_judgments_counted
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Semantics

Json = dict[str, Any]
FILE = "derived.parquet"
BINS = 20


def write_derived(folder: Path) -> None:
    """Write `derived.parquet`, one row an item in the order of `items.parquet`, where the recipe asks for any column.

    Memory grows with the number of items: a turn is compared with another one, wherever that stands.
    """
    release = ReleaseFolder(folder)
    if release.recipe.derived:
        table = derived_table(release)
        with ParquetSink(folder / FILE, table.schema) as sink:
            sink.write(table)


def derived_table(release: ReleaseFolder) -> pa.Table:
    """Columns uuid, and for each of the recipe's derived columns `NAME` (a list in the order of the layer's labels,
    null where undefined) and `NAME_size`."""
    uuids = release.table("items", ["uuid"])["uuid"].combine_chunks()
    fields, columns = [pa.field("uuid", pa.string())], [uuids]
    for asked in release.recipe.derived:
        found = _derived(release, asked)
        values, size = _placed(found, uuids)
        facts = {"chorale.labels": json.dumps(found.columns, ensure_ascii=False), "chorale.rule": found.rule}
        facts |= {"chorale.layer": asked.layer, **({"chorale.other": asked.other} if asked.other else {})}
        fields.append(pa.field(asked.name, pa.list_(pa.float32(), len(found.columns)), metadata=facts))
        fields.append(pa.field(f"{asked.name}_size", pa.float32()))
        columns.append(fixed_lists(quantised(values), np.asarray(np.isnan(values).all(axis=1))))
        columns.append(pa.array(quantised(size), from_pandas=True))
    return pa.table(columns, schema=pa.schema(fields))


def _derived(release: ReleaseFolder, asked: DerivedColumn) -> Derived:
    """One column by its rule. Raises `ChoraleError` where the rule does not fit the layer."""
    if asked.rule in (SHIFT, GAP):
        _require_shares(release, asked)
    if asked.rule == SHIFT:
        return _shift(release, asked)
    if asked.rule == GAP:
        return perspective_gap(release.soft(asked.layer), release.soft(asked.other))
    return _inferred(release, asked)


def _require_shares(release: ReleaseFolder, asked: DerivedColumn) -> None:
    """A belief about a set of labels has no sum of 1, and so no divergence from another."""
    soft = release.soft(asked.layer)
    rated = np.isfinite(soft.values).any(axis=1)
    if soft.semantics != Semantics.DIMENSION and (np.nansum(soft.values[rated], axis=1) > 1 + 1e-3).any():
        what = f"{asked.name}, {asked.rule}: rows of {asked.layer} sum to more than 1."
        raise ChoraleError("derived-semantics", what, "Name a layer of one choice a rater, or of dimensions.")


def _inferred(release: ReleaseFolder, asked: DerivedColumn) -> Derived:
    """From each source's judgments, mapped one by one where it has a crosswalk, on the items that are from there."""
    layer = next(layer for layer in release.recipe.layers if layer.name == asked.layer)
    rated = release.soft(asked.other) if asked.other else None
    table = release.table("items", ["uuid", f"{layer.name}_via"])
    uuids, made = table["uuid"].combine_chunks(), []
    for part in layer.sources:
        judged = release.judgments(
            part.scheme, layer.perspective, raters=layer.raters, corpora=part.corpora, arms=layer.arms
        )
        if part.crosswalk:
            judged = map_judgments_counted(judged, release.crosswalks[part.crosswalk]).judgments
        found = inferred_value(judged, asked.norms or NORMS, rated=rated)
        here = pc.fill_null(pc.equal(table[f"{layer.name}_via"], part.crosswalk or "native"), False).to_numpy()
        made.append((found, *_placed(found, uuids, here)))
    values, size = made[0][1], made[0][2]
    for _, others, sizes in made[1:]:
        values, size = np.where(np.isnan(values), others, values), np.where(np.isnan(size), sizes, size)
    return replace(made[0][0], items=uuids, values=values, size=size)


def _placed(found: Derived, uuids: pa.Array, keep: Bool | None = None) -> tuple[Float64, Float64]:
    """Values float64[I, C] and sizes float64[I] at these items, NaN where undefined, or not to ``keep``."""
    place = pc.fill_null(pc.index_in(uuids, value_set=found.items), -1).to_numpy(zero_copy_only=False)
    there = place >= 0 if keep is None else keep & (place >= 0)
    if not len(found.items):
        return np.full((len(uuids), len(found.columns)), np.nan), np.full(len(uuids), np.nan)
    return np.where(there[:, None], found.values[place], np.nan), np.where(there, found.size[place], np.nan)


def _shift(release: ReleaseFolder, asked: DerivedColumn) -> Derived:
    """Items that have no place in a dialogue stand alone: nothing comes before them."""
    places = release.table("items", ["uuid", "corpus", "group", "position"])
    within = pc.and_(pc.is_valid(places["group"]), pc.is_valid(places["position"]))
    dialogue = pc.binary_join_element_wise(places["corpus"], places["group"], "\0")
    dialogue = pc.if_else(within, dialogue, places["uuid"]).to_numpy()
    turn = pc.fill_null(places["position"], 0).to_numpy()
    try:
        return turn_shift(release.soft(asked.layer), dialogue, turn)
    except ChoraleError as error:
        raise ChoraleError(error.code, f"{asked.name}, {asked.rule}: {error.message}", error.fix) from error


def figures(release: ReleaseFolder) -> list[Json]:
    """One entry a derived column: items where it is defined, the mean of each number, the mean size and its histogram
    over 20 equal bins (up to 1 bit, or to the greatest distance in units of the scale)."""
    entries = []
    layers = {layer.name: layer for layer in release.recipe.layers}
    for asked in release.recipe.derived:
        names = [asked.name, f"{asked.name}_size"]
        table = pq.read_table(release.folder / FILE, columns=names)
        facts = {k.decode(): v.decode() for k, v in table.schema.field(asked.name).metadata.items()}
        labels = json.loads(facts["chorale.labels"])
        values = rectangle(table[asked.name], len(labels)).astype(np.float64)
        known = np.isfinite(values)
        mean = np.divide(np.nansum(values, axis=0), known.sum(axis=0), out=np.full(len(labels), np.nan),
                         where=known.any(axis=0))  # fmt: skip
        entry: Json = {"name": asked.name, "rule": facts["chorale.rule"], "layer": asked.layer, "other": asked.other}
        entry |= {"defined": int(known.any(axis=1).sum())}
        entry |= {"mean": {label: rounded(value) for label, value in zip(labels, mean, strict=True)}}
        entries.append(entry | _sizes(table[names[1]], layers[asked.layer], asked))
    return entries


def _sizes(column: pa.ChunkedArray, layer: Layer, asked: DerivedColumn) -> Json:
    sizes = column.drop_null().to_numpy().astype(np.float64)
    if not len(sizes):
        return {"mean_size": None, "bins": None}
    bits = asked.rule != INFERRED and layer.semantics != Semantics.DIMENSION
    high = 1.0 if bits else max(float(sizes.max()), 1e-6)
    counts = np.histogram(np.clip(sizes, 0.0, high), bins=BINS, range=(0.0, high))[0]
    bins = {"low": 0.0, "high": round(high, 6), "counts": counts.tolist()}
    return {"mean_size": rounded(sizes.mean()), "bins": bins}


def differing(release: ReleaseFolder) -> list[str]:
    """The derived columns that the release's soft labels do not give again; empty where it has none."""
    if not release.recipe.derived:
        return []
    stored, again = pq.read_table(release.folder / FILE), derived_table(release)
    whole = ((name, stored[name].combine_chunks(), again[name].combine_chunks()) for name in again.column_names)
    return [name for name, one, two in whole if not one.equals(two)]

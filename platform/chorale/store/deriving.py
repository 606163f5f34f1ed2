"""Derived columns: numbers computed from a corpus's labels by a versioned rule, kept as a Parquet file of their job."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from chorale.store import bridge, object_store
from chorale.store.doubly_labelled import PEOPLE, LayerKey, judged, scope_of, soft
from chorale.store.models import Job
from harmonize.affect.derived import GAP, INFERRED, SHIFT, Derived, inferred_value, perspective_gap, turn_shift
from harmonize.problems import ChoraleError

KIND = "derive_columns"
BINS, TOP = 24, 8
Json = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """A versioned rule: what it computes in words, its formula, and how it is applied to a job's parameters."""

    name: str
    title: str
    text: str
    formula: str
    apply: Callable[[Json], Derived]


def _shift(params: Json) -> Derived:
    labels = soft(scope_of(params), LayerKey.parse(params["layer"]))
    places = _places(labels.items)
    return turn_shift(labels, places["group"], places["position"])


def _gap(params: Json) -> Derived:
    scope, writer, reader = scope_of(params), LayerKey.parse(params["layer"]), LayerKey.parse(params["other"])
    return perspective_gap(soft(scope, writer), soft(scope, reader))


def _inferred(params: Json) -> Derived:
    key = LayerKey.parse(params["layer"])
    if key.who != PEOPLE:
        raise ChoraleError("derive-layer", "Values are inferred from people's answers.", "Choose a layer of people.")
    return inferred_value(judged(scope_of(params), key), params["norms"])


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            SHIFT,
            "Shift between turns",
            "How far a turn's label lies from that of the turn before it in its dialogue. The first turn, and a turn "
            "beside an unlabelled one, have none.",
            "label(turn) − label(turn before); size: Euclidean for dimensions, JSD in bits for distributions",
            _shift,
        ),
        Rule(
            GAP,
            "Writer-reader gap",
            "How far two perspectives on one item lie apart. They are compared, never pooled.",
            "label(second layer) − label(first layer) on items that have both; size: Euclidean for dimensions, "
            "JSD in bits for distributions",
            _gap,
        ),
        Rule(
            INFERRED,
            "Inferred value",
            "Where word norms place what people marked, on valence, arousal and dominance: points alone, no spread of "
            "the norms.",
            "mean over raters of the mean point of a rater's marks; marks without a norm are left out",
            _inferred,
        ),
    )
}


def derive(job: Job) -> Json:
    """Apply the job's rule, keep the file, and tell what it holds. ChoraleError where the rule does not fit."""
    rule = RULES.get(job.params["rule"])
    if rule is None:
        raise ChoraleError("derive-rule", f"There is no rule {job.params['rule']!r}.", f"Known: {', '.join(RULES)}.")
    found = rule.apply(job.params)
    defined = np.isfinite(found.values).any(axis=1)
    if not defined.any():
        what = f"{rule.title} is defined for no item of {job.params['scope']}."
        raise ChoraleError("derive-empty", what, "It needs dialogues with positions, or two layers on the same items.")
    key, sha256 = _kept(found, defined)
    return {"rule": found.rule, "file": key, "sha256": sha256, **_told(found, defined)}


def _places(items: pa.Array) -> dict[str, Any]:
    """Dialogue and position of items by id, in their order; an item outside any dialogue is one of its own."""
    ids = items.cast(pa.int64())
    rows = bridge.table(
        "SELECT id, coalesce(nullif(\"group\", ''), id::text) AS dialogue, coalesce(position, 0) AS position "
        "FROM item WHERE id = ANY($1::bigint[]) ORDER BY id",
        ["{" + ",".join(map(str, ids.to_pylist())) + "}"],
    )
    order = np.searchsorted(rows["id"].to_numpy(), ids.to_numpy(zero_copy_only=False))
    groups = rows["dialogue"].to_numpy(zero_copy_only=False)
    return {"group": groups[order], "position": rows["position"].to_numpy()[order]}


def _kept(found: Derived, defined: Any) -> tuple[str, str]:
    """The defined rows as Parquet in the object store, by the items' public ids, in their order."""
    uuids = _uuids(found.items.filter(pa.array(defined)))
    columns: dict[str, Any] = {"item": uuids}
    for k, name in enumerate(found.columns):
        columns[name] = pa.array(found.values[defined, k].astype(np.float32), from_pandas=True)
    columns["size"] = pa.array(found.size[defined].astype(np.float32), from_pandas=True)
    table = pa.table(columns).sort_by("item").replace_schema_metadata({"chorale.rule": found.rule})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "derived.parquet"
        pq.write_table(table, path, compression="zstd")
        return object_store.put_file(path, prefix="derived")


def _uuids(items: pa.Array) -> pa.Array:
    ids = items.cast(pa.int64())
    rows = bridge.table(
        "SELECT id, uuid::text AS uuid FROM item WHERE id = ANY($1::bigint[]) ORDER BY id",
        ["{" + ",".join(map(str, ids.to_pylist())) + "}"],
    )
    order = np.searchsorted(rows["id"].to_numpy(), ids.to_numpy(zero_copy_only=False))
    return rows["uuid"].combine_chunks().take(pa.array(order))


def _told(found: Derived, defined: Any) -> Json:
    """Counts, means, a histogram of sizes, and the items with the greatest ones."""
    size = found.size[defined]
    known = size[np.isfinite(size)]
    told: Json = {
        "items": len(found.items),
        "defined": int(defined.sum()),
        "columns": list(found.columns),
        "means": [_number(x) for x in np.nanmean(found.values[defined], axis=0)],
        "spreads": [_number(x) for x in np.nanstd(found.values[defined], axis=0)],
    }
    if len(known):
        counts, edges = np.histogram(known, bins=BINS)
        ids = np.array(found.items.to_pylist())[defined]
        top = np.argsort(-np.nan_to_num(size, nan=-1.0), kind="stable")[:TOP]
        told |= {
            "mean_size": float(known.mean()),
            "quartiles": [float(x) for x in np.quantile(known, [0.25, 0.5, 0.75])],
            "histogram": {"counts": counts.tolist(), "edges": [float(e) for e in edges]},
            "top": [[int(ids[k]), float(size[k])] for k in top],
        }
    return told


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

"""Marked places: one row a cause or cue that a rater marked, with what that rater said of the item."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exports.reading import ReleaseFolder
from exports.recipe import Layer
from exports.views.columns import SHARED

PLACE = {
    "role": pa.string(),  # cause or cue
    "unit": pa.string(),  # code point, second, frame, per cent
    "start": pa.float64(),
    "end": pa.float64(),
    "x": pa.float64(),
    "y": pa.float64(),
    "width": pa.float64(),
    "height": pa.float64(),
    "marked": pa.string(),  # the marked words, where the place is in a text
}
SCHEMA = pa.schema(
    [pa.field(name, pa.list_(pa.string()) if name.startswith("context") else pa.string()) for name in SHARED]
    + [pa.field("rater", pa.string()), pa.field("labels", pa.list_(pa.string()))]
    + [pa.field(name, kind) for name, kind in PLACE.items()]
)


def spans(release: ReleaseFolder, layer: Layer, items: pa.Table) -> pa.Table:
    """Every place marked in ``items`` under the layer's scheme and perspective, by whoever the layer counts.

    Text offsets count code points of ``text``; regions are in per cent of the picture. Ordered by item, rater, place.
    """
    where = (pc.field("scheme") == layer.scheme) & (pc.field("perspective") == layer.perspective)
    said = release.table("judgments", None, where & pc.field("spans").is_valid()).to_pylist()
    counted = release.counted_keys(layer, said)
    marks: dict[str, list[dict[str, Any]]] = {}
    for judgment in said:
        if judgment["key"] in counted:
            marks.setdefault(judgment["item"], []).append(judgment)
    rows = []
    for item in items.select(SHARED).to_pylist():
        for judgment in sorted(marks.get(item["uuid"], []), key=lambda row: (row["rater"] or "", row["key"])):
            who = {"rater": judgment["rater"], "labels": judgment["labels"]}
            rows += [item | who | _place(span) for span in json.loads(judgment["spans"])]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _place(span: dict[str, Any]) -> dict[str, Any]:
    unit = span.get("unit") or ("per cent" if "width" in span else None)
    return {name: span.get(name) for name in PLACE} | {"unit": unit, "marked": span.get("text")}

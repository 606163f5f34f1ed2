"""Where a soft label comes from: the judgments, the cells of the crosswalk, the source file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exports import rulings
from exports.parquet import ParquetSink
from exports.reading import ReleaseFolder
from exports.recipe import RULED, Layer
from exports.source import ReleaseSource
from harmonize.problems import ChoraleError

Json = dict[str, Any]
CELLS = "crosswalk_cells.parquet"

CELL = pa.schema(
    {
        "crosswalk": pa.string(),
        "source_scheme": pa.string(),
        "source_label": pa.string(),
        "target_scheme": pa.string(),
        "target_label": pa.string(),
        "predicate": pa.string(),
        "weight": pa.float64(),
        "intercept": pa.float64(),
        "confidence": pa.float64(),
        "justification": pa.string(),
        "source": pa.string(),
        "status": pa.string(),
    }
)


def write_cells(folder: Path, source: ReleaseSource) -> None:
    """Every cell of every crosswalk used, one row each: `LAYER_via` of an item and its labels join to it."""
    rows = [
        {
            "crosswalk": ref,
            "source_scheme": walk.source_scheme,
            "source_label": cell.subject,
            "target_scheme": walk.target_scheme,
            "target_label": cell.object,
            "predicate": cell.predicate,
            "weight": float(cell.weight),
            "intercept": float(cell.intercept),
            "confidence": cell.confidence,
            "justification": cell.justification,
            "source": cell.source,
            "status": str(walk.status),
        }
        for ref, walk in sorted(source.crosswalks.items())
        for cell in walk.cells
    ]
    rows.sort(key=lambda row: tuple(str(row[name]).encode() for name in ("crosswalk", "source_label", "target_label")))
    with ParquetSink(folder / CELLS, CELL) as sink:
        sink.write(pa.Table.from_pylist(rows, schema=CELL))


def trace(folder: Path, uuid: str, layer: str) -> Json:
    """All that one item's soft label in a layer was made from.

    ``item``: file, line, soft label and n; ``judgments``: those that counted, each with who, what, how and where it
    came from; ``cells``: label to the crosswalk cells that feed it (none where the label is native); ``rulings``: what
    adjudicators decided on the item, which stands in the label only where the layer's method says so. Raises
    `ChoraleError` for an item or layer that the release does not have.
    """
    release = ReleaseFolder(folder)
    asked = next((part for part in release.recipe.layers if part.name == layer), None)
    if asked is None:
        raise ChoraleError("release-layer", f"The release has no layer {layer!r}.", "See its recipe.")
    whence = [name for name in ("source_file", "line") if name not in release.recipe.without.items]
    columns = ["uuid", "corpus", "source_id", *whence, layer, f"{layer}_n", f"{layer}_via"]
    rows = release.table("items", columns, pc.field("uuid") == uuid).to_pylist()
    if not rows:
        raise ChoraleError("release-item", f"The release has no item {uuid}.", "It may be filtered out or withdrawn.")
    item = rows[0]
    names = release.schemes[asked.scheme].names
    label = dict(zip(names, item.pop(layer) or [None] * len(names), strict=True))
    via = item.pop(f"{layer}_via")
    told = {**item, "n": item.pop(f"{layer}_n"), "label": label, "via": via}
    judgments, cells = _judgments(release, asked, uuid, via), _cells(release, via)
    return {"item": told, "judgments": judgments, "cells": cells, "rulings": _rulings(release, asked, uuid)}


def _judgments(release: ReleaseFolder, layer: Layer, uuid: str, via: str | None) -> list[Json]:
    part = next((p for p in layer.sources if (p.crosswalk or "native") == via), None)
    if part is None:
        return []
    where = (pc.field("item") == uuid) & (pc.field("scheme") == part.scheme)
    kept = release.table("judgments", None, where & (pc.field("perspective") == layer.perspective)).to_pylist()
    keys = release.counted_keys(layer, kept)
    spoke = ("answered", "none-applies")
    return [row for row in kept if row["key"] in keys and row["status"] in spoke]


def _rulings(release: ReleaseFolder, layer: Layer, uuid: str) -> list[Json]:
    if not (release.folder / rulings.FILE).is_file():
        return []
    schemes = [part.scheme for part in layer.sources]
    where = (pc.field("item") == uuid) & pc.field("scheme").isin(schemes)
    rows = release.table("rulings", None, where & (pc.field("perspective") == layer.perspective)).to_pylist()
    return [row | {"stands": layer.method in RULED} for row in rows]


def _cells(release: ReleaseFolder, via: str | None) -> dict[str, list[Json]]:
    if via is None or via == "native":
        return {}
    found: dict[str, list[Json]] = {}
    for cell in release.table("crosswalk_cells", None, pc.field("crosswalk") == via).to_pylist():
        if cell["weight"] or cell["intercept"]:
            found.setdefault(cell["target_label"], []).append(cell)
    return found

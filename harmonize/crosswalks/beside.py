"""Source label, re-label and harmonised label side by side: one Arrow row an item, nothing merged into anything."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harmonize.problems import ChoraleError
from harmonize.records import SoftLabels

PARTS = ("n", "entropy", "unmapped")


def labels_beside(layers: Mapping[str, SoftLabels]) -> pa.Table:
    """One row for each item that any layer has, as they first appear; for each layer NAME a column of its label.

    ``NAME`` is a fixed list of float32, null where the layer lacks the item, NaN where a label is masked; its field's
    metadata states semantics, labels and method (which names the crosswalk). ``NAME_n``, ``NAME_entropy`` and
    ``NAME_unmapped`` stand beside it where the layer has them, null where unknown. Raises `ChoraleError` for a name
    that would meet another column, or an item twice in one layer.
    """
    names = [column for name in layers for column in (name, *(f"{name}_{part}" for part in PARTS))]
    if len(set(names)) < len(names) or "item" in names:
        raise ChoraleError("beside-names", f"The columns {', '.join(names)} are not all different.", "Rename a layer.")
    chunks = [soft.items.cast(pa.string()) for soft in layers.values()]
    items = pa.chunked_array(chunks, pa.string()).unique()
    table, described = {"item": items}, [pa.field("item", pa.string(), nullable=False)]
    for name, soft in layers.items():
        if len(soft.items.unique()) < len(soft):
            raise ChoraleError("beside-items", f"{name} holds an item twice.", "Aggregate it first.")
        place = pc.index_in(items, value_set=soft.items.cast(pa.string()))
        for column, array in _columns(name, soft).items():
            table[column] = array.take(place)
            told = _described(soft) if column == name else None
            described.append(pa.field(column, array.type, metadata=told))
    return pa.table(table, schema=pa.schema(described))


def _columns(name: str, soft: SoftLabels) -> dict[str, pa.Array]:
    flat = pa.array(soft.values.astype(np.float32).ravel())
    found = {name: pa.FixedSizeListArray.from_arrays(flat, soft.values.shape[1])}
    for part in PARTS:
        values = getattr(soft, part)
        if values is None:
            continue
        unknown = values < 0 if part == "n" else np.isnan(values)
        found[f"{name}_{part}"] = pa.array(values, mask=unknown)
    return found


def _described(soft: SoftLabels) -> dict[str, str]:
    return {
        "chorale.semantics": str(soft.semantics),
        "chorale.labels": json.dumps(soft.labels, ensure_ascii=False),
        "chorale.method": soft.method,
    }

"""Classification: the whole soft label, or the labels that most raters gave."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from exports.recipe import Layer
from exports.views.columns import shared, values
from harmonize.records import Float64, Semantics
from harmonize.schemes import Scheme

MAJORITY = 0.5


def soft(rows: pa.Table, layer: Layer, scheme: Scheme) -> pa.Table:
    """Columns `label` (as in the items, null where masked) and `n` beside the shared ones."""
    field = rows.schema.field(layer.name)
    table = pa.table(shared(rows) | {"label": rows[layer.name], "n": rows[f"{layer.name}_n"]})
    return table.set_column(table.num_columns - 2, field.with_name("label"), table["label"])


def hard(rows: pa.Table, layer: Layer, scheme: Scheme) -> pa.Table:
    """Column `labels`: names by the rule of `hard_labels`; an empty list where no label reaches it."""
    labels = pa.array(hard_labels(values(rows, layer.name, scheme), layer.semantics, scheme), pa.list_(pa.string()))
    return pa.table(shared(rows) | {"labels": labels, "n": rows[f"{layer.name}_n"]})


def hard_labels(soft: Float64, semantics: Semantics, scheme: Scheme) -> list[list[str]]:
    """Names of the labels of each row of float64[n, L].

    PROPORTIONS, and POSTERIOR of a set: every label above one half. Otherwise the one greatest label, and none where
    two are equally great: a tie is not decided by the order of the labels.
    """
    names = scheme.names
    if semantics == Semantics.PROPORTIONS or (semantics == Semantics.POSTERIOR and scheme.kind == "set"):
        return [[names[i] for i in np.flatnonzero(row > MAJORITY)] for row in soft]
    filled = np.nan_to_num(soft, nan=-1.0)
    best = filled.max(axis=1, initial=-1.0)
    at_best = filled == best[:, None]
    only = at_best.sum(axis=1) == 1
    return [[names[int(row.argmax())]] if one else [] for row, one in zip(at_best, only, strict=True)]

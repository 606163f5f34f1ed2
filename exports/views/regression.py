"""Regression: one number a dimension."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from exports.parquet import quantised
from exports.recipe import Layer
from exports.views.columns import shared, values
from harmonize.schemes import Scheme


def numbers(rows: pa.Table, layer: Layer, scheme: Scheme) -> pa.Table:
    """A column for each dimension on its own scale, `NAME_sd` for the spread over raters, and `n`."""
    means = quantised(values(rows, layer.name, scheme))
    spreads = quantised(values(rows, f"{layer.name}_sd", scheme))
    columns = shared(rows)
    for i, name in enumerate(scheme.names):
        columns[name] = pa.array(means[:, i], mask=np.isnan(means[:, i]))
        columns[f"{name}_sd"] = pa.array(spreads[:, i], mask=np.isnan(spreads[:, i]))
    return pa.table(columns | {"n": rows[f"{layer.name}_n"]})

"""What the columns of `items.parquet` hold, at a glance: how many are filled, and a histogram of each that has one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exports.recipe import Layer
from harmonize.schemes import Scheme

Json = dict[str, Any]
NAMED = ("corpus", "language", "modality", "source_split", "split", "split_reason", "reserved")
TEXTS = ("text",)
MOST = 12
"""Values shown of a column of names; the rest is counted together."""

BINS = 20


class ColumnSums:
    """Running counts of every column over the row groups."""

    def __init__(self, layers: dict[Layer, Scheme]) -> None:
        self.filled: Counter[str] = Counter()
        self.values: dict[str, Counter[str]] = {name: Counter() for name in NAMED}
        self.lengths: dict[str, Counter[int]] = {name: Counter() for name in TEXTS}
        self.ranges: dict[str, tuple[float, float]] = {}
        self.bins: dict[str, np.ndarray[Any, np.dtype[np.int64]]] = {}
        for layer, scheme in layers.items():
            self.values |= {f"{layer.name}_n": Counter(), f"{layer.name}_via": Counter()}
            self.ranges |= {f"{layer.name}_entropy": (0.0, _most_bits(layer, scheme))}
            self.ranges |= {f"{layer.name}_unmapped": (0.0, 1.0)}
        self.bins = {name: np.zeros(BINS, dtype=np.int64) for name in self.ranges}

    @property
    def names(self) -> list[str]:
        """The columns to read."""
        return [*self.values, *self.lengths, *self.ranges]

    def add(self, table: pa.Table) -> None:
        """Count one row group; columns that it lacks are passed over."""
        for name in table.column_names:
            self.filled[name] += table.num_rows - table[name].null_count
        for name, counter in self.values.items():
            for row in pc.value_counts(table[name].drop_null().combine_chunks()).to_pylist():
                counter[str(row["values"])] += row["counts"]
        for name, lengths in self.lengths.items():
            length = pc.utf8_length(table[name].drop_null()).to_numpy()
            for power, count in zip(
                *np.unique(np.ceil(np.log2(np.maximum(length, 1))), return_counts=True), strict=True
            ):
                lengths[int(power)] += int(count)
        for name, span in self.ranges.items():
            if name in table.column_names:
                numbers = table[name].drop_null().to_numpy()
                self.bins[name] += np.histogram(np.clip(numbers, *span), bins=BINS, range=span)[0]

    def see(self, metadata: Any) -> None:
        """Count what is filled of the columns that were not read, as the file itself states it."""
        for name, nulls in _nulls(metadata).items():
            if name not in self.filled:
                self.filled[name] = metadata.num_rows - nulls

    def figures(self) -> Json:
        """Column to its counts: ``filled``, and ``values``, ``lengths`` (up to 2^k characters) or ``bins``."""
        found: Json = {name: {"filled": count} for name, count in sorted(self.filled.items())}
        for name, counter in self.values.items():
            shown = sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
            found[name] |= {"values": dict(shown[:MOST]), "others": sum(n for _, n in shown[MOST:])}
        for name, lengths in self.lengths.items():
            found[name]["lengths"] = {str(2**power): count for power, count in sorted(lengths.items())}
        for name, counts in self.bins.items():
            if name in found and counts.any():
                low, high = self.ranges[name]
                found[name]["bins"] = {"low": low, "high": round(high, 6), "counts": counts.tolist()}
        return found


def _most_bits(layer: Layer, scheme: Scheme) -> float:
    """The greatest entropy that a soft label of the layer can have; label-wise sums have one bit a label."""
    labels = max(len(scheme.names), 2)
    return float(labels) if str(layer.semantics) == "proportions" else float(np.log2(labels))


def _nulls(metadata: Any) -> dict[str, int]:
    """Plain columns to their number of nulls; lists, whose statistics speak of their elements, are left out."""
    found: Counter[str] = Counter()
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            column = metadata.row_group(group).column(number)
            if "." not in column.path_in_schema and column.statistics is not None:
                found[column.path_in_schema] += column.statistics.null_count
    return dict(found)

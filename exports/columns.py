"""What the columns of `items.parquet` hold, at a glance: how many are filled, and a histogram of each that has one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exports.distinct import Distinct
from exports.recipe import RULED, Layer
from harmonize.schemes import Scheme

Json = dict[str, Any]
NAMED = ("corpus", "language", "modality", "source_split", "split", "split_reason", "reserved")
TEXTS = ("text", "source_id", "facets")
LISTS = ("context", "context_speakers")
NUMBERS = ("position", "line", "text_characters", "text_words")
MANY = ("group", "speaker", "author", "media", "media_sha256", "text_sha256", "source_file")
"""Columns of which the lengths, the elements, the sizes, or how often a value comes again are shown."""

MOST = 12
"""Values shown of a column of names; the rest is counted together."""

BINS = 20


class ColumnSums:
    """Running counts of every column over the row groups."""

    def __init__(self, layers: dict[Layer, Scheme]) -> None:
        self.filled: Counter[str] = Counter()
        self.values: dict[str, Counter[str]] = {name: Counter() for name in NAMED}
        self.powers: dict[str, Counter[int]] = {name: Counter() for name in (*TEXTS, *LISTS, *NUMBERS)}
        self.distinct = {name: Distinct() for name in MANY}
        self.ranges: dict[str, tuple[float, float]] = {}
        for layer, scheme in layers.items():
            told = ("n", "via", "ruled") if layer.method in RULED else ("n", "via")
            self.values |= {f"{layer.name}_{part}": Counter() for part in told}
            self.ranges |= {f"{layer.name}_entropy": (0.0, _most_bits(layer, scheme))}
            self.ranges |= {f"{layer.name}_unmapped": (0.0, 1.0)}
        self.bins = {name: np.zeros(BINS, dtype=np.int64) for name in self.ranges}

    @property
    def names(self) -> list[str]:
        """The columns to read."""
        return [*self.values, *self.powers, *self.distinct, *self.ranges]

    def add(self, table: pa.Table) -> None:
        """Count one row group; columns that it lacks are passed over."""
        for name in table.column_names:
            column = table[name]
            self.filled[name] += table.num_rows - column.null_count
            if name in self.values:
                for row in pc.value_counts(column.drop_null().combine_chunks()).to_pylist():
                    self.values[name][str(row["values"])] += row["counts"]
            elif name in self.powers:
                for power, count in _powers(column):
                    self.powers[name][power] += count
            elif name in self.distinct:
                self.distinct[name].add(column)
            elif name in self.ranges:
                numbers, span = column.drop_null().to_numpy(), self.ranges[name]
                self.bins[name] += np.histogram(np.clip(numbers, *span), bins=BINS, range=span)[0]

    def see(self, metadata: Any) -> None:
        """Count what is filled of the columns that were not read, as the file itself states it."""
        for name, nulls in _nulls(metadata).items():
            if name not in self.filled:
                self.filled[name] = metadata.num_rows - nulls

    def figures(self) -> Json:
        """Column to its counts: ``filled``, and ``values``; ``lengths`` (characters), ``elements`` (of a list) or
        ``numbers``, each up to 2^k; ``distinct`` values with their ``sizes`` (rows up to 2^k); or ``bins``."""
        found: Json = {name: {"filled": count} for name, count in sorted(self.filled.items())}
        for name, counter in self.values.items():
            if name in found:
                shown = sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
                found[name] |= {"values": dict(shown[:MOST]), "others": sum(n for _, n in shown[MOST:])}
        for name, powers in self.powers.items():
            if name in found:
                word = "lengths" if name in TEXTS else "elements" if name in LISTS else "numbers"
                found[name][word] = {str(power): count for power, count in sorted(powers.items())}
        for name, seen in self.distinct.items():
            if found.get(name, {}).get("filled"):
                found[name] |= {"distinct": seen.values, "exact": seen.exact, "sizes": seen.sizes()}
        for name, counts in self.bins.items():
            if name in found and counts.any():
                low, high = self.ranges[name]
                found[name]["bins"] = {"low": low, "high": round(high, 6), "counts": counts.tolist()}
        return found


def _powers(column: pa.ChunkedArray) -> list[tuple[int, int]]:
    """(power of two that a number, the length of a text or of a list does not exceed, how many); 0 by itself."""
    given = column.drop_null()
    if pa.types.is_string(given.type):
        given = pc.utf8_length(given)
    elif pa.types.is_list(given.type):
        given = pc.list_value_length(given)
    numbers = np.maximum(given.to_numpy(), 0)
    upper = np.where(numbers > 0, 2 ** np.ceil(np.log2(np.maximum(numbers, 1))), 0).astype(np.int64)
    return list(zip(*(part.tolist() for part in np.unique(upper, return_counts=True)), strict=True))


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

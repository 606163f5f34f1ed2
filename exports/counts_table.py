"""Counts in place of ratings, for corpora whose single ratings may not be passed on: how many said what of an item."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exports.judgments_table import RELEASED as JUDGMENTS

FILE = "counts.parquet"
GROUP = ("item", "scheme", "perspective", "kind", "arm", "top_up")

RELEASED = pa.schema(
    {
        **{name: JUDGMENTS.field(name).type for name in GROUP},
        "label": pa.string(),  # null: judgments that name no label (none applies, cannot tell, skipped)
        "value": pa.float32(),  # strength of an ordinal label, value on a dimension; null where there is none
        "votes": pa.int32(),
        "judgments": pa.int32(),  # answered or none applies, of this item under this scheme: what votes are a share of
    }
)


def counts_table(released: pa.Table, dimensions: dict[str, tuple[str, ...]]) -> pa.Table:
    """Votes for each label of each item, from judgments as they would be released; those left out by a rule count not.

    ``dimensions``: scheme to its dimension names; a dimension has a row a value. Ordered by every column.
    """
    rows = released.filter(pc.is_null(released["excluded"]))
    spoke = pc.is_in(rows["status"], value_set=pa.array(["answered", "none-applies"]))
    rows = rows.filter(spoke)
    every = rows.group_by(list(GROUP)).aggregate([([], "count_all")]).rename_columns([*GROUP, "judgments"])
    votes = pa.concat_tables([_labels(rows), _values(rows, dimensions), _silent(rows)])
    keys = [*GROUP, "label", "value"]
    counted = votes.group_by(keys).aggregate([([], "count_all")]).rename_columns([*keys, "votes"])
    joined = counted.join(every, list(GROUP)).select(RELEASED.names).cast(RELEASED)
    return joined.sort_by([(name, "ascending") for name in (*keys, "votes")])


def _repeated(rows: pa.Table, lengths: npt.NDArray[np.int64], label: pa.Array, value: pa.Array) -> pa.Table:
    place = pa.array(np.repeat(np.arange(rows.num_rows), lengths))
    return rows.select(GROUP).take(place).append_column("label", label).append_column("value", value)


def _labels(rows: pa.Table) -> pa.Table:
    held = rows.filter(pc.greater(pc.fill_null(pc.list_value_length(rows["labels"]), 0), 0)).combine_chunks()
    lists, strong = held["labels"].combine_chunks(), held["intensities"].combine_chunks()
    lengths = pc.list_value_length(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    known = pc.fill_null(pc.equal(pc.list_value_length(strong), pc.list_value_length(lists)), False)
    empty = pa.array([[None] * n for n in lengths.tolist()], pa.list_(pa.float32()))
    strengths = pc.if_else(known, strong, empty) if len(held) else strong
    return _repeated(held, lengths, lists.flatten(), strengths.flatten())


def _values(rows: pa.Table, dimensions: dict[str, tuple[str, ...]]) -> pa.Table:
    parts = [_repeated(rows.slice(0, 0), np.zeros(0, np.int64), pa.array([], pa.string()), pa.array([], pa.float32()))]
    for scheme, names in sorted(dimensions.items()):
        held = rows.filter(pc.and_(pc.equal(rows["scheme"], scheme), pc.is_valid(rows["values"])))
        lengths = np.full(held.num_rows, len(names))
        flat = held["values"].combine_chunks().flatten()
        whole = _repeated(held, lengths, pa.array(list(names) * held.num_rows, pa.string()), flat)
        parts.append(whole.filter(pc.is_valid(whole["value"])))
    return pa.concat_tables(parts)


def _silent(rows: pa.Table) -> pa.Table:
    """Judgments that name nothing still stand behind the number of judgments: one row, label null."""
    none = rows.filter(pc.equal(rows["status"], "none-applies"))
    size = none.num_rows
    return _repeated(none, np.ones(size, np.int64), pa.nulls(size, pa.string()), pa.nulls(size, pa.float32()))

"""Streaming what has no matrix product: proportions, intensities and dimensions, and judgments one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pyarrow as pa

from harmonize.crosswalks.crosswalk import Crosswalk
from harmonize.crosswalks.ratings import map_judgments
from harmonize.crosswalks.soft import map_soft, proportion_bounds
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float32, Float64, Judgments, Semantics, SoftLabels

Progress = Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]


def columns_by_rule(
    array: pa.FixedSizeListArray, crosswalk: Crosswalk, semantics: Semantics, name: str
) -> dict[str, pa.Array]:
    """The new columns of one batch of PROPORTIONS, INTENSITY or DIMENSION: ``name`` float32[Lt], null rows null.

    PROPORTIONS whose labels merge are known by bounds alone: then ``name_low`` and ``name_high``. There is no unmapped
    column, as these have no mass. Raises `ChoraleError` as `map_soft` does.
    """
    null = None if array.null_count == 0 else np.asarray(array.is_null())
    values = rows_of(array, len(crosswalk.source_labels.names)).astype(np.float64)
    if null is not None:
        values[null] = np.nan
    if np.isinf(values).any():
        raise ChoraleError("softlabels-finite", "The column holds an infinite number.", "Masked ones are NaN or null.")
    soft = SoftLabels(
        semantics,
        pa.nulls(len(values), pa.string()),
        crosswalk.source_labels.names,
        values,
        np.full(len(values), -1, np.int32),
        "stream",
    )
    if semantics == Semantics.PROPORTIONS and crosswalk.merges:
        bounds = proportion_bounds(soft, crosswalk)
        return {f"{name}_low": _lists(bounds.low, null), f"{name}_high": _lists(bounds.high, null)}
    return {name: _lists(map_soft(soft, crosswalk).values, null)}


def map_judgment_batches(
    batches: Iterable[pa.RecordBatch], crosswalk: Crosswalk, *, progress: Progress | None = None
) -> Iterator[pa.RecordBatch]:
    """Judgments in the shape of `Judgments.to_arrow`, each mapped by itself (`map_judgments`), batch by batch.

    The rows of an item may lie in different batches: nothing is aggregated here. Kind and labels of the result travel
    in its schema's metadata. Raises `ChoraleError` as `map_judgments` does.
    """
    for batch in batches if progress is None else progress(batches):
        mapped = map_judgments(Judgments.from_arrow(pa.Table.from_batches([batch])), crosswalk).to_arrow()
        yield from mapped.combine_chunks().to_batches()


def rows_of(array: pa.FixedSizeListArray, width: int) -> Float32:
    """The numbers of a column of fixed lists, float32[n, width], without a copy where it can be."""
    flat = array.values.slice(array.offset * width, len(array) * width)
    numbers: Float32 = flat.to_numpy(zero_copy_only=False).astype(np.float32, copy=False)
    return numbers.reshape(-1, width)


def _lists(values: Float64, null: Bool | None) -> pa.FixedSizeListArray:
    flat = pa.array(values.astype(np.float32).ravel())
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1], mask=None if null is None else pa.array(null))

"""Applying a crosswalk to Arrow record batches, streaming: one batch in, one batch out, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from harmonize.crosswalks.crosswalk import Crosswalk
from harmonize.crosswalks.soft import MASS_TOLERANCE
from harmonize.crosswalks.stream_rules import Progress, columns_by_rule, rows_of
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float32, Float64, Semantics

ROWS = 4096  # rows of one product: its input and output stay in the second-level cache
_THREADS = ThreadpoolController()


def apply_batches(
    batches: Iterable[pa.RecordBatch],
    crosswalk: Crosswalk,
    *,
    column: str,
    semantics: Semantics,
    target: str | None = None,
    unmapped: str = "unmapped",
    progress: Progress | None = None,
) -> Iterator[pa.RecordBatch]:
    """Each batch with two more columns: ``target`` float32[Lt] (default: the target scheme's id) and ``unmapped``.

    ``column`` is a fixed-size list of float32[Ls], a soft label of ``semantics``; other columns pass through untouched.
    A null row stays null in both. A NaN (or null) entry masks that label: a target is NaN where all labels that feed it
    are masked, or none feeds it. If ``unmapped`` is there already, it is added to and replaced. The mass of the first
    rows is checked; infinite or negative results are refused with their row. PROPORTIONS, INTENSITY and DIMENSION have
    no mass: each goes by its own rule and without ``unmapped`` (`harmonize.crosswalks.stream_rules.columns_by_rule`).
    """
    exact = semantics in (Semantics.DISTRIBUTION, Semantics.POSTERIOR)
    weights = crosswalk.matrix() if exact else np.empty((len(crosswalk.source_labels.names), 0))
    name = target or crosswalk.target_labels.id
    row = 0
    for batch in batches if progress is None else progress(batches):
        at = batch.schema.get_field_index(column)
        if at < 0:
            raise ChoraleError("arrow-column", f"There is no column {column!r}.", f"Found: {batch.schema.names}.")
        if exact:
            before = batch.column(unmapped) if unmapped in batch.schema.names else None
            mapped, rest = apply_array(batch.column(at), weights, before, first_row=row)
            made = {name: mapped, unmapped: rest}
        else:
            _require_lists(batch.column(at), len(weights))
            made = columns_by_rule(batch.column(at), crosswalk, semantics, name)
        kept = {n: batch.column(n) for n in batch.schema.names if n not in made}
        yield pa.RecordBatch.from_pydict({**kept, **made})
        row += batch.num_rows


def apply_array(
    array: pa.Array, weights: Float64, before: pa.Array | None = None, *, first_row: int = 0
) -> tuple[pa.FixedSizeListArray, pa.FloatArray]:
    """Soft labels as float32[Ls] lists to (float32[Lt] lists, unmapped float32), see `apply_batches`.

    Dense products in chunks of `ROWS`, whose sum tells whether all is finite; a chunk that is not, or that holds a
    negative result, is done again with its masks.
    """
    width, targets = weights.shape
    _require_lists(array, width)
    x = rows_of(array, width)
    null = None if array.null_count == 0 else np.asarray(array.is_null())
    placed = weights.astype(np.float32)
    lost = np.clip(1.0 - weights.sum(axis=1), 0.0, 1.0).astype(np.float32)
    _check_mass(x, null, before, first_row)
    values = np.empty((len(x), targets), dtype=np.float32)
    rest = np.empty(len(x), dtype=np.float32)
    with _THREADS.limit(limits=1, user_api="blas"), np.errstate(invalid="ignore"):
        for start in range(0, len(x), ROWS):
            part = x[start : start + ROWS]
            out, over = values[start : start + ROWS], rest[start : start + ROWS]
            # 8 columns and 1 apart: both outputs are contiguous, which is faster than 9 columns and a copy.
            np.matmul(part, placed, out=out)
            np.matmul(part, lost, out=over)
            if not np.isfinite(out.sum() + over.sum()) or out.min(initial=0) < 0 or over.min(initial=0) < 0:
                out[:], over[:] = _masked_product(part, placed, lost, null, start, first_row)
    values[:, ~(weights > 0).any(axis=0)] = np.nan
    if before is not None:
        earlier = np.nan_to_num(before.to_numpy(zero_copy_only=False).astype(np.float32))
        rest = np.where(earlier > 0, np.nan_to_num(rest), rest) + earlier
    mask = None if null is None else pa.array(null)
    mapped = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), targets, mask=mask)
    return mapped, pa.array(rest, mask=null)


def _require_lists(array: pa.Array, width: int) -> None:
    if not pa.types.is_fixed_size_list(array.type) or array.type.list_size != width:
        raise ChoraleError("arrow-type", f"The column is {array.type}, not fixed lists of {width} float32.")


def _check_mass(x: Float32, null: Bool | None, before: pa.Array | None, first_row: int) -> None:
    if first_row:
        return
    head = x[:ROWS]
    good = ~np.isnan(head).all(axis=1)
    if null is not None:
        good &= ~null[:ROWS]
    mass = np.nan_to_num(head).sum(axis=1, dtype=np.float64)
    if before is not None:
        mass += np.nan_to_num(before.slice(0, ROWS).to_numpy(zero_copy_only=False))
    off = np.abs(mass - 1)[good]
    if off.size and off.max() > MASS_TOLERANCE:
        raise ChoraleError(
            "softlabels-mass", f"{int((off > MASS_TOLERANCE).sum())} of the first {len(off)} rows do not sum to 1."
        )


def _masked_product(
    part: Float32, placed: Float32, lost: Float32, null: Bool | None, start: int, first_row: int
) -> tuple[Float32, Float32]:
    """The product of a chunk that holds masks; null rows become 0. Refuses infinite and negative numbers."""
    masked = np.isnan(part)
    known = np.where(masked, np.float32(0), part)
    if null is not None:
        known[null[start : start + len(part)]] = 0
    bad = np.flatnonzero(~np.isfinite(known).all(axis=1) | (known < 0).any(axis=1))
    if bad.size:
        raise ChoraleError(
            "softlabels-finite",
            f"Row {first_row + start + int(bad[0])} holds an infinite or negative share.",
            "Masked labels are NaN or null.",
        )
    out: Float32 = known @ placed
    over: Float32 = known @ lost
    out[(~masked).astype(np.float32) @ (placed > 0).astype(np.float32) == 0] = np.nan
    over[masked.all(axis=1)] = np.nan
    return out, over

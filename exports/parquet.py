"""Parquet with the same bytes for the same rows: fixed options, fixed row groups, quantised floats, no times."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP = 65_536
COMPRESSION_LEVEL = 3
DECIMALS = 6
"""Stored floats are rounded to 6 decimals: far below what any rating means, far above how sums differ by order."""


class ParquetSink:
    """A Parquet file written row group by row group, whatever the sizes of the tables it is given.

    Every row group but the last has exactly `ROW_GROUP` rows in contiguous memory, so the bytes depend on the rows
    and their order alone. Pages carry checksums. Use as a context manager; ``rows`` counts what was written.
    One row group is encoded in a thread while the next is made.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path, self.schema, self.rows = path, schema, 0
        self._held: list[pa.Table] = []
        self._waiting = 0
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._encoding: Future[None] | None = None
        self._writer = pq.ParquetWriter(
            path,
            schema,
            version="2.6",
            compression="zstd",
            compression_level=COMPRESSION_LEVEL,
            use_dictionary=True,
            write_statistics=True,
            data_page_version="1.0",
            store_schema=True,
            write_page_checksum=True,
        )

    def write(self, table: pa.Table) -> None:
        """Add rows; the table must have exactly the columns and types of the schema."""
        self._held.append(table.select(self.schema.names).cast(self.schema))
        self._waiting += table.num_rows
        while self._waiting >= ROW_GROUP:
            self._flush(ROW_GROUP)

    def _flush(self, rows: int) -> None:
        whole = pa.concat_tables(self._held)
        group = whole.slice(0, rows).combine_chunks()
        if self._encoding is not None:
            self._encoding.result()
        self._encoding = self._thread.submit(self._writer.write_table, group, row_group_size=ROW_GROUP)
        self._held = [whole.slice(rows)]
        self._waiting -= rows
        self.rows += rows

    def close(self) -> None:
        if self._waiting or self.rows == 0:
            whole = pa.concat_tables(self._held) if self._held else self.schema.empty_table()
            self._held = [whole]
            self._flush(whole.num_rows)
        if self._encoding is not None:
            self._encoding.result()
        self._thread.shutdown()
        self._writer.close()

    def __enter__(self) -> ParquetSink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._thread.shutdown()
            self._writer.close()


def quantised(values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """float32 rounded to `DECIMALS` decimals, with minus zero made zero; NaN stays NaN."""
    rounded = np.round(np.asarray(values, dtype=np.float64), DECIMALS) + 0.0
    return rounded.astype(np.float32)


def fixed_lists(values: npt.NDArray[np.float32], absent: npt.NDArray[np.bool_]) -> pa.FixedSizeListArray:
    """float32[n, L] as fixed-size lists: NaN becomes null inside a row (masked), ``absent`` rows are null whole."""
    rows, width = values.shape
    flat = pa.array(values.ravel(), mask=np.isnan(values).ravel(), type=pa.float32())
    return (
        pa.FixedSizeListArray.from_arrays(flat, width, mask=pa.array(absent))
        if rows
        else pa.array([], pa.list_(pa.float32(), width))
    )

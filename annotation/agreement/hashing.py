"""Names to 64-bit hashes, the same on every machine: which group an item falls into must not depend on the process."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

UInt64 = npt.NDArray[np.uint64]
BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no byte is lost


def hashed(names: pa.StringArray) -> UInt64:
    """uint64[n] of ``names`` (no nulls): the polynomial of their UTF-8 bytes modulo 2^64, mixed as splitmix64 does.

    Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators". Names are told apart, not kept secret.
    """
    column = names.cast(pa.large_string())
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not len(column):
        return np.empty(0, dtype=np.uint64)
    _, bounds, data = column.buffers()
    offsets = np.frombuffer(bounds, dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    start = int(offsets[0])
    size = int(offsets[-1]) - start
    text = (
        np.frombuffer(data, dtype=np.uint8, count=start + size)[start:] if data is not None else np.empty(0, np.uint8)
    )
    offsets = offsets - start
    length = np.diff(offsets)
    place = np.arange(size) - np.repeat(offsets[:-1], length)
    powers = np.cumprod(np.full(int(length.max(initial=0)) + 1, BASE, dtype=np.uint64))
    sums = np.concatenate([[np.uint64(0)], np.cumsum((text.astype(np.uint64) + np.uint64(1)) * powers[place])])
    return _mixed(sums[offsets[1:]] - sums[offsets[:-1]])


def _mixed(x: UInt64) -> UInt64:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))

"""Uuids and hashes as numbers, all at once: to sort and to encipher millions of keys without a loop."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

UInt8 = npt.NDArray[np.uint8]
UInt64 = npt.NDArray[np.uint64]

_NIBBLE = np.full(256, 255, dtype=np.uint8)
_NIBBLE[np.frombuffer(b"0123456789abcdef", dtype=np.uint8)] = np.arange(16)
_HYPHENS = np.array([8, 13, 18, 23])
_DIGITS = np.array([i for i in range(36) if i not in _HYPHENS])


def blocks(keys: pa.StringArray, *, widths: tuple[int, ...] = (36, 32)) -> tuple[UInt8, npt.NDArray[np.bool_]]:
    """uint8[n, 16] of keys that are uuids (36) or bare hex digits (32), and bool[n]: which are; the others are 0."""
    found = np.zeros((len(keys), 16), dtype=np.uint8)
    offsets, data = _text(keys)
    lengths = np.diff(offsets)
    known = np.zeros(len(keys), dtype=bool)
    for width in widths:
        rows = np.flatnonzero(lengths == width)
        if not len(rows):
            continue
        letters = _letters(data, offsets, rows, width)
        digits = letters[:, _DIGITS] if width == 36 else letters
        nibbles = _NIBBLE[digits]
        sound = (nibbles < 16).all(axis=1)
        if width == 36:
            sound &= (letters[:, _HYPHENS] == ord("-")).all(axis=1)
        found[rows[sound]] = nibbles[sound, 0::2] * 16 + nibbles[sound, 1::2]
        known[rows[sound]] = True
    return found, known


def numbers(keys: pa.StringArray) -> tuple[UInt64, UInt64] | None:
    """(upper, lower) uint64[n] of keys in one form, which sort as their text does; None if any is something else."""
    if keys.null_count or not len(keys):
        return None
    offsets, _ = _text(keys)
    if len(np.unique(np.diff(offsets))) > 1:
        return None  # a uuid and a bare hash do not sort by their numbers
    found, known = blocks(keys)
    if not known.all():
        return None
    halves = np.ascontiguousarray(found).view(">u8")
    return halves[:, 0].astype(np.uint64), halves[:, 1].astype(np.uint64)


def _text(keys: pa.StringArray) -> tuple[npt.NDArray[np.int32], UInt8]:
    buffers = keys.buffers()
    offsets = np.frombuffer(buffers[1], dtype=np.int32)[keys.offset : keys.offset + len(keys) + 1]
    data = np.zeros(0, dtype=np.uint8) if buffers[2] is None else np.frombuffer(buffers[2], dtype=np.uint8)
    return offsets, data


def _letters(data: UInt8, offsets: npt.NDArray[np.int32], rows: npt.NDArray[np.int64], width: int) -> UInt8:
    """uint8[rows, width]: the bytes of these keys; a view where they lie one after another."""
    first = int(offsets[rows[0]])
    if len(rows) == len(offsets) - 1:
        return data[first : first + width * len(rows)].reshape(-1, width)
    return data[offsets[rows][:, None] + np.arange(width)]

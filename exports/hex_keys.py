"""Uuids and hashes as numbers, all at once: to sort and to encipher millions of keys without a loop."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

UInt8 = npt.NDArray[np.uint8]
UInt64 = npt.NDArray[np.uint64]

_NIBBLE = np.full(256, 255, dtype=np.uint8)
_NIBBLE[np.frombuffer(b"0123456789abcdef", dtype=np.uint8)] = np.arange(16)
_HYPHENS = (8, 13, 18, 23)
_PARTS = {36: ((0, 8), (9, 13), (14, 18), (19, 23), (24, 36)), 32: ((0, 32),)}
_UPPER = {36: ((0, 8), (9, 13), (14, 18)), 32: ((0, 16),)}


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
        packed, sound = _packed(_letters(data, offsets, rows, width), _PARTS[width])
        if len(rows) == len(keys) and sound.all():
            return packed, np.ones(len(keys), dtype=bool)
        found[rows[sound]] = packed[sound]
        known[rows[sound]] = True
    return found, known


def uppers(keys: pa.StringArray) -> tuple[UInt64, int] | None:
    """uint64[n], the upper halves of keys in one form, and their width; None if any is something else.

    Where two differ, they sort as their texts do; where they are equal, only the texts can tell.
    """
    if keys.null_count or not len(keys):
        return None
    offsets, data = _text(keys)
    width = int(offsets[1] - offsets[0])
    if width not in _UPPER or offsets[-1] - offsets[0] != width * len(keys) or (np.diff(offsets) != width).any():
        return None
    first = int(offsets[0])
    letters = data[first : first + width * len(keys)].reshape(-1, width)
    packed, sound = _packed(letters, _UPPER[width])
    return (packed.view(">u8")[:, 0].astype(np.uint64), width) if sound.all() else None


def _packed(letters: UInt8, parts: tuple[tuple[int, int], ...]) -> tuple[UInt8, npt.NDArray[np.bool_]]:
    """uint8[n, k] of the digits in these columns, two a byte, and bool[n]: whether all are digits, hyphens between."""
    rows, width = letters.shape
    nibbles = np.concatenate([_NIBBLE[letters[:, start:stop]] for start, stop in parts], axis=1)
    sound = (nibbles.max(axis=1) < 16) if rows else np.ones(0, dtype=bool)
    if width == 36:
        for place in _HYPHENS[: len(parts) - 1]:
            sound &= letters[:, place] == ord("-")
    return np.ascontiguousarray(nibbles[:, 0::2] << 4 | nibbles[:, 1::2] & 15), sound


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

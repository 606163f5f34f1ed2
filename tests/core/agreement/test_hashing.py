"""Hashes of names: by definition, the same for the same name wherever it stands, evenly spread."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from annotation.agreement.hashing import hashed

MASK = (1 << 64) - 1
BASE = 0x9E3779B97F4A7C15


def by_loops(name: str) -> int:
    x, power = 0, 1
    for byte in name.encode():
        power = power * BASE & MASK
        x = (x + (byte + 1) * power) & MASK
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


NAMES = ["", "a", "b", "ab", "ba", "a\0", "i00000001", "i00000010", "überall", "日本", "x" * 300]


def test_by_definition():
    assert hashed(pa.array(NAMES)).tolist() == [by_loops(name) for name in NAMES]
    assert len(set(hashed(pa.array(NAMES)).tolist())) == len(NAMES)


def test_place_in_the_array_does_not_matter():
    whole = hashed(pa.array(NAMES))
    assert hashed(pa.array(NAMES)[3:7]).tolist() == whole[3:7].tolist()
    assert hashed(pa.array(NAMES[::-1])).tolist() == whole[::-1].tolist()
    assert hashed(pa.array([], pa.string())).tolist() == []


def test_consecutive_names_are_spread_evenly():
    groups = hashed(pa.array([f"i{k:08d}" for k in range(200_000)])) % np.uint64(1000)
    counts = np.bincount(groups.astype(np.int64), minlength=1000)
    assert ((counts - 200) ** 2 / 200).sum() == pytest.approx(1000, abs=200)  # chi-squared with 999 degrees of freedom

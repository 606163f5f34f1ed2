"""Texts as sets of hashed character n-grams, many at a time, and their MinHash signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harmonize.corpora.identity import normalised

UInt64 = npt.NDArray[np.uint64]
Int64 = npt.NDArray[np.int64]

WIDTH = 5  # characters of a shingle
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, eq=False)
class Shingles:
    """Sorted distinct hashes of each text's shingles: text i has ``hashes[starts[i]:starts[i + 1]]``; none is empty."""

    hashes: UInt64
    starts: Int64

    def of(self, text: int) -> UInt64:
        """The shingles of one text."""
        return self.hashes[self.starts[text] : self.starts[text + 1]]


def shingled(texts: Sequence[str], width: int = WIDTH) -> Shingles:
    """The shingles of texts, normalised as exact duplicates are (case, width of characters, spacing).

    A text shorter than ``width`` characters is padded to one shingle, so that equal short texts are alike.
    """
    padded = [normalised(text).ljust(width, "\0") for text in texts]
    points = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.fromiter((len(text) for text in padded), dtype=np.int64, count=len(padded))
    counts = lengths - width + 1
    ends = np.cumsum(lengths)
    first = np.repeat(ends - lengths, counts) + _within(counts)
    hashes: UInt64 = np.zeros(len(first), dtype=np.uint64)
    for place in range(width):
        hashes = _mixed(hashes * np.uint64(1_000_003) + points[first + place].astype(np.uint64))
    owner = np.repeat(np.arange(len(padded), dtype=np.int64), counts)
    order = np.lexsort((hashes, owner))
    hashes, owner = hashes[order], owner[order]
    fresh = np.ones(len(hashes), dtype=np.bool_)
    fresh[1:] = (hashes[1:] != hashes[:-1]) | (owner[1:] != owner[:-1])
    sizes = np.bincount(owner[fresh], minlength=len(padded))
    return Shingles(hashes[fresh], np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def signatures(shingles: Shingles, size: int, seed: int = 1) -> UInt64:
    """uint64[texts, size]: for each of ``size`` hash functions the least hash of a text's shingles (Broder 1997).

    The chance that two texts agree in a column is the Jaccard similarity of their shingle sets.
    """
    rng = np.random.default_rng(seed)
    keys = rng.integers(1, 2**63, size=size, dtype=np.uint64) | np.uint64(1)
    found = np.empty((len(shingles.starts) - 1, size), dtype=np.uint64)
    for column, key in enumerate(keys):
        mixed = shingles.hashes * key
        mixed ^= mixed >> np.uint64(32)
        mixed *= _MIX[0]
        found[:, column] = np.minimum.reduceat(mixed, shingles.starts[:-1]) if len(found) else 0
    return found


def jaccard(one: UInt64, other: UInt64) -> float:
    """The Jaccard similarity of two sorted sets of hashes, 0 to 1."""
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)


def _mixed(values: UInt64) -> UInt64:
    values = (values ^ (values >> np.uint64(30))) * _MIX[0]
    values = (values ^ (values >> np.uint64(27))) * _MIX[1]
    return values ^ (values >> np.uint64(31))


def _within(counts: Int64) -> Int64:
    """0, 1, ... counts[0]-1, 0, 1, ... counts[1]-1, and so on."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0, dtype=np.int64) - np.repeat(ends - counts, counts)

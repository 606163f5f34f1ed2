"""Near duplicates: MinHash bands propose pairs, the true Jaccard similarity decides, and groups stay tight.

Nothing is deleted: a group tells which items say nearly the same, so that they are flagged and kept on one side of a
split. Method: Broder 1997 (MinHash); Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, ch. 3 (bands).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harmonize.corpora.shingles import Shingles, UInt64, jaccard, joined, shingled, signatures

Pairs = npt.NDArray[np.int64]

ROWS = 5  # hash values of a band
BANDS = 20  # at Jaccard .8 a pair is missed with probability (1 - .8 ** 5) ** 20 = .0004, at .5 met with .47
BLOCK = 50_000  # texts that are hashed at a time
CROWD = 64  # texts in one bucket beyond which each is compared with its first and with its neighbours only


@dataclass(frozen=True, slots=True)
class Match:
    """Two texts, by position (``first`` < ``second``), and the verified Jaccard similarity of their shingles."""

    first: int
    second: int
    similarity: float


@dataclass(frozen=True)
class Groups:
    """``matches``: every verified pair found. ``leader``: int64[texts], the first text of each text's group."""

    matches: list[Match]
    leader: npt.NDArray[np.int64]

    def members(self) -> dict[int, list[int]]:
        """Leader -> its group, for groups of two or more."""
        found: dict[int, list[int]] = {}
        for text in np.flatnonzero(self.leader != np.arange(len(self.leader))):
            found.setdefault(int(self.leader[text]), [int(self.leader[text])]).append(int(text))
        return found


def near_duplicates(texts: Sequence[str], *, threshold: float = 0.8, seed: int = 1) -> Groups:
    """Pairs of texts whose shingle sets have a Jaccard similarity of at least ``threshold``, and groups around leaders.

    A text joins the group of the earliest leader that it is itself alike to: A like B and B like C puts C with A only
    if C is like A, so that no chain of small steps grows into a heap.
    """
    if not len(texts):
        return Groups([], np.zeros(0, dtype=np.int64))
    shingles, bands = _marked(texts, seed)
    matches = sorted(_verified(_met(bands), shingles, threshold))
    found = [Match(first, second, similarity) for first, second, similarity in matches]
    return Groups(found, _led(found, len(texts)))


def candidates(marks: UInt64) -> Pairs:
    """int64[pairs, 2]: distinct pairs, smaller first, that agree in all rows of at least one band."""
    return _met(_bands(marks))


def _marked(texts: Sequence[str], seed: int) -> tuple[Shingles, UInt64]:
    """The shingles of all texts, and one hash a text and band; in blocks, as signatures are five times as large."""
    parts: list[Shingles] = []
    bands = np.empty((len(texts), BANDS), dtype=np.uint64)
    for start in range(0, len(texts), BLOCK):
        parts.append(shingled(texts[start : start + BLOCK]))
        bands[start : start + BLOCK] = _bands(signatures(parts[-1], ROWS * BANDS, seed))
    return joined(parts), bands


def _bands(marks: UInt64) -> UInt64:
    """uint64[texts, bands] of uint64[texts, bands * rows]."""
    return np.stack([_band(marks[:, start : start + ROWS]) for start in range(0, marks.shape[1], ROWS)], axis=1)


def _met(bands: UInt64) -> Pairs:
    """Distinct pairs whose hashes are equal in a band."""
    count = len(bands)
    keys = np.unique(np.concatenate([_keys(_pairs(bands[:, band]), count) for band in range(bands.shape[1])]))
    return np.stack([keys // count, keys % count], axis=1) if count else np.zeros((0, 2), dtype=np.int64)


def _keys(pairs: Pairs, count: int) -> npt.NDArray[np.int64]:
    """One number a pair: sorting these is many times faster than sorting rows."""
    keys: npt.NDArray[np.int64] = pairs[:, 0] * count + pairs[:, 1]
    return np.unique(keys)


def _band(rows: UInt64) -> UInt64:
    """One hash for the rows of a band."""
    found: UInt64 = np.zeros(len(rows), dtype=np.uint64)
    for column in range(rows.shape[1]):
        found = (found ^ rows[:, column]) * np.uint64(0x9E3779B97F4A7C15)
        found ^= found >> np.uint64(29)
    return found


def _pairs(band: UInt64) -> Pairs:
    """Pairs of texts with equal hashes: each with the first of its run, and with the next ones up to `CROWD` away."""
    order = np.argsort(band, kind="stable")
    hashes = band[order]
    opens = np.concatenate([[True], hashes[1:] != hashes[:-1]])
    first = np.maximum.accumulate(np.where(opens, np.arange(len(hashes)), 0))
    later = np.flatnonzero(~opens)
    found: list[Pairs] = [np.stack([order[first[later]], order[later]], axis=1)]
    for step in range(1, CROWD):
        same = np.flatnonzero(hashes[step:] == hashes[:-step])
        if not len(same):
            break
        found.append(np.stack([order[same], order[same + step]], axis=1))
    return np.sort(np.concatenate(found), axis=1)


def _verified(pairs: Pairs, shingles: Shingles, threshold: float) -> Iterator[tuple[int, int, float]]:
    sizes = np.diff(shingles.starts)
    if len(pairs):  # a much smaller set cannot be alike: J <= min / max
        small, large = np.minimum(*sizes[pairs].T), np.maximum(*sizes[pairs].T)
        pairs = pairs[small >= threshold * large]
    for first, second in pairs.tolist():
        similarity = jaccard(shingles.of(first), shingles.of(second))
        if similarity >= threshold:
            yield first, second, similarity


def _led(matches: Sequence[Match], count: int) -> npt.NDArray[np.int64]:
    """Each text's leader: the earliest match that leads itself."""
    leader = np.arange(count, dtype=np.int64)
    earlier: dict[int, list[int]] = {}
    for match in matches:
        earlier.setdefault(match.second, []).append(match.first)
    for text in sorted(earlier):
        leads = [other for other in sorted(earlier[text]) if leader[other] == other]
        if leads:
            leader[text] = leads[0]
    return leader

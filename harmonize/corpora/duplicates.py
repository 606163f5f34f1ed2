"""Near duplicates: MinHash bands propose pairs, the true Jaccard similarity decides, and groups stay tight.

Nothing is deleted: a group tells which items say nearly the same, so that they are flagged and kept on one side of a
split. Method: Broder 1997 (MinHash); Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, ch. 3 (bands).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harmonize.corpora.shingles import UInt64, jaccard, shingled, signatures

Pairs = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]

HASHES = 100  # of a signature
MOST_ROWS = (
    5  # hash values of a band: 20 bands of 5 at Jaccard .8 miss a pair with probability (1 - .8 ** 5) ** 20 = .0004
)
MISSED = 0.01  # probability of missing a pair at the threshold, at most
MARGIN = 5.0  # standard errors below the threshold at which a pair's signatures already tell that it is not alike
BLOCK = 50_000  # texts that are hashed at a time, and pairs that are looked at
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
    marks = _marked(texts, rows_of(threshold), seed)
    found = [Match(*match) for match in sorted(_verified(_likely(marks, threshold), texts, threshold))]
    return Groups(found, _led(found, len(texts)))


def rows_of(threshold: float) -> int:
    """Hash values of a band, 1 to 5: the most, as each spares comparisons, that find a pair at the threshold 99 times
    in 100. Of bands of r values, ``100 // r`` in number, one agrees with probability 1 - (1 - J^r)^(100 // r)."""
    found = (rows for rows in range(MOST_ROWS, 1, -1) if (1 - threshold**rows) ** (HASHES // rows) <= MISSED)
    return next(found, 1)


@dataclass(frozen=True)
class _Marks:
    """About 300 bytes a text: uint64[texts, bands] hashes of its bands, uint8[texts, 100] the last byte of each hash of
    its signature, int64[texts] its number of shingles. The signatures themselves would take thrice as much."""

    bands: UInt64
    bytes: npt.NDArray[np.uint8]
    sizes: npt.NDArray[np.int64]


def _marked(texts: Sequence[str], rows: int, seed: int) -> _Marks:
    """The marks of all texts, made in blocks."""
    count, bands = len(texts), HASHES // rows
    marks = _Marks(np.empty((count, bands), np.uint64), np.empty((count, HASHES), np.uint8), np.empty(count, np.int64))
    for start in range(0, count, BLOCK):
        shingles = shingled(texts[start : start + BLOCK])
        signed = signatures(shingles, HASHES, seed)
        here = slice(start, start + BLOCK)
        marks.sizes[here] = np.diff(shingles.starts)
        marks.bytes[here] = signed.astype(np.uint8)
        for band in range(bands):
            marks.bands[here, band] = _band(signed[:, band * rows : (band + 1) * rows])
    return marks


def _likely(marks: _Marks, threshold: float) -> Pairs:
    """int64[pairs, 2]: distinct pairs, smaller first, that agree in a band and in about ``threshold`` of their bytes.

    Two signatures agree in a share J of their places, with a standard error of sqrt(J (1 - J) / 100).
    """
    count, least = len(marks.sizes), threshold - MARGIN * np.sqrt(threshold * (1 - threshold) / HASHES)
    keys: Places = np.zeros(
        0, dtype=np.int64
    )  # one number a pair: sorting these is many times faster than sorting rows
    for band in range(marks.bands.shape[1]):
        kept = [keys]
        for first, second in _met(marks.bands[:, band]):
            one, other = marks.sizes[first], marks.sizes[second]
            alike = np.minimum(one, other) >= threshold * np.maximum(one, other)  # as J <= smaller / larger
            first, second = first[alike], second[alike]
            agreed = (marks.bytes[first] == marks.bytes[second]).mean(axis=1) >= least
            kept.append(first[agreed] * count + second[agreed])
        keys = np.unique(np.concatenate(kept))
    return np.stack([keys // count, keys % count], axis=1)


def _band(rows: UInt64) -> UInt64:
    """One hash for the rows of a band."""
    found: UInt64 = np.zeros(len(rows), dtype=np.uint64)
    for column in range(rows.shape[1]):
        found = (found ^ rows[:, column]) * np.uint64(0x9E3779B97F4A7C15)
        found ^= found >> np.uint64(29)
    return found


def _met(band: UInt64) -> Iterator[tuple[Places, Places]]:
    """Pairs of texts with equal hashes, at most `BLOCK` at a time, the earlier text first: each with the first of its
    run, and with the next ones up to `CROWD` away."""
    order = np.argsort(band, kind="stable")
    hashes = band[order]
    opens = np.concatenate([[True], hashes[1:] != hashes[:-1]])
    first = np.maximum.accumulate(np.where(opens, np.arange(len(hashes)), 0))
    later = np.flatnonzero(~opens)
    yield from _in_blocks(order[first[later]], order[later])
    for step in range(1, CROWD):
        same = np.flatnonzero(hashes[step:] == hashes[:-step])
        if not len(same):
            break
        yield from _in_blocks(order[same], order[same + step])


def _in_blocks(first: Places, second: Places) -> Iterator[tuple[Places, Places]]:
    for start in range(0, len(first), BLOCK):
        yield first[start : start + BLOCK], second[start : start + BLOCK]


def _verified(pairs: Pairs, texts: Sequence[str], threshold: float) -> Iterator[tuple[int, int, float]]:
    """The pairs that are truly alike; their shingles are made anew, block by block, rather than kept for all texts."""
    for start in range(0, len(pairs), BLOCK):
        block = pairs[start : start + BLOCK]
        named, place = np.unique(block, return_inverse=True)
        shingles = shingled([texts[text] for text in named])
        for (first, second), (one, other) in zip(block.tolist(), place.reshape(-1, 2).tolist(), strict=True):
            similarity = jaccard(shingles.of(one), shingles.of(other))
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

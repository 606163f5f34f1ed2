"""Designs: tuples of items such that each item comes equally often and the same two meet as seldom as can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from harmonize.problems import ChoraleError
from harmonize.records import Int64


def balanced(items: int, *, size: int, per_item: int, seed: int = 0) -> Int64:
    """Tuples int64[m, size] of item codes 0..items-1, m = ceil(items * per_item / size).

    Each item is in ``per_item`` tuples (one more, for the few that fill the last tuple up), never twice in one; no two
    tuples are the same where that can be; exchanges between tuples make pairs that meet twice as few as they find
    (Kiritchenko and Mohammad 2016 draw such 4-tuples at random). The same seed gives the same design. ChoraleError
    `design-size` for tuples of fewer than two items or more than there are.

    >>> balanced(6, size=2, per_item=2, seed=1).shape
    (6, 2)
    """
    if not 2 <= size <= items or per_item < 1:
        raise ChoraleError("design-size", f"{items} items make no tuples of {size}, {per_item} an item.", "Change one.")
    rng = np.random.default_rng(seed)
    count = -(-items * per_item // size)
    fill = rng.permutation(items)[: count * size - items * per_item]
    flat = np.concatenate([*(rng.permutation(items) for _ in range(per_item)), fill])
    tuples = [list(row) for row in flat.reshape(count, size).tolist()]
    met: Counter[tuple[int, int]] = Counter(pair for row in tuples for pair in _pairs(row))
    for _ in range(8):  # sweeps; the first ones mend nearly all
        bad = [n for n, row in enumerate(tuples) if _cost(row, met) > 0]
        if not bad:
            break
        for place in bad:
            _mend(tuples, place, met, rng)
    return np.asarray([rng.permutation(row) for row in tuples], dtype=np.int64)


def design_facts(tuples: Int64, items: int) -> dict[str, int]:
    """{tuples, least and most times an item comes, most times two items meet, pairs that meet more than once}."""
    times = np.bincount(tuples.ravel(), minlength=items)
    met = Counter(pair for row in tuples.tolist() for pair in _pairs(row))
    return {
        "tuples": len(tuples),
        "least": int(times.min()),
        "most": int(times.max()),
        "meet": max(met.values()),
        "again": sum(count > 1 for count in met.values()),
    }


def _pairs(row: list[int]) -> Iterator[tuple[int, int]]:
    for one, two in combinations(row, 2):
        yield (one, two) if one < two else (two, one)


def _cost(row: list[int], met: Counter[tuple[int, int]]) -> int:
    """How often the pairs of a tuple meet elsewhere; an item beside itself weighs more than anything."""
    return sum(1_000_000 if one == two else met[one, two] - 1 for one, two in _pairs(row))


def _mend(tuples: list[list[int]], place: int, met: Counter[tuple[int, int]], rng: np.random.Generator) -> None:
    """Exchange members of one tuple with members of others while that lowers what both cost."""
    for _ in range(200):
        cost = _cost(tuples[place], met)
        if not cost:
            return
        other = int(rng.integers(len(tuples)))
        if other == place:
            continue
        mine, theirs = int(rng.integers(len(tuples[place]))), int(rng.integers(len(tuples[other])))
        before = cost + _cost(tuples[other], met)
        _exchange(tuples, met, place, mine, other, theirs)
        if _cost(tuples[place], met) + _cost(tuples[other], met) >= before:
            _exchange(tuples, met, place, mine, other, theirs)


def _exchange(
    tuples: list[list[int]], met: Counter[tuple[int, int]], one: int, mine: int, two: int, theirs: int
) -> None:
    met.subtract(pair for row in (tuples[one], tuples[two]) for pair in _pairs(row))
    tuples[one][mine], tuples[two][theirs] = tuples[two][theirs], tuples[one][mine]
    met.update(pair for row in (tuples[one], tuples[two]) for pair in _pairs(row))

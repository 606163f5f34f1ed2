"""Check items: does an answer agree with one that is known?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from harmonize.problems import ChoraleError
from harmonize.records import Kind

OVERLAP = 0.5  # least Jaccard index of two label sets
REACH = 0.25  # of a dimension's range


def agrees(
    kind: Kind,
    *,
    said: Collection[int] | Sequence[float | None] | None,
    known: Collection[int] | Sequence[float | None],
    ranges: Sequence[float] = (),
) -> bool:
    """Whether what a rater ``said`` counts as right beside the ``known`` answer (Chorale's rule).

    SINGLE: the same label. SET, INTENSITY: |A and B| / |A or B| >= 1/2, two empty sets agree. DIMENSION: each known
    value is met within a quarter of the dimension's ``ranges``. None: the rater did not answer, which is not right.

    >>> agrees(Kind.SET, said={1, 2}, known={2}), agrees(Kind.SET, said={1, 2, 3}, known={3})
    (True, False)
    >>> agrees(Kind.DIMENSION, said=[5.0, 2.0], known=[7.0, None], ranges=[8.0, 8.0])
    True
    """
    if said is None:
        return False
    if kind == Kind.DIMENSION:
        if not len(said) == len(known) == len(ranges):
            raise ChoraleError("check-dimensions", "Said, known and ranges differ in length.")
        pairs = zip(said, known, ranges, strict=True)
        return all(k is None or (s is not None and abs(s - k) <= REACH * width) for s, k, width in pairs)
    mine, right = set(said), set(known)
    if kind == Kind.SINGLE:
        return mine == right
    return not mine | right or len(mine & right) / len(mine | right) >= OVERLAP

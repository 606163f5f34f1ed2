"""The items on which raters disagree most, with all of their votes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annotation.agreement.answers import numbers
from annotation.raters.company import company
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind


@dataclass(frozen=True)
class HardItem:
    """One item: its disagreement (0.., mean squared distance of two raters, summed over labels), n, and its votes.

    ``votes``: raters who marked each label (labels without votes left out), or the ratings of each dimension.
    """

    item: str
    disagreement: float
    n: int
    votes: dict[str, int] | dict[str, list[float]]


def hardest(j: Judgments, *, top: int = 20, least: int = 2) -> tuple[HardItem, ...]:
    """The ``top`` items by disagreement among those with ``least`` judgments or more; ties by item id.

    Disagreement: mean over pairs of raters of the squared distance between their answers (labels as 0 and 1, halved
    for SINGLE so that it is the share of disagreeing pairs; native units for DIMENSION).
    """
    if least < 2:
        raise ChoraleError("least", "Disagreement needs two judgments.", "least >= 2.")
    score, n = disagreement(j)
    names = np.array(j.items.to_pylist(), dtype=object)
    usable = np.flatnonzero((n >= least) & ~np.isnan(score))
    order = usable[np.lexsort((names[usable].astype(str), -score[usable]))][:top]
    return tuple(HardItem(str(names[i]), float(score[i]), int(n[i]), _votes(j, int(i))) for i in order)


def disagreement(j: Judgments) -> tuple[Float64, np.typing.NDArray[np.int64]]:
    """Mean squared distance of two raters of each item [I], NaN below two; and counted judgments [I]."""
    size = len(j.items)
    n = np.bincount(j.item[j.counted], minlength=size)
    if j.kind == Kind.DIMENSION:
        total = np.zeros(size)
        for column in range(len(j.labels)):
            item, value = numbers(j, column)
            m = np.bincount(item, minlength=size).astype(np.float64)
            one, two = (np.bincount(item, weights=value**k, minlength=size) for k in (1, 2))
            total += np.where(m > 1, 2 * np.maximum(m * two - one * one, 0) / np.maximum(m * (m - 1), 1), 0.0)
        return np.where(n > 1, total, np.nan), n
    votes = company(j).votes
    pairs = 2 * (n[:, None] * votes - votes**2).sum(axis=1) / np.maximum(n * (n - 1.0), 1)
    return np.where(n > 1, pairs / (2 if j.kind == Kind.SINGLE else 1), np.nan), n


def _votes(j: Judgments, item: int) -> dict[str, int] | dict[str, list[float]]:
    own = j.select(j.counted & (j.item == item))
    if own.values is not None:
        return {name: [float(x) for x in own.values[:, k]] for k, name in enumerate(j.labels)}
    assert own.label is not None
    counts = np.bincount(own.label, minlength=len(j.labels))
    return {name: int(counts[k]) for k, name in enumerate(j.labels) if counts[k]}

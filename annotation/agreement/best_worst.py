"""Best-worst scaling: scores from choices, and split-half reliability (Kiritchenko and Mohammad 2017, P17-2074)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annotation.agreement.coefficient import Coefficient
from annotation.agreement.halves import split_half_of
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Int64


@dataclass(frozen=True, eq=False)
class Choices:
    """n answers to best-worst questions: ``members`` int64[n, k] item codes, ``best`` and ``worst`` int64[n] of them.

    ``items``: how many items there are. Rows with the same members (in any order) are answers to one question.
    """

    members: Int64
    best: Int64
    worst: Int64
    items: int

    def __post_init__(self) -> None:
        for name in ("best", "worst"):
            if len(self.members) and not (self.members == getattr(self, name)[:, None]).any(axis=1).all():
                raise ChoraleError("best-worst", f"A {name} item is not among the members of its question.")
        if (self.best == self.worst).any():
            raise ChoraleError("best-worst", "An item is best and worst of one question.")


def scores(c: Choices, rows: Bool | None = None) -> Float64:
    """(times best - times worst) / times shown of each item [items], -1..1; NaN for items never shown."""
    use = np.ones(len(c.members), dtype=np.bool_) if rows is None else rows
    shown = np.bincount(c.members[use].ravel(), minlength=c.items)
    gained = np.bincount(c.best[use], minlength=c.items) - np.bincount(c.worst[use], minlength=c.items)
    return np.asarray(gained / np.where(shown > 0, shown, np.nan))


def split_half(
    c: Choices, *, method: str = "spearman", rounds: int = 100, seed: int = 0, level: float = 0.95
) -> Coefficient:
    """Mean correlation of the scores from two random halves of each question's answers: `halves.split_half_of`."""
    _, question = np.unique(np.sort(c.members, axis=1), axis=0, return_inverse=True)
    question = question.reshape(-1)
    return split_half_of(
        lambda rows: scores(c, rows), question, items=c.items, method=method, rounds=rounds, seed=seed, level=level
    )

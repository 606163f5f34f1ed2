"""Hard labels: one view of the votes each, with what it left undecided. The votes are always kept beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from annotation.aggregation.votes import marked_above, shares, summed_marks
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Int32, Judgments, Kind, Semantics, SoftLabels


@dataclass(frozen=True, eq=False)
class HardLabels:
    """Present or not, for each item and label: ``present`` bool[I, L], valid where ``decided`` bool[I].

    An item is undecided where nobody answered it or the rule gives no answer (a tie, no majority); ``n`` int32[I].
    """

    kind: Kind
    items: pa.StringArray
    labels: tuple[str, ...]
    present: Bool
    decided: Bool
    n: Int32
    method: str

    @property
    def soft(self) -> SoftLabels:
        """The same as 0 and 1, NaN where undecided; no entropy, since a rule's outcome has none."""
        semantics = Semantics.DISTRIBUTION if self.kind == Kind.SINGLE else Semantics.PROPORTIONS
        values = np.where(self.decided[:, None], self.present.astype(np.float64), np.nan)
        return SoftLabels(semantics, self.items, self.labels, values, self.n, self.method)


def plurality(j: Judgments) -> HardLabels:
    """The label with most votes (SINGLE); a tie for the first place is undecided."""
    _need_single(j, "majority or threshold")
    p, n = shares(j)
    best = np.nanmax(np.where(np.isnan(p), -1.0, p), axis=1)
    present: Bool = np.asarray(p == best[:, None], dtype=np.bool_)
    decided: Bool = np.asarray((n > 0) & (present.sum(axis=1) == 1))
    return _made(j, present, decided, n, "plurality")


def majority(j: Judgments) -> HardLabels:
    """Labels with more than half of the raters. SINGLE: undecided without one; SET: none may be present."""
    p, n = shares(_marks(j))
    present: Bool = np.asarray(p > 0.5)
    decided: Bool = np.asarray(n > 0 if j.kind != Kind.SINGLE else present.any(axis=1))
    return _made(j, present, decided, n, "majority")


def threshold(j: Judgments, *, share: float = 0.0, votes: int = 1) -> HardLabels:
    """Labels with at least ``share`` (0..1) of the raters and at least ``votes`` of them, as a set."""
    if not 0 <= share <= 1 or votes < 1:
        raise ChoraleError("threshold", f"share={share}, votes={votes} is no threshold.", "share in 0..1, votes >= 1.")
    counts, n = _marks(j).counts()
    need = np.maximum(share * n - 1e-9, votes)[:, None]
    return _made(j, counts >= need, n > 0, n, f"threshold(share={share}, votes={votes})", kind=Kind.SET)


def union(j: Judgments) -> HardLabels:
    """Labels that any rater marked ("all-inclusive"), as a set."""
    counts, n = _marks(j).counts()
    return _made(j, counts > 0, n > 0, n, "union", kind=Kind.SET)


def intersection(j: Judgments) -> HardLabels:
    """Labels that every counted rater marked, as a set."""
    counts, n = _marks(j).counts()
    return _made(j, (counts == n[:, None]) & (n > 0)[:, None], n > 0, n, "intersection", kind=Kind.SET)


def brighter_rule(j: Judgments) -> HardLabels:
    """BRIGHTER's published rule: present if at least two raters mark it above 0 and the mean over all is above 0.5.

    Over the raters who answered; a rater who did not mark a label gives it 0. INTENSITY (levels 0..3), or SET,
    where a mark is 1. Source: Muhammad et al. 2025 (arXiv:2502.11926), and its published track A labels.
    """
    if j.kind not in (Kind.INTENSITY, Kind.SET):
        raise ChoraleError("judgments-kind", f"BRIGHTER's rule needs strengths or sets, not {j.kind}.")
    assert j.label is not None
    strength = np.ones(len(j.label)) if j.strength is None else j.strength.astype(np.float64)
    marked = summed_marks(j, (strength > 0).astype(np.float64))
    n = np.bincount(j.item[j.counted], minlength=len(j.items))
    mean = summed_marks(j, strength) / np.where(n > 0, n, np.nan)[:, None]
    return _made(j, (marked >= 2) & (mean > 0.5), n > 0, n, "brighter-rule", kind=Kind.SET)


def emotionlines_rule(j: Judgments) -> HardLabels:
    """EmotionLines' published rule: the label with most votes, unless more than two different emotions were voted.

    Items of three or more different labels (the corpus' "non-neutral") and ties are undecided. SINGLE. Source: Chen
    et al. 2018 (arXiv:1802.08379), five raters an utterance; a label counts as an emotion whichever it is.
    """
    first = plurality(j)
    votes, _ = j.counts()
    decided = first.decided & ((votes > 0).sum(axis=1) <= 2)
    return _made(j, first.present, decided, first.n, "emotionlines-rule")


def _marks(j: Judgments) -> Judgments:
    return marked_above(j, 0.0) if j.kind == Kind.INTENSITY else j


def _need_single(j: Judgments, instead: str) -> None:
    if j.kind != Kind.SINGLE:
        raise ChoraleError("judgments-kind", f"Plurality needs one label a rater, not {j.kind}.", f"Use {instead}.")


def _made(
    j: Judgments, present: Bool, decided: Bool, n: np.typing.NDArray[Any], method: str, kind: Kind | None = None
) -> HardLabels:
    kind = kind or (Kind.SINGLE if j.kind == Kind.SINGLE else Kind.SET)
    shown = present & decided[:, None]
    return HardLabels(kind, j.items, j.labels, shown, decided, np.asarray(n).astype(np.int32), method)

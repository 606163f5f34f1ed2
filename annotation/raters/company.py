"""Each judgment beside the other judgments of its item, in sparse sums: millions of judgments, no dense marks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind


@dataclass(frozen=True, eq=False)
class Company:
    """Counted judgments [n] of label kinds: ``item``, ``rater`` and ``others`` (how many others of the item) int64[n].

    ``marks``: sparse 0/1 [n, L]; ``votes`` [I, L]: marks of all raters; ``weight`` [n]: 1 / others, 0 where alone.
    """

    kind: Kind
    item: Int64
    rater: Int64
    raters: int
    others: Int64
    weight: Float64
    marks: sparse.csr_array
    votes: Float64

    def match(self) -> Float64:
        """Share of the others who agree with each judgment [n], NaN where alone.

        SINGLE: with its label. SET, INTENSITY: of (other, label) cells, marked or not alike.
        """
        own = np.asarray(self.marks.sum(axis=1)).ravel()
        common = self._on_marks(self.votes) - own  # other raters' marks on the labels that this judgment marked
        with np.errstate(invalid="ignore", divide="ignore"):
            others = np.where(self.others > 0, self.others, np.nan)
            if self.kind == Kind.SINGLE:
                return np.asarray(common / others)
            width = self.votes.shape[1]
            theirs = (self.votes.sum(axis=1)[self.item] - own) / others
            return np.asarray((width - theirs - own + 2 * common / others) / width)

    def by_rater(self) -> tuple[Float64, Float64, Float64, Int64]:
        """Sums over each rater's shared judgments: own marks, others' shares, squared gaps, all [R, L], and n [R]."""
        use = (self.others > 0).astype(np.float64)
        own = self._grouped(use)
        seen = self._spread(self.weight)
        theirs = seen @ self.votes - self._grouped(self.weight)
        # sum (mark - share)^2 = sum mark - 2 sum mark share + sum share^2, with share = (votes - mark) / others
        product = self._grouped_votes(self.weight) - self._grouped(self.weight)
        squares = self._spread(self.weight**2)
        share2 = squares @ (self.votes**2) - 2 * self._grouped_votes(self.weight**2) + self._grouped(self.weight**2)
        count = np.bincount(self.rater[self.others > 0], minlength=self.raters)
        return own, theirs, own - 2 * product + share2, count

    def _spread(self, weight: Float64) -> sparse.csr_array:
        return sparse.csr_array((weight, (self.rater, self.item)), shape=(self.raters, len(self.votes)))

    def _grouped(self, weight: Float64) -> Float64:
        rows = sparse.csr_array((weight, (self.rater, np.arange(len(self.item)))), shape=(self.raters, len(self.item)))
        return np.asarray((rows @ self.marks).toarray(), dtype=np.float64)

    def _grouped_votes(self, weight: Float64) -> Float64:
        """Sum over a rater's marks of weight x votes for that label of the item, [R, L]."""
        row, label = self._places()
        cell = self.rater[row] * self.votes.shape[1] + label
        weighted = weight[row] * self.votes[self.item[row], label]
        flat = np.bincount(cell, weights=weighted, minlength=self.raters * self.votes.shape[1])
        return np.asarray(flat, dtype=np.float64).reshape(self.raters, -1)

    def _on_marks(self, votes: Float64) -> Float64:
        row, label = self._places()
        summed = np.bincount(row, weights=votes[self.item[row], label], minlength=len(self.item))
        return np.asarray(summed, dtype=np.float64)

    def _places(self) -> tuple[Int64, Int64]:
        row = np.repeat(np.arange(len(self.item)), np.diff(self.marks.indptr))
        return row, self.marks.indices.astype(np.int64)


def company(j: Judgments) -> Company:
    """Counted judgments of a label kind beside each other; INTENSITY counts a label with a strength above 0."""
    if j.offsets is None or j.label is None:
        raise ChoraleError("judgments-kind", f"{j.kind} judgments mark no labels.", "Numbers have leave_one_out, icc.")
    rows = np.flatnonzero(j.counted)
    strength = np.ones(len(j.label)) if j.strength is None else (j.strength > 0).astype(np.float64)
    marks = sparse.csr_array((strength, j.label.astype(np.int64), j.offsets), shape=(len(j), len(j.labels)))[rows]
    marks.eliminate_zeros()
    item, rater = j.item[rows].astype(np.int64), j.rater[rows].astype(np.int64)
    place = np.repeat(item, np.diff(marks.indptr)) * len(j.labels) + marks.indices
    votes = np.bincount(place, minlength=len(j.items) * len(j.labels)).astype(np.float64)
    others = np.bincount(item, minlength=len(j.items))[item] - 1
    weight = np.divide(1.0, others, out=np.zeros(len(item)), where=others > 0)
    shape = (len(j.items), len(j.labels))
    return Company(j.kind, item, rater, len(j.raters), others, weight, marks, votes.reshape(shape))

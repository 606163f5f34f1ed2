"""Each rater beside the others: agreement with an interval, competence on gold items, confusion, preferences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
import scipy  # its parts load when first used: scipy.stats alone takes 30 MB
from scipy import sparse

from annotation.agreement.answers import refuse_repeats, require, rows_by
from annotation.raters.company import Company, company
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind


@dataclass(frozen=True)
class RaterFigure:
    """One rater's share (0..1) with its interval; ``expected`` is the share chance would give; None where undefined."""

    rater: str
    value: float | None
    low: float | None
    high: float | None
    judgments: int
    items: int
    expected: float | None = None
    reason: str = ""


def agreement_with_others(j: Judgments, *, level: float = 0.95) -> tuple[RaterFigure, ...]:
    """How often each rater says what the others of the same item say, averaged over the rater's shared items.

    SINGLE: the share of others with the same label. SET and INTENSITY: the share of (other, label) cells that agree.
    ``expected``: the same if the rater's answers were dealt to the rater's items at random. Normal interval over items.
    """
    rater_ids(j)
    refuse_repeats(j)
    c = company(j)
    same = c.match()
    expected = _dealt(c)
    names, found = j.raters.to_pylist(), []
    for code, judged in rows_by(c.rater):
        name, own = str(names[code]), judged[c.others[judged] > 0]
        if len(own) < 2:
            reason = "shares fewer than two items with others"
            found.append(RaterFigure(name, None, None, None, len(judged), len(own), reason=reason))
            continue
        value, error = float(same[own].mean()), float(same[own].std(ddof=1) / np.sqrt(len(own)))
        reach = float(scipy.stats.norm.isf((1 - level) / 2)) * error
        low, high = max(value - reach, 0.0), min(value + reach, 1.0)
        found.append(RaterFigure(name, value, low, high, len(judged), len(own), float(expected[code])))
    return tuple(found)


def gold_accuracy(j: Judgments, gold: Judgments, *, level: float = 0.95) -> tuple[RaterFigure, ...]:
    """Share of each rater's judgments of gold items that equal the gold answer, with Wilson's interval.

    SINGLE: the same label; SET: the same set. ``gold``: one judgment an item under the same scheme.
    """
    require(j, Kind.SINGLE, Kind.SET, fix="Gold accuracy needs labels.")
    if (gold.kind, gold.labels) != (j.kind, j.labels):
        raise ChoraleError("schemes-differ", "Gold and judgments are under different schemes.", "Map one first.")
    rater_ids(j)
    rows, answers = np.flatnonzero(j.counted), np.flatnonzero(gold.counted)
    if len(np.unique(gold.item[answers])) < len(answers):
        raise ChoraleError("gold-repeats", "An item has two gold answers.", "Keep one.")
    key = np.full(len(gold.items), -1, dtype=np.int64)
    key[gold.item[answers]] = answers
    place = pc.index_in(j.items, gold.items).fill_null(-1).to_numpy(zero_copy_only=False)
    place = np.where(place >= 0, key[place], -1)[j.item[rows]]
    rows, place = rows[place >= 0], place[place >= 0]
    right = (j.marks()[rows] == gold.marks()[place]).all(axis=1)
    found = []
    for code, own in rows_by(j.rater[rows]):
        interval = scipy.stats.binomtest(int(right[own].sum()), len(own)).proportion_ci(level, method="wilson")
        name, value = str(j.raters[code].as_py()), float(right[own].mean())
        found.append(RaterFigure(name, value, interval.low, interval.high, len(own), len(own)))
    return tuple(found)


def confusion(j: Judgments) -> Float64:
    """Coincidences of labels between raters of the same item [L, L] (SINGLE): symmetric, each item weighs its raters.

    o(k, l) = sum over items of n_k n_l / (m - 1) off the diagonal, n_k (n_k - 1) / (m - 1) on it (Krippendorff 2011).
    Row-normalised it reads: given that one rater said k, what does another say.
    """
    require(j, Kind.SINGLE, fix="Label sets have cooccurrence.")
    votes, m = j.counts()
    used = m >= 2
    n, weight = votes[used].astype(np.float64), 1 / (m[used] - 1.0)
    table = (n * weight[:, None]).T @ n
    table[np.diag_indices_from(table)] -= (n * weight[:, None]).sum(axis=0)
    return np.asarray(table)


def rater_confusion(j: Judgments, rater: str) -> Float64:
    """One rater's labels [L, L] (SINGLE): row, the plurality of the item's other raters; column, the rater's label.

    Counts over the rater's shared items; where the others are tied, the leaders share the item. Raises `ChoraleError`
    for a rater who judged nothing.
    """
    require(j, Kind.SINGLE, fix="Label sets have preference.")
    rater_ids(j)
    refuse_repeats(j)
    names = j.raters.to_pylist()
    if rater not in names:
        raise ChoraleError("no-such-rater", f"{rater!r} judged nothing here.", f"Raters: {names[:5]}…")
    c = company(j)
    own = np.flatnonzero((c.rater == names.index(rater)) & (c.others > 0))
    marks = c.marks[own].toarray().astype(np.float64)
    rest = c.votes[c.item[own]] - marks
    lead = (rest == rest.max(axis=1, keepdims=True)).astype(np.float64)
    return np.asarray((lead / lead.sum(axis=1, keepdims=True)).T @ marks)


def rater_confusions(j: Judgments) -> tuple[tuple[str, ...], Float64]:
    """`rater_confusion` of every rater who judged at once: their names [R] and tables [R, L, L] (SINGLE)."""
    require(j, Kind.SINGLE, fix="Label sets have preference.")
    rater_ids(j)
    refuse_repeats(j)
    c = company(j)
    used, place = np.unique(c.rater, return_inverse=True)
    rest = c.votes[c.item] - c.marks
    lead = (rest == rest.max(axis=1, keepdims=True)).astype(np.float64)
    lead *= (c.others > 0)[:, None] / lead.sum(axis=1, keepdims=True)
    answer = c.marks.indices
    tables = np.zeros((len(used), len(j.labels), len(j.labels)))
    for label in range(len(j.labels)):
        own = np.flatnonzero(answer == label)
        belongs = sparse.csr_array((np.ones(len(own)), (place[own], np.arange(len(own)))), shape=(len(used), len(own)))
        tables[:, :, label] = belongs @ lead[own]
    names = j.raters.to_pylist()
    return tuple(str(names[code]) for code in used), tables


def cooccurrence(j: Judgments) -> Float64:
    """How often two labels are marked in one judgment [L, L] (SET, INTENSITY); each label's count on the diagonal."""
    require(j, Kind.SET, Kind.INTENSITY, fix="Single labels have confusion.")
    marks = company(j).marks
    return np.asarray((marks.T @ marks).toarray(), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Preference:
    """``own``, ``others`` [R, L]: share of a rater's shared judgments, and of the others' there, with a label.

    ``z`` [R, L]: their difference in standard errors over the rater's shared items; NaN where nothing is shared.
    """

    raters: tuple[str, ...]
    own: Float64
    others: Float64
    z: Float64
    items: Int64


def preference(j: Judgments) -> Preference:
    """Which labels each rater uses more or less than the other raters of the same items do."""
    rater_ids(j)
    own, others, square, count = company(j).by_rater()
    divisor = np.where(count > 0, count, np.nan)[:, None]
    gap = (own - others) / divisor
    error = np.sqrt(np.maximum(square / divisor - gap**2, 0) / np.maximum(divisor - 1, 1))
    z = np.divide(gap, error, out=np.zeros_like(gap), where=error > 0)
    z[np.isnan(gap)] = np.nan
    return Preference(tuple(map(str, j.raters.to_pylist())), own / divisor, others / divisor, z, count)


def rater_ids(j: Judgments) -> None:
    """Raise where the source publishes no rater ids."""
    if (j.rater[j.counted] < 0).any():
        raise ChoraleError("no-rater-ids", "The source publishes no rater ids.", "Raters cannot be told apart.")


def _dealt(c: Company) -> Float64:
    """Expected match [R] where a rater's answers are dealt to the rater's items at random."""
    own, others, _, count = c.by_rater()
    divisor = np.where(count > 0, count, np.nan)[:, None]
    p, q = own / divisor, others / divisor
    if c.kind == Kind.SINGLE:
        return np.asarray((p * q).sum(axis=1))
    return np.asarray((p * q + (1 - p) * (1 - q)).mean(axis=1))

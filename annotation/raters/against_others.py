"""Each rater beside the others: agreement with an interval, competence on gold items, confusion, preferences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from scipy import stats

from annotation.agreement.answers import label_strengths, refuse_repeats, require, single_codes
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
    require(j, Kind.SINGLE, Kind.SET, Kind.INTENSITY, fix="For numbers use leave_one_out.")
    rater_ids(j)
    refuse_repeats(j)
    item, rater, marks = marked(j)
    votes = np.zeros((len(j.items), marks.shape[1]))
    np.add.at(votes, item, marks)
    m = np.bincount(item, minlength=len(j.items))
    others = m[item] - 1
    share = (votes[item] - marks) / np.where(others > 0, others, np.nan)[:, None]  # of others that marked each label
    same = _match(j.kind, marks, share)
    found = []
    for code, name in enumerate(j.raters.to_pylist()):
        own = np.flatnonzero((rater == code) & (others > 0))
        judged = int((rater == code).sum())
        if len(own) < 2:
            if judged:
                reason = "shares fewer than two items with others"
                found.append(RaterFigure(str(name), None, None, None, judged, len(own), reason=reason))
            continue
        value, error = float(same[own].mean()), float(same[own].std(ddof=1) / np.sqrt(len(own)))
        reach = float(stats.norm.isf((1 - level) / 2)) * error
        dealt = np.broadcast_to(marks[own].mean(axis=0), share[own].shape)
        chance = float(_match(j.kind, dealt, share[own]).mean())
        low, high = max(value - reach, 0.0), min(value + reach, 1.0)
        found.append(RaterFigure(str(name), value, low, high, judged, len(own), chance))
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
    for code in np.unique(j.rater[rows]):
        own = j.rater[rows] == code
        interval = stats.binomtest(int(right[own].sum()), int(own.sum())).proportion_ci(level, method="wilson")
        value = float(right[own].mean())
        name = str(j.raters[int(code)].as_py())
        found.append(RaterFigure(name, value, interval.low, interval.high, int(own.sum()), int(own.sum())))
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


def cooccurrence(j: Judgments) -> Float64:
    """How often two labels are marked in one judgment [L, L] (SET, INTENSITY); each label's count on the diagonal."""
    require(j, Kind.SET, Kind.INTENSITY, fix="Single labels have confusion.")
    marks = marked(j)[2]
    return np.asarray(marks.T @ marks)


@dataclass(frozen=True, eq=False)
class Preference:
    """``own``, ``others`` [R, L]: share of a rater's judgments, and of the others' on the same items, with a label.

    ``z`` [R, L]: their difference in standard errors over the rater's shared items; NaN where nothing is shared.
    """

    raters: tuple[str, ...]
    own: Float64
    others: Float64
    z: Float64
    items: Int64


def preference(j: Judgments) -> Preference:
    """Which labels each rater uses more or less than the other raters of the same items do."""
    require(j, Kind.SINGLE, Kind.SET, Kind.INTENSITY, fix="For numbers use scale_use.")
    rater_ids(j)
    item, rater, marks = marked(j)
    votes = np.zeros((len(j.items), marks.shape[1]))
    np.add.at(votes, item, marks)
    m = np.bincount(item, minlength=len(j.items))
    shared = m[item] > 1
    item, rater, marks = item[shared], rater[shared], marks[shared]
    rest = (votes[item] - marks) / (m[item] - 1)[:, None]
    size = len(j.raters)
    count = np.bincount(rater, minlength=size)
    divisor = np.where(count > 0, count, np.nan)[:, None]
    own, others, gap, square = (
        _by_rater(rater, part, size) for part in (marks, rest, marks - rest, (marks - rest) ** 2)
    )
    gap, square = gap / divisor, square / divisor
    error = np.sqrt(np.maximum(square - gap**2, 0) / np.maximum(divisor - 1, 1))
    z = np.divide(gap, error, out=np.zeros_like(gap), where=error > 0)
    z[np.isnan(gap)] = np.nan
    return Preference(tuple(map(str, j.raters.to_pylist())), own / divisor, others / divisor, z, count)


def rater_ids(j: Judgments) -> None:
    """Raise where the source publishes no rater ids."""
    if (j.rater[j.counted] < 0).any():
        raise ChoraleError("no-rater-ids", "The source publishes no rater ids.", "Raters cannot be told apart.")


def _by_rater(rater: Int64, values: Float64, size: int) -> Float64:
    return np.stack([np.bincount(rater, weights=column, minlength=size) for column in values.T], axis=1)


def marked(j: Judgments) -> tuple[Int64, Int64, Float64]:
    rater = j.rater[j.counted].astype(np.int64)
    if j.kind == Kind.SINGLE:
        item, code = single_codes(j)
        return item, rater, np.eye(len(j.labels))[code]
    parts = [label_strengths(j, code) for code in range(len(j.labels))]
    return parts[0][0], rater, np.column_stack([strength > 0 for _, strength in parts]).astype(np.float64)


def _match(kind: Kind, marks: Float64, share: Float64) -> Float64:
    if kind == Kind.SINGLE:
        return np.asarray((marks * share).sum(axis=1))
    return np.asarray((marks * share + (1 - marks) * (1 - share)).mean(axis=1))

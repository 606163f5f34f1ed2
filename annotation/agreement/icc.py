"""Intraclass correlations of Shrout and Fleiss 1979, each refused where its design is not there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy  # its parts load when first used: scipy.stats alone takes 30 MB

from annotation.agreement import answers, icc_sums
from annotation.agreement.coefficient import Coefficient
from annotation.agreement.intervals import with_interval
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind

FORMS = ("1", "1,k", "2,1", "2,k", "3,1", "3,k")
FEW = "needs at least two items with two ratings"
FLAT = "no variance: every rating has the same value"


def icc(
    j: Judgments,
    form: str = "1",
    *,
    interval: str = "bootstrap",
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Coefficient]:
    """ICC of each dimension (DIMENSION).

    ``form``: "1" (raters differ from item to item; needs no rater ids, and allows unequal numbers by the average
    k0), "2,1" (raters a random sample, agreement), "3,1" (these raters, consistency); "1,k", "2,k", "3,k" for the mean
    of k ratings. Forms 2 and 3 need rater ids and every rater on every item; otherwise undefined, with the reason;
    `crossed` selects such a block. ``interval`` "bootstrap": percentiles over items, the F interval in a note; "F":
    exact F (1 and 3), Satterthwaite (2), as in McGraw and Wong 1996. ``se`` is the delta method's over items.
    """
    answers.require(j, Kind.DIMENSION, fix="Categories have alpha and kappas.")
    answers.refuse_repeats(j)
    if form not in FORMS:
        raise ChoraleError("icc-form", f"There is no ICC({form}).", f"Forms: {', '.join(FORMS)}.")
    if interval not in ("bootstrap", "F"):
        raise ChoraleError("icc-interval", f"There is no interval {interval!r}.", "bootstrap or F.")
    drawing = {"rounds": rounds if interval == "bootstrap" else 0, "seed": seed, "level": level}
    return {name: _dimension(j, column, form, drawing) for column, name in enumerate(j.labels)}


def crossed(j: Judgments, raters: list[str] | None = None) -> Judgments:
    """The judgments of items that all of ``raters`` (by default: all raters) judged: a block for ICC(2) and (3)."""
    names = j.raters.to_pylist()
    codes = np.unique(j.rater[j.counted]) if raters is None else np.array([names.index(name) for name in raters])
    rows = j.counted & np.isin(j.rater, codes)
    whole = np.bincount(j.item[rows], minlength=len(j.items)) == len(codes)
    return j.select(rows & whole[j.item])


@dataclass(frozen=True)
class Table:
    """Mean squares of n items with k ratings (k0 where unequal): between items, within, between raters, residual."""

    n: int
    k: float
    items: float
    within: float
    ratings: int
    raters: float = 0.0
    residual: float = 0.0


def _dimension(j: Judgments, column: int, form: str, drawing: dict[str, Any]) -> Coefficient:
    level = float(drawing["level"])
    item, value = answers.numbers(j, column)
    assert j.values is not None
    rater = j.rater[j.counted & ~np.isnan(j.values[:, column])].astype(np.int64)
    name = f"ICC({form}): {j.labels[column]}"
    m = np.bincount(item, minlength=len(j.items))
    plain = Coefficient(name, units=int((m >= 2).sum()), ratings=int(m[m >= 2].sum()), level=level)
    if (rater >= 0).all():
        plain = replace(plain, raters=len(np.unique(rater)))
    if (m >= 2).sum() < 2:
        return replace(plain, reason=FEW)
    if form.startswith("1"):
        kept = m[item] >= 2
        table = _one_way(item[kept], value[kept], len(j.items))
        notes = () if np.ptp(m[m >= 2]) == 0 else (f"unequal numbers of ratings: k0 = {table.k:.3f}",)
        found = _one(replace(plain, notes=notes), table, form, level)
        return _drawn(found, icc_sums.one_way(item[kept], value[kept], len(j.items), mean=form.endswith("k")), drawing)
    if (rater < 0).any():
        return replace(plain, reason="needs rater ids, and the source publishes none: ICC(1) and alpha do without")
    raters, place = np.unique(rater, return_inverse=True)
    rated, row = np.unique(item, return_inverse=True)
    if len(value) != len(raters) * len(rated):
        share = f"{int((m == len(raters)).sum())} of {len(rated)} items are rated by all {len(raters)} raters"
        return replace(plain, reason=f"needs a crossed design: {share} (see crossed)")
    block = np.zeros((len(rated), len(raters)))
    block[row, place] = value
    return _drawn(_two(plain, _two_way(block), form, level), icc_sums.two_way(block, form), drawing)


def _drawn(figure: Coefficient, over: tuple[Float64, icc_sums.Evaluate], drawing: dict[str, Any]) -> Coefficient:
    """``figure`` with its delta-method error, and, where rounds are wanted, the bootstrap's interval before F's."""
    rows, evaluate = over
    found = with_interval(figure, rows, evaluate, **drawing)
    if not drawing["rounds"] or figure.value is None:
        return found
    assert figure.low is not None
    assert figure.high is not None
    note = f"{figure.interval}: {figure.low:.3f} to {figure.high:.3f}"
    return replace(found, notes=(*figure.notes, note))


def _one_way(item: Any, value: Float64, size: int) -> Table:
    m = np.bincount(item, minlength=size).astype(np.float64)
    used = m > 0
    means = np.bincount(item, weights=value, minlength=size)[used] / m[used]
    m, total = m[used], float(len(value))
    between = float((m * (means - value.mean()) ** 2).sum()) / (len(m) - 1)
    code = np.unique(item, return_inverse=True)[1]
    within = float(((value - means[code]) ** 2).sum()) / (total - len(m))
    k0 = (total - float((m * m).sum()) / total) / (len(m) - 1)
    return Table(len(m), k0, between, within, int(total))


def _two_way(block: Float64) -> Table:
    n, k = block.shape
    grand, rows, columns = block.mean(), block.mean(axis=1), block.mean(axis=0)
    between = k * float(((rows - grand) ** 2).sum()) / (n - 1)
    raters = n * float(((columns - grand) ** 2).sum()) / (k - 1)
    rest = block - rows[:, None] - columns[None, :] + grand
    residual = float((rest * rest).sum()) / ((n - 1) * (k - 1))
    within = float(((block - rows[:, None]) ** 2).sum()) / (n * (k - 1))
    return Table(n, k, between, within, n * k, raters, residual)


def _one(plain: Coefficient, t: Table, form: str, level: float) -> Coefficient:
    if t.items + t.within <= 1e-15:
        return replace(plain, reason=FLAT)
    df = (t.n - 1, t.ratings - t.n)
    return _from_f(plain, t.items, t.within, df, t.k, form.endswith("k"), level)


def _two(plain: Coefficient, t: Table, form: str, level: float) -> Coefficient:
    if t.items + t.residual + t.raters <= 1e-15:
        return replace(plain, reason=FLAT)
    df = (t.n - 1, (t.n - 1) * (int(t.k) - 1))
    if form.startswith("3"):
        return _from_f(plain, t.items, t.residual, df, t.k, form.endswith("k"), level)
    n, k = t.n, t.k
    single = (t.items - t.residual) / (t.items + (k - 1) * t.residual + k * (t.raters - t.residual) / n)
    a, b = k * single / (n * (1 - single)), 1 + k * single * (n - 1) / (n * (1 - single))
    spread = (a * t.raters + b * t.residual) ** 2
    v = spread / ((a * t.raters) ** 2 / (k - 1) + (b * t.residual) ** 2 / ((n - 1) * (k - 1)))
    tail = (1 - level) / 2
    upper, lower = scipy.stats.f.isf(tail, n - 1, v), scipy.stats.f.isf(tail, v, n - 1)
    noise = k * t.raters + (k * n - k - n) * t.residual
    low = n * (t.items - upper * t.residual) / (upper * noise + n * t.items)
    high = n * (lower * t.items - t.residual) / (noise + n * lower * t.items)
    if form.endswith("k"):
        mean = (t.items - t.residual) / (t.items + (t.raters - t.residual) / n)
        return _done(plain, mean, _stepped(low, k), _stepped(high, k), "F (McGraw and Wong 1996)")
    return _done(plain, single, low, high, "F (McGraw and Wong 1996)")


def _from_f(
    plain: Coefficient, signal: float, noise: float, df: tuple[int, int], k: float, mean: bool, level: float
) -> Coefficient:
    """Single and average forms that depend on one F ratio: ICC(1) and ICC(3)."""
    if noise <= 1e-15 * signal:
        return _done(plain, 1.0, 1.0, 1.0, "F")
    ratio, tail = signal / noise, (1 - level) / 2
    low, high = ratio / scipy.stats.f.isf(tail, *df), ratio * scipy.stats.f.isf(tail, df[1], df[0])
    if mean:
        return _done(plain, 1 - 1 / ratio, 1 - 1 / low, 1 - 1 / high, "F")
    value, lowest, highest = ((f - 1) / (f + k - 1) for f in (ratio, low, high))
    return _done(plain, value, lowest, highest, "F")


def _stepped(single: float, k: float) -> float:
    """Spearman-Brown: the reliability of a mean of k from that of one."""
    return k * single / (1 + (k - 1) * single)


def _done(plain: Coefficient, value: float, low: float, high: float, method: str) -> Coefficient:
    return replace(plain, value=float(value), low=float(low), high=float(high), interval=method)

"""Chance-corrected agreement on categories beside alpha: percent agreement, Fleiss, Gwet's AC1 and AC2, Cohen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from annotation.agreement import answers, sums
from annotation.agreement.bootstrap import Progress
from annotation.agreement.coefficient import Coefficient
from annotation.agreement.intervals import with_interval
from annotation.agreement.statistics import NO_UNITS
from annotation.agreement.weights import weights
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind

Expected = Callable[[Any, Float64], Any]  # shares [R, q] and weights [q, q] to expected agreement [R]
NO_CHANCE = "no variance: agreement expected by chance is already complete"
NEED_SINGLE = "Sets and numbers have alpha; a single label of a set has alpha_by_label."


def percent_agreement(j: Judgments, *, weight: str = "identity", **options: Any) -> Coefficient:
    """Share of agreeing pairs of raters, averaged over items (SINGLE); not corrected for chance.

    ``options`` of all functions here: ``rounds=1000``, ``seed=0``, ``level=0.95``, ``progress=None``.
    """
    return _figure(j, "percent agreement", weight, lambda shares, w: 0.0 * shares[:, 0], options)


def fleiss(j: Judgments, *, weight: str = "identity", **options: Any) -> Coefficient:
    """Fleiss' kappa (SINGLE; Fleiss 1971). Needs the same number of ratings, two or more, on every item.

    Otherwise undefined, with the numbers found as its reason: use alpha or `ac1`, which allow missing ratings.
    """
    _, m = j.counts()
    sizes = np.unique(m[m > 0])
    if len(sizes) > 1:
        spread = f"{sizes[0]} to {sizes[-1]}"
        return Coefficient("Fleiss' kappa", reason=f"needs equal ratings on every item, and there are {spread}")
    return _figure(j, "Fleiss' kappa", weight, lambda p, w: np.einsum("rk,kl,rl->r", p, w, p), options)


def free_marginal(j: Judgments, *, weight: str = "identity", **options: Any) -> Coefficient:
    """Kappa with free marginals (SINGLE; Brennan and Prediger 1981, Randolph 2005): chance is sum(weights) / q^2.

    q is the number of labels of the scheme. Allows missing ratings. It grows with unused labels: report q beside it.
    """
    return _figure(j, "kappa, free marginals", weight, lambda p, w: w.mean() + 0.0 * p[:, 0], options)


def fleiss_z(j: Judgments) -> float | None:
    """Fleiss' kappa over its error where raters agree by chance alone (Fleiss, Nee and Landis 1979); None as `fleiss`.

    For the null hypothesis only: the error of `fleiss` itself is the delta method's, and its interval the bootstrap's.
    """
    figure = fleiss(j, rounds=0)
    if figure.value is None:
        return None
    votes, m = j.counts()
    p = votes[m > 0].sum(axis=0) / m.sum()
    q, spread = 1 - p, float((p * (1 - p)).sum())
    n, raters = int((m > 0).sum()), int(m.max())
    variance = 2 * (spread**2 - float((p * q * (q - p)).sum())) / (n * raters * (raters - 1) * spread**2)
    return float(figure.value / np.sqrt(variance))


def ac1(j: Judgments, **options: Any) -> Coefficient:
    """Gwet's AC1 (SINGLE; Gwet 2008): expected agreement sum p (1 - p) / (q - 1). Allows missing ratings."""
    return replace(ac2(j, weight="identity", **options), name="AC1")


def ac2(j: Judgments, *, weight: str = "quadratic", **options: Any) -> Coefficient:
    """Gwet's AC2: AC1 with `weights` between ordered labels (SINGLE; Gwet 2014, ch. 5). Allows missing ratings.

    q is the number of labels of the scheme, not of those that happened to be used.
    """
    q = len(j.labels)
    if q < 2:
        return Coefficient("AC2", reason=NO_CHANCE)
    return _figure(j, "AC2", weight, lambda p, w: w.sum() / (q * (q - 1)) * (p * (1 - p)).sum(axis=1), options)


def cohen(j: Judgments, first: str, second: str, *, weight: str = "identity", **options: Any) -> Coefficient:
    """Cohen's kappa of two raters over the items both judged (SINGLE; Cohen 1960, 1968 with `weights`).

    ``se`` is the large-sample error of Fleiss, Cohen and Everitt 1969. Raises `ChoraleError` for unknown raters.
    """
    answers.require(j, Kind.SINGLE, fix=NEED_SINGLE)
    answers.refuse_repeats(j)
    names = j.raters.to_pylist()
    if first not in names or second not in names:
        raise ChoraleError("no-such-rater", f"{first!r} or {second!r} judged nothing here.", f"Raters: {names[:5]}…")
    item, code = answers.single_codes(j)
    rater = j.rater[j.counted]
    codes = np.full((2, len(j.items)), -1, dtype=np.int64)
    for row, name in enumerate((first, second)):
        own = rater == names.index(name)
        codes[row, item[own]] = code[own]
    return cohen_of_pairs(codes, weights(weight, len(j.labels)), f"Cohen's kappa ({first}, {second})", **options)


def cohen_of_pairs(codes: Int64, table: Float64, name: str, **options: Any) -> Coefficient:
    """Cohen's kappa of ``codes`` [2, I], -1 where missing, under agreement weights ``table`` [q, q]."""
    q = len(table)
    one, two = codes[:, (codes >= 0).all(axis=0)]
    plain = Coefficient(name, units=len(one), ratings=2 * len(one), raters=2)
    if not len(one):
        return replace(plain, reason="the two raters share no item")
    group, groups = sums.spread_groups(len(one))
    rows = sums.cells(group, one * q + two, (groups, q * q))

    def parts(totals: Any) -> tuple[Any, Any]:
        p = totals.reshape(-1, q, q) / totals.sum(axis=1)[:, None, None]
        observed = (p * table).sum(axis=(1, 2))
        return observed, np.einsum("rk,kl,rl->r", p.sum(axis=2), table, p.sum(axis=1))

    return _corrected(plain, rows, parts, options)


def _figure(j: Judgments, name: str, weight: str, expected: Expected, options: dict[str, Any]) -> Coefficient:
    answers.require(j, Kind.SINGLE, fix=NEED_SINGLE)
    answers.refuse_repeats(j)
    found = _shares(j, weights(weight, len(j.labels)))
    shown = name if weight == "identity" else f"{name} ({weight})"
    raters = answers.rater_names(j, j.counted)
    plain = Coefficient(shown, units=found.units, ratings=found.ratings, raters=None if raters is None else len(raters))
    if not found.units:
        return replace(plain, reason=NO_UNITS)

    def parts(totals: Any) -> tuple[Any, Any]:
        shares = totals[:, 3:] / totals[:, 2:3]
        return totals[:, 1] / totals[:, 0], expected(shares, found.weights)

    return _corrected(plain, found.rows, parts, options)


@dataclass(frozen=True, eq=False)
class Shares:
    """Sums per item: [shared, agreement, rated, share of each label]."""

    rows: Float64
    weights: Float64
    units: int
    ratings: int


def _shares(j: Judgments, table: Float64) -> Shares:
    votes, m = j.counts()
    rated = m > 0
    r, n = votes[rated].astype(np.float64), m[rated].astype(np.float64)
    pairs = np.einsum("ik,ik->i", r, r @ table) - n
    shared = n >= 2
    agreement = np.where(shared, pairs / np.maximum(n * (n - 1), 1.0), 0.0)
    rows = np.column_stack([shared, agreement, np.ones_like(n), r / n[:, None]])
    return Shares(rows, table, int(shared.sum()), int(n[shared].sum()))


def _corrected(
    plain: Coefficient, rows: Float64, parts: Callable[[Any], tuple[Any, Any]], options: dict[str, Any]
) -> Coefficient:
    settings = {"rounds": 1000, "seed": 0, "level": 0.95, "progress": None} | options
    progress: Progress | None = settings.pop("progress")
    observed, expected = (float(part[0]) for part in parts(rows.sum(axis=0)[None]))
    plain = replace(plain, observed=observed, expected=expected)
    if expected > 1 - 1e-12:
        return replace(plain, reason=NO_CHANCE)

    def value(totals: Any) -> Any:
        seen, chance = parts(totals)
        return (seen - chance) / (1 - chance)

    plain = replace(plain, value=float(value(rows.sum(axis=0)[None])[0]))
    return with_interval(plain, rows, value, progress=progress, **settings)

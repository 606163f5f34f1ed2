"""Sums over units from which alpha follows: each form turns totals into observed and expected disagreement.

A form works on rows of K sums (one row a unit, a group of units, or a resample), so that a bootstrap is one matrix
product and shards add up. Every form has P panels (one a label or dimension, usually one). With o(v, w) the
coincidences, n(v) the marginals, n their sum and d the squared distance (Krippendorff 2011, "Computing
Krippendorff's alpha-reliability"):  Do = sum o(v,w) d(v,w) / n,  De = sum n(v) n(w) d(v,w) / (n (n - 1)).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from harmonize.records import Bool, Float64

TINY = 1e-12  # expected disagreement below this share of the raw moments is rounding, not variance


class Form(Protocol):
    """Totals to disagreements, and the gradient of alpha by the totals."""

    @property
    def panels(self) -> int:
        """How many coefficients one row of sums yields."""
        ...

    def evaluate(self, totals: Float64) -> tuple[Float64, Float64]:
        """``totals`` [R, K] to observed and expected disagreement, each [R, P]; NaN expected where undefined."""
        ...

    def gradient(self, total: Float64) -> Float64:
        """d alpha / d totals at ``total`` [K], shape [K, P]."""
        ...

    def sizes(self, total: Float64) -> Float64:
        """Pairable ratings of each panel, [P]."""
        ...

    def held(self, rows: Float64) -> Bool:
        """Which rows hold any rating, [R]."""
        ...


@dataclass(frozen=True)
class Moments:
    """Distances that are squared Euclidean in some features f(v): nominal, interval, circular, Hellinger.

    Columns: a = 2 (m sum|f|^2 - |sum f|^2) / (m - 1) of each unit, m, sum |f|^2, sum f (``width`` columns).
    Then De = 2 (n q - |s|^2) / (n (n - 1)) exactly, without any table of values.
    """

    width: int
    panels: int = 1

    def _parts(self, totals: Float64) -> tuple[Float64, Float64, Float64, Float64]:
        a, n, q = totals[:, 0], totals[:, 1], totals[:, 2]
        spread = n * q - np.einsum("rk,rk->r", totals[:, 3:], totals[:, 3:])
        return a, n, q, np.where(spread > TINY * np.abs(n * q), spread, np.nan)

    def evaluate(self, totals: Float64) -> tuple[Float64, Float64]:
        """See `Form.evaluate`."""
        a, n, _, spread = self._parts(totals)
        with np.errstate(divide="ignore", invalid="ignore"):
            return (a / n)[:, None], (2 * spread / (n * (n - 1)))[:, None]

    def gradient(self, total: Float64) -> Float64:
        """See `Form.gradient`."""
        (a,), (n,), (q,), (d,) = self._parts(total[None])
        sums = total[3:]
        head = [(n - 1) / (2 * d), a / (2 * d) - a * (n - 1) * q / (2 * d * d), -a * (n - 1) * n / (2 * d * d)]
        return np.asarray(-np.concatenate([head, a * (n - 1) * sums / (d * d)])[:, None])

    def sizes(self, total: Float64) -> Float64:
        """See `Form.sizes`."""
        return total[1:2]

    def held(self, rows: Float64) -> Bool:
        """See `Form.held`."""
        return np.asarray(rows[:, 1] > 0)


@dataclass(frozen=True)
class PanelMoments:
    """`Moments` of one number for each of P panels: a label as 0 or 1, a dimension as its value.

    Columns: a [P], m [P], sum x^2 [P], sum x [P]; each panel has its own missing values.
    """

    panels: int

    def _parts(self, totals: Float64) -> tuple[Float64, Float64, Float64, Float64, Float64]:
        a, n, q, s = (totals[:, k * self.panels : (k + 1) * self.panels] for k in range(4))
        spread = n * q - s * s
        return a, n, q, s, np.where(spread > TINY * n * q, spread, np.nan)

    def evaluate(self, totals: Float64) -> tuple[Float64, Float64]:
        """See `Form.evaluate`."""
        a, n, _, _, spread = self._parts(totals)
        with np.errstate(divide="ignore", invalid="ignore"):
            return a / n, 2 * spread / (n * (n - 1))

    def gradient(self, total: Float64) -> Float64:
        """See `Form.gradient`."""
        a, n, q, s, d = (part[0] for part in self._parts(total[None]))
        blocks = [
            (n - 1) / (2 * d),
            a / (2 * d) - a * (n - 1) * q / (2 * d * d),
            -a * (n - 1) * n / (2 * d * d),
            a * (n - 1) * s / (d * d),
        ]
        return np.concatenate([-np.diag(block) for block in blocks])

    def sizes(self, total: Float64) -> Float64:
        """See `Form.sizes`."""
        return total[self.panels : 2 * self.panels]

    def held(self, rows: Float64) -> Bool:
        """See `Form.held`."""
        return np.asarray((rows[:, self.panels : 2 * self.panels] > 0).any(axis=1))


@dataclass(frozen=True, eq=False)
class Table:
    """Any distance given as a table d [V, V] over the distinct ``values`` [V, D]: ratio, Jaccard, MASI and the like.

    ``measure`` makes the table from the values, when it is first needed: shards that are only added up never need it.
    Columns: a = sum over ordered pairs of d / (m - 1) of each unit, then the V counts.
    """

    measure: Callable[[Float64], Float64]
    values: Float64
    panels: int = 1

    @cached_property
    def distance(self) -> Float64:
        """The distances d [V, V]."""
        return self.measure(self.values)

    def evaluate(self, totals: Float64) -> tuple[Float64, Float64]:
        """See `Form.evaluate`."""
        counts = totals[:, 1:]
        n = counts.sum(axis=1)
        total = np.einsum("rv,rv->r", counts @ self.distance, counts)
        total = np.where(total > TINY * n * n, total, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            return (totals[:, 0] / n)[:, None], (total / (n * (n - 1)))[:, None]

    def gradient(self, total: Float64) -> Float64:
        """See `Form.gradient`."""
        a, counts = total[0], total[1:]
        n, pull = counts.sum(), self.distance @ counts
        e = counts @ pull
        by_count = a / e - 2 * a * (n - 1) * pull / (e * e)
        return np.asarray(-np.concatenate([[(n - 1) / e], by_count])[:, None])

    def sizes(self, total: Float64) -> Float64:
        """See `Form.sizes`."""
        return np.array([total[1:].sum()])

    def held(self, rows: Float64) -> Bool:
        """See `Form.held`."""
        return np.asarray((rows[:, 1:] > 0).any(axis=1))


@dataclass(frozen=True)
class Ordinal:
    """Krippendorff's ordinal distance over the ordered ``values`` [V]: squared difference of mid-ranks.

    The ranks depend on the marginals, hence on the resample, so the sums kept are the coincidences themselves
    (upper triangle, K = V (V + 1) / 2): linear in the units, and ranks are taken anew in every resample.
    """

    values: tuple[float, ...]
    panels: int = 1

    @property
    def levels(self) -> int:
        """Number of levels V."""
        return len(self.values)

    def _square(self, totals: Float64) -> Float64:
        upper = np.triu_indices(self.levels)
        square = np.zeros((len(totals), self.levels, self.levels))
        square[:, upper[0], upper[1]] = totals
        square[:, upper[1], upper[0]] = totals
        return square

    def _ranks(self, counts: Float64) -> Float64:
        return np.asarray(np.cumsum(counts, axis=-1) - counts / 2)

    def evaluate(self, totals: Float64) -> tuple[Float64, Float64]:
        """See `Form.evaluate`."""
        square = self._square(totals)
        counts = square.sum(axis=2)
        ranks, n = self._ranks(counts), counts.sum(axis=1)
        gap = (ranks[:, :, None] - ranks[:, None, :]) ** 2
        observed = np.einsum("rvw,rvw->r", square, gap)
        expected = np.einsum("rv,rvw,rw->r", counts, gap, counts, optimize=True)
        expected = np.where(expected > TINY * n**4, expected, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            return (observed / n)[:, None], (expected / (n * (n - 1)))[:, None]

    def gradient(self, total: Float64) -> Float64:
        """See `Form.gradient`."""
        square = self._square(total[None])[0]
        counts = square.sum(axis=1)
        ranks, n = self._ranks(counts), float(counts.sum())
        gap = (ranks[:, None] - ranks[None, :]) ** 2
        mean = counts @ ranks
        a, e = float((square * gap).sum()), float(counts @ gap @ counts)
        if e <= 0:
            return np.full((len(total), 1), np.nan)
        a_by_rank = 4 * (square.sum(axis=1) * ranks - square @ ranks)
        e_by_rank = 4 * (n * counts * ranks - mean * counts)
        chain = np.tril(np.ones((self.levels, self.levels)), -1) + np.eye(self.levels) / 2  # rank = chain @ counts
        a_by_count = chain.T @ a_by_rank
        e_by_count = 2 * gap @ counts + chain.T @ e_by_rank
        by_count = (n - 1) / e * a_by_count + a / e - a * (n - 1) / (e * e) * e_by_count
        v, w = np.triu_indices(self.levels)
        twice = np.where(v == w, 1.0, 2.0)
        direct = twice * gap[v, w] * (n - 1) / e
        through = by_count[v] + np.where(v == w, 0.0, by_count[w])
        return np.asarray(-(direct + through)[:, None])

    def sizes(self, total: Float64) -> Float64:
        """See `Form.sizes`."""
        return np.array([self._square(total[None]).sum()])

    def held(self, rows: Float64) -> Bool:
        """See `Form.held`."""
        return np.asarray((rows > 0).any(axis=1))

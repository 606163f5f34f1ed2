"""Alpha with items and raters both resampled: an interval for other raters too, not only for other items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from annotation.agreement import sums
from annotation.agreement.bootstrap import Progress, percentiles
from annotation.agreement.coefficient import Coefficient
from annotation.agreement.gather import statistics
from annotation.agreement.tables import METRICS, table
from annotation.agreement.values import Values, compared
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments


def alpha_two_way(
    j: Judgments,
    *,
    metric: str | None = None,
    points: npt.ArrayLike | None = None,
    period: float | None = None,
    rounds: int = 200,
    seed: int = 0,
    level: float = 0.95,
    progress: Progress | None = None,
) -> Coefficient:
    """`alpha` with a pigeonhole bootstrap over items and raters (Owen 2007, "The pigeonhole bootstrap").

    Each round draws items and raters with replacement; a rating weighs the product of the two. Copies of one rater
    are not compared with each other: they would agree by construction. Not for `ordinal`, whose distances depend on
    the marginals. Needs rater ids and three raters; otherwise the interval is left out and a note says so.
    """
    plain = statistics(j, metric=metric, points=points, period=period).coefficients(rounds=0, seed=seed, level=level)[0]
    found = compared(j, metric, points, period)
    if found.metric == "ordinal":
        raise ChoraleError("metric-kind", "Ordinal distances depend on who is drawn.", "Use interval or nominal.")
    if plain.value is None:
        return plain
    if plain.raters is None or plain.raters < 3:
        return replace(plain, notes=("raters are not resampled: that needs rater ids and three raters",))
    units = sums.pairable(found.item, len(j.items))
    kept = np.ones(len(found.item), dtype=np.bool_) if units.kept is None else units.kept
    rater = found.rows(j)[kept]
    unit = units.unit.astype(np.int64)
    drawn = _Drawn(found, kept, unit, rater, len(units.used), len(j.raters))
    rng, draws = np.random.default_rng(seed), []
    turns = range(rounds)
    for _ in progress(turns) if progress else turns:
        draws.append(drawn.once(rng))
    low, high, count = percentiles(np.array(draws), level) if rounds else (None, None, 0)
    told = f"pigeonhole bootstrap over {len(units.used)} items and {plain.raters} raters"
    return replace(plain, low=low, high=high, rounds=count, interval=told if low is not None else "")


class _Drawn:
    """Pairs of ratings with their distances, and one weighted alpha a round."""

    def __init__(
        self, found: Values, kept: npt.NDArray[np.bool_], unit: Int64, rater: Int64, units: int, raters: int
    ) -> None:
        self.unit, self.rater, self.units, self.raters = unit, rater, units, raters
        order = np.argsort(unit, kind="stable")
        firsts, seconds = [], []
        for step in range(1, int(np.bincount(unit).max(initial=0))):
            same = np.flatnonzero(unit[order][step:] == unit[order][:-step])
            firsts.append(order[same])
            seconds.append(order[same + step])
        self.first, self.second = np.concatenate(firsts), np.concatenate(seconds)
        self.used = np.unique(rater)
        self._values(found, kept)

    def _values(self, found: Values, kept: npt.NDArray[np.bool_]) -> None:
        self.table: Float64 | None = None
        if found.features is not None:
            self.features = found.features[kept]
            gap = self.features[self.first] - self.features[self.second]
            self.gap: Float64 = np.asarray((gap * gap).sum(axis=1))
            return
        assert found.code is not None
        assert found.values is not None
        self.code, self.width = found.code[kept], len(found.values)
        nominal = found.metric not in METRICS
        self.table = 1 - np.eye(self.width) if nominal else table(found.metric, found.values).distance
        self.gap = self.table[self.code[self.first], self.code[self.second]]

    def once(self, rng: np.random.Generator) -> float:
        """Alpha of one draw of items and raters; NaN where undefined."""
        items = np.bincount(rng.integers(0, self.units, self.units), minlength=self.units)
        people = np.zeros(self.raters)
        people[self.used] = np.bincount(rng.integers(0, len(self.used), len(self.used)), minlength=len(self.used))
        v = people[self.rater]
        pair = v[self.first] * v[self.second]
        where = self.unit[self.first]
        total = np.bincount(where, weights=pair, minlength=self.units)
        apart = np.bincount(where, weights=pair * self.gap, minlength=self.units)
        size = np.bincount(self.unit, weights=v, minlength=self.units) * (total > 0) * items
        n = float(size.sum())
        if n < 2:
            return float("nan")
        observed = float((size * np.divide(apart, total, out=np.zeros_like(apart), where=total > 0)).sum()) / n
        weight = v * (items * (total > 0))[self.unit]
        expected = self._expected(weight, n)
        return 1 - observed / expected if expected > 1e-12 else float("nan")

    def _expected(self, weight: Float64, n: float) -> float:
        if self.table is None:
            sums_ = weight @ self.features
            square = float(weight @ (self.features * self.features).sum(axis=1))
            return float(2 * (n * square - sums_ @ sums_) / (n * (n - 1)))
        counts = np.bincount(self.code, weights=weight, minlength=self.width)
        return float(counts @ self.table @ counts / (n * (n - 1)))

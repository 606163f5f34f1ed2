"""`AlphaStatistics`: the sums from which alpha, its interval and its error follow. Shards of a corpus add up."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from annotation.agreement.bootstrap import Progress, percentiles, resampled
from annotation.agreement.coefficient import Coefficient
from annotation.agreement.forms import Form, Ordinal, Table
from annotation.agreement.intervals import standard_error
from annotation.agreement.tables import joined, joined_levels
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64

NO_UNITS = "no item has ratings by two raters"
NO_VARIANCE = "no variance: every rating has the same value"


@dataclass(frozen=True, eq=False)
class AlphaStatistics:
    """Sums of one metric over groups of items (G groups, K sums, P panels).

    ``names``: one a panel (a label, a dimension, or the metric). ``rows`` float64[G, K] as ``form`` defines them.
    ``units`` int64[P]; ``raters``: their names, None where unknown. `merge` adds the sums of another shard; an item
    must lie in one shard whole, and both must be ``hashed`` (``shard=True`` when they were taken).
    """

    metric: str
    names: tuple[str, ...]
    form: Form
    rows: Float64
    units: Int64
    raters: frozenset[str] | None
    hashed: bool
    sampled: str = "items"
    notes: tuple[str, ...] = ()

    def merge(self, other: AlphaStatistics) -> AlphaStatistics:
        """The statistics of both shards together. Raises `ChoraleError` where they do not describe the same figure."""
        if (self.metric, self.names) != (other.metric, other.names):
            raise ChoraleError("shards-differ", "The shards hold different metrics, labels or levels.")
        if not (self.hashed and other.hashed and len(self.rows) == len(other.rows)):
            raise ChoraleError("shards-not-hashed", "Only hashed statistics add up.", "Take both with shard=True.")
        form, mine, theirs = self.form, self.rows, other.rows
        if isinstance(form, Table) and isinstance(other.form, Table):
            form, mine, theirs = joined(self.metric, form, mine, other.form, theirs)
        elif isinstance(form, Ordinal) and isinstance(other.form, Ordinal):
            form, mine, theirs = joined_levels(form, mine, other.form, theirs)
        elif form != other.form:
            raise ChoraleError("shards-differ", "The shards hold different metrics, labels or levels.")
        raters = None if self.raters is None or other.raters is None else self.raters | other.raters
        return replace(
            self,
            form=form,
            rows=mine + theirs,
            units=self.units + other.units,
            raters=raters,
            notes=self.notes or other.notes,
        )

    def values(self, totals: Float64) -> Float64:
        """Alpha of each row of ``totals`` [R, K], as [R, P]; NaN where undefined."""
        observed, expected = self.form.evaluate(totals)
        with np.errstate(invalid="ignore"):
            return np.asarray(1 - observed / expected)

    @property
    def live(self) -> Float64:
        """The rows of groups that hold any unit; hashing may leave some empty."""
        held = self.form.held(self.rows)
        return self.rows if held.all() else self.rows[held]

    def errors(self) -> Float64:
        """Delta-method standard error of each panel [P], from the groups' influences on alpha."""
        rows = self.live
        if len(rows) < 2:
            return np.full(self.form.panels, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            return standard_error(rows, self.form.gradient(rows.sum(axis=0)))

    def coefficients(
        self, *, rounds: int = 1000, seed: int = 0, level: float = 0.95, progress: Progress | None = None
    ) -> tuple[Coefficient, ...]:
        """One `Coefficient` a panel, in the order of ``names``. ``rounds=0`` leaves the intervals out."""
        total = self.rows.sum(axis=0)[None]
        observed, expected = (part[0] for part in self.form.evaluate(total))
        value, sizes = self.values(total)[0], self.form.sizes(total[0])
        errors = self.errors()
        live = self.live
        draws: Float64 = np.empty((0, self.form.panels))
        if rounds and len(live) > 1 and np.isfinite(value).any():
            draws = resampled(live, self.values, rounds=rounds, seed=seed, progress=progress)
        built = []
        for p, name in enumerate(self.names):
            plain = Coefficient(
                name=f"alpha ({self.metric})" if name == self.metric else f"alpha ({self.metric}): {name}",
                units=int(self.units[p]),
                ratings=round(float(sizes[p])),
                raters=None if self.raters is None else len(self.raters),
                seed=seed,
                level=level,
                notes=self.notes,
            )
            if not np.isfinite(value[p]):
                observation = None if not sizes[p] else float(observed[p])
                why = NO_VARIANCE if sizes[p] else NO_UNITS
                built.append(replace(plain, reason=why, observed=observation))
                continue
            low, high, defined = percentiles(draws[:, p], level) if len(draws) else (None, None, 0)
            built.append(
                replace(
                    plain,
                    value=float(value[p]),
                    low=low,
                    high=high,
                    se=float(errors[p]) if np.isfinite(errors[p]) else None,
                    observed=float(observed[p]),
                    expected=float(expected[p]),
                    rounds=defined,
                    interval="" if low is None else f"percentile bootstrap over {len(live)} {self.sampled}",
                )
            )
        return tuple(built)

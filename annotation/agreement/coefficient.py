"""One figure with everything needed to judge it: interval, error, counts, and a reason where it is undefined."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient of agreement, or the reason why there is none.

    ``value`` is None where undefined, and then ``reason`` says why; it is never 1.0 for want of variance (SCIENCE 12).
    ``low``, ``high``: bounds of the interval at ``level``; ``se``: delta-method standard error; ``observed`` and
    ``expected``: disagreement (for kappas and percent agreement: agreement). ``units``: items with at least two
    ratings; ``ratings``: ratings on them; ``raters``: distinct raters, None where the source publishes no rater ids.
    ``rounds``: resamples in which the coefficient was defined. ``notes``: what a reader must know beside the figure.
    """

    name: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    se: float | None = None
    units: int = 0
    ratings: int = 0
    raters: int | None = None
    observed: float | None = None
    expected: float | None = None
    reason: str = ""
    interval: str = ""
    rounds: int = 0
    seed: int | None = None
    level: float = 0.95
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON-ready mapping."""
        return asdict(self) | {"notes": list(self.notes)}

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.name}: undefined ({self.reason})"
        interval = "" if self.low is None else f" [{self.low:.3f}, {self.high:.3f}]"
        return f"{self.name} = {self.value:.3f}{interval}, {self.units} units"

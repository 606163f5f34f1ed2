"""Anchoring: how far a shown suggestion pulls people towards itself.

Arms are drawn for each item and rater, so the difference between those who saw a suggestion and those from whom it was
hidden is an effect, not a correlation (SCIENCE rule 20).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import scipy  # its parts load when first used

from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Int32

ROUNDS = 1000
LEAST = 5  # items, and raters' answers, an arm must have before an effect is told


@dataclass(frozen=True)
class Anchoring:
    """P(answer = suggestion | shown) - P(answer = suggestion | hidden), in -1..1, with a 95 % interval.

    ``shown`` and ``hidden`` are the two shares. ``effect`` and interval are None, with the ``reason``, where an arm is
    too small.
    """

    effect: float | None
    low: float | None
    high: float | None
    shown: float | None
    hidden: float | None
    n_shown: int
    n_hidden: int
    items: int
    raters: int
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As it is stored and shown."""
        return asdict(self)


def anchoring(agrees: Bool, saw: Bool, item: Int32, rater: Int32, *, rounds: int = ROUNDS, seed: int = 0) -> Anchoring:
    """The effect over n answers for which a suggestion existed: whether each ``agrees`` with it, whether its rater
    ``saw`` it, and its item and rater as codes from 0 (each of shape n).

    The interval resamples items and raters at once, by independent Poisson(1) weights for each whose product weighs an
    answer (Owen 2007, the pigeonhole bootstrap, with Poisson weights); it is wider than the truth rather than
    narrower. Raises `ChoraleError("anchoring-shape")`.

    >>> import numpy as np
    >>> saw = np.tile([True, False], 40)
    >>> agrees = saw | (np.arange(80) % 4 == 1)
    >>> anchoring(agrees, saw, np.arange(80, dtype=np.int32) // 4, np.arange(80, dtype=np.int32) % 4).effect
    0.5
    """
    return _effect(agrees.astype(np.float64), saw, item, rater, rounds, seed)


def pull(distance: Float64, saw: Bool, item: Int32, rater: Int32, *, rounds: int = ROUNDS, seed: int = 0) -> Anchoring:
    """The same for numbers: how much nearer to what was suggested the answers are that saw it, in points of the scale.

    ``distance``: |answer - suggestion| of each of n answers. effect = mean distance hidden - mean distance shown (above
    0: drawn towards the suggestion); ``shown`` and ``hidden`` are these means. Interval and errors as of `anchoring`.
    """
    told = _effect(-np.asarray(distance, dtype=np.float64), saw, item, rater, rounds, seed)
    shown, hidden = (None if mean is None else -mean for mean in (told.shown, told.hidden))
    return replace(told, shown=shown, hidden=hidden)


def _effect(value: Float64, saw: Bool, item: Int32, rater: Int32, rounds: int, seed: int) -> Anchoring:
    """Mean ``value`` shown - mean hidden."""
    if not len(value) == len(saw) == len(item) == len(rater):
        raise ChoraleError("anchoring-shape", "Each answer needs agrees, saw, item and rater.")
    kept: dict[str, Any] = {"items": len(np.unique(item)), "raters": len(np.unique(rater))}
    counts: dict[str, Any] = {"n_shown": int(saw.sum()), "n_hidden": int((~saw).sum())}
    shares = [float(value[arm].mean()) if arm.any() else None for arm in (saw, ~saw)]
    if reason := _too_small(saw, item, kept["raters"]):
        return Anchoring(None, None, None, shares[0], shares[1], reason=reason, **counts, **kept)
    assert shares[0] is not None
    assert shares[1] is not None
    drawn = _resampled(value, saw, item, rater, rounds, seed)
    low, high = (float(x) for x in np.quantile(drawn, [0.025, 0.975]))
    return Anchoring(shares[0] - shares[1], low, high, shares[0], shares[1], **counts, **kept)


def _too_small(saw: Bool, item: Int32, raters: int) -> str:
    if min(len(np.unique(item[saw])), len(np.unique(item[~saw]))) < LEAST:
        return f"Each arm needs at least {LEAST} items."
    return "" if raters > 1 else "One rater's arms say nothing about others."


def _resampled(value: Float64, saw: Bool, item: Int32, rater: Int32, rounds: int, seed: int) -> Float64:
    """The effect in each round that left both arms with weight.

    An answer's weight is its item's times its rater's, so that a weighted sum over answers is w' M v with the sums M of
    each item and rater: what a round costs does not grow with the answers.
    """
    random = np.random.default_rng(seed)
    width, height = int(item.max()) + 1, int(rater.max()) + 1
    parts = (saw, ~saw, value * saw, value * ~saw)
    cells: list[Any] = [
        scipy.sparse.csr_array((part.astype(np.float64), (rater, item)), shape=(height, width)) for part in parts
    ]
    shown, hidden, hits_shown, hits_hidden = cells
    effects = np.full(rounds, np.nan)
    for start in range(0, rounds, 64):  # 64 rounds at a time keep memory flat
        size = min(64, rounds - start)
        of_item = random.poisson(1.0, (size, width)).T.astype(np.float64)
        of_rater = random.poisson(1.0, (size, height)).T.astype(np.float64)
        sums = [((part @ of_item) * of_rater).sum(axis=0) for part in (hits_shown, shown, hits_hidden, hidden)]
        with np.errstate(invalid="ignore", divide="ignore"):
            effects[start : start + size] = sums[0] / sums[1] - sums[2] / sums[3]
    told: Float64 = effects[np.isfinite(effects)]
    return told

"""One verdict an item for every kind of judgment: do people split on it, on any label or dimension?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from annotation.aggregation.splits import Verdict, benjamini_hochberg, tested, verdict_of
from annotation.aggregation.spread_splits import dimension_splits
from annotation.aggregation.triples import binary_triples, triples
from annotation.agreement.answers import refuse_repeats
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Int64, Judgments, Kind


@dataclass(frozen=True, eq=False)
class ItemSplits:
    """``verdict`` [I]; the test it rests on: ``p``, ``adjusted``, ``power`` [I] (NaN where not tested), ``n`` votes.

    ``about`` [I]: the label or dimension with the smallest p, "" for SINGLE and where nothing was tested.
    ``settings``: least votes, level, wanted power, and for dimensions step and distance, as they were used.
    """

    items: pa.StringArray
    verdict: tuple[Verdict, ...]
    p: Float64
    adjusted: Float64
    power: Float64
    n: Int64
    about: tuple[str, ...]
    settings: dict[str, Any]

    def counts(self) -> dict[str, int]:
        """Items with each verdict, of those with any vote."""
        found = Counter(v for v, n in zip(self.verdict, self.n, strict=True) if n)
        return {str(verdict): found[verdict] for verdict in Verdict}


def item_splits(
    j: Judgments,
    *,
    least: int = 8,
    level: float = 0.05,
    wanted_power: float = 0.8,
    scale: Sequence[tuple[float, float]] | None = None,
    seed: int = 0,
) -> ItemSplits:
    """One tested verdict an item; the p-values of all items and labels are corrected together.

    SINGLE: `splits`. SET and INTENSITY: every label marked or not, as `label_splits`. DIMENSION: every dimension, as
    `dimension_splits`, ``scale`` one (step, range) a dimension, opinions half a range apart in its power.
    *People split* where any label's adjusted p is below ``level``; *one opinion* where no p itself is and each had the
    wanted power; otherwise *undecidable*. Raises `ChoraleError` for PROBABILITY: a model's belief is no vote.
    """
    settings: dict[str, Any] = {"least": least, "level": level, "power": wanted_power}
    if j.kind == Kind.PROBABILITY:
        raise ChoraleError("judgments-kind", "A belief is no vote.", "Use judgments of people.")
    refuse_repeats(j)
    if j.kind == Kind.DIMENSION:
        if scale is None or len(scale) != len(j.labels):
            raise ChoraleError("scale", "Dimensions need their step and range.", "scale=[(step, range), ...]")
        settings["scale"] = [{"step": step, "apart": wide / 2} for step, wide in scale]
        parts = [
            dimension_splits(j, name, step=step, apart=wide / 2, least=least, level=level, seed=seed)
            for name, (step, wide) in zip(j.labels, scale, strict=True)
        ]
        p, power = (np.column_stack([getattr(part, name) for part in parts]) for name in ("p", "power"))
    elif j.kind == Kind.SINGLE:
        one = tested(triples(j), least=least, level=level)
        p, power = one.p[:, None], one.power[:, None]
    else:
        each = [tested(binary_triples(j, code), least=least, level=level) for code in range(len(j.labels))]
        p, power = (np.column_stack([getattr(part, name) for part in each]) for name in ("p", "power"))
    n = np.bincount(j.item[j.counted], minlength=len(j.items))
    names = ("",) if j.kind == Kind.SINGLE else j.labels
    return _joined(j.items, names, p, power, n, level, wanted_power, settings)


def _joined(
    items: pa.StringArray,
    names: tuple[str, ...],
    p: Float64,
    power: Float64,
    n: Int64,
    level: float,
    wanted_power: float,
    settings: dict[str, Any],
) -> ItemSplits:
    adjusted = benjamini_hochberg(p)
    untested: Bool = np.asarray(np.isnan(p).all(axis=1))
    first = np.where(np.isnan(p), np.inf, p).argmin(axis=1)
    rows = np.arange(len(p))
    weakest = np.where(untested, np.nan, np.where(np.isnan(power), np.inf, power).min(axis=1))
    least_p, least_adjusted = p[rows, first], adjusted[rows, first]
    each = zip(least_p, least_adjusted, weakest, strict=True)
    verdict = tuple(verdict_of(*told, level, wanted_power) for told in each)
    about = tuple("" if gone else names[k] for gone, k in zip(untested.tolist(), first.tolist(), strict=True))
    return ItemSplits(items, verdict, least_p, least_adjusted, weakest, n, about, settings)

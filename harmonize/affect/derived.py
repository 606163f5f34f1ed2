"""Derived columns by versioned rules: shift between turns, gap between perspectives, values inferred from labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harmonize.affect.norms import Norms
from harmonize.affect.points import vad_points
from harmonize.loss.channel import jensen_shannon
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Semantics, SoftLabels

SHIFT = "turn-shift@1"
GAP = "perspective-gap@1"
INFERRED = "inferred-value@1"


@dataclass(frozen=True, eq=False)
class Derived:
    """Numbers computed from labels, never labels themselves: ``values`` float64[I, C], NaN where undefined.

    ``rule`` names the rule and its version; ``size`` float64[I]: Euclidean length for dimensions (scale units), Jensen-
    Shannon divergence in bits 0..1 for distributions and posteriors.
    """

    rule: str
    items: pa.StringArray
    columns: tuple[str, ...]
    values: Float64
    size: Float64


def turn_shift(soft: SoftLabels, dialogue: npt.ArrayLike, turn: npt.ArrayLike) -> Derived:
    """Each turn's label minus that of the turn before it in the same dialogue (rule `SHIFT`).

    ``dialogue`` [I] any ids, ``turn`` [I] positions; the turn before is the next lower position present, whoever spoke
    it. The first turn of a dialogue, and turns beside an unlabelled one, are NaN. Raises `ChoraleError` for a position
    given twice in a dialogue, or for semantics without a difference.
    """
    _require(soft)
    groups = np.unique(np.asarray(dialogue), return_inverse=True)[1]
    position = np.asarray(turn)
    order = np.lexsort((position, groups))
    same = groups[order][1:] == groups[order][:-1]
    if (same & (position[order][1:] == position[order][:-1])).any():
        raise ChoraleError("derived-turns", "Two turns of one dialogue have the same position.", "Number them.")
    before = np.full(len(soft), -1)
    before[order[1:]] = np.where(same, order[:-1], -1)
    earlier = np.where((before >= 0)[:, None], soft.values[before], np.nan)
    return Derived(SHIFT, soft.items, soft.labels, soft.values - earlier, _size(soft.semantics, soft.values, earlier))


def perspective_gap(writer: SoftLabels, reader: SoftLabels) -> Derived:
    """The reader's label minus the writer's on the items that both have, in the writer's order (rule `GAP`).

    Both must have the same semantics and labels: perspectives are compared, never pooled (SCIENCE rule 4).
    """
    _require(writer)
    if (writer.semantics, writer.labels) != (reader.semantics, reader.labels):
        raise ChoraleError("derived-perspectives", "The two perspectives must share semantics and labels.")
    place = pc.index_in(writer.items, value_set=reader.items)
    found = np.asarray(place.is_valid())
    one = writer.values[found]
    two = reader.values[place.drop_null().to_numpy(zero_copy_only=False)]
    items = writer.items.filter(pa.array(found))
    return Derived(GAP, items, writer.labels, two - one, _size(writer.semantics, two, one))


def inferred_value(
    labels: SoftLabels | Judgments, norms: str | Norms = "russell-mehrabian-1977", *, rated: SoftLabels | None = None
) -> Derived:
    """Where word norms place what was marked, on the norms' dimensions (rule `INFERRED`, the norms named beside it).

    See `affect.points.vad_points`; NaN where no mark has a norm. With ``rated``, the ratings of the same dimensions on
    the norms' scheme, ``size`` is the Euclidean distance from an item's own rating in scale units, and NaN where there
    is none: an inferred value stands beside a rating and never in its place. Raises `ChoraleError`.
    """
    points = vad_points(labels, norms)
    size = np.full(len(points), np.nan)
    if rated is not None:
        if (rated.semantics, rated.labels) != (Semantics.DIMENSION, points.labels):
            raise ChoraleError(
                "derived-rated", f"Ratings must be of {', '.join(points.labels)}.", "Rescale them first."
            )
        place = pc.index_in(points.items, value_set=rated.items)
        found = np.asarray(place.is_valid())
        own = rated.values[place.drop_null().to_numpy(zero_copy_only=False)]
        size[found] = np.sqrt(((points.values[found] - own) ** 2).sum(axis=1))
    name = points.method.rpartition("norms:")[2]
    return Derived(f"{INFERRED} ({name})", points.items, points.labels, points.values, size)


def _require(soft: SoftLabels) -> None:
    if soft.semantics not in (Semantics.DIMENSION, Semantics.DISTRIBUTION, Semantics.POSTERIOR):
        raise ChoraleError("derived-semantics", f"{soft.semantics} have no difference of one meaning.")


def _size(semantics: Semantics, now: Float64, then: Float64) -> Float64:
    known = ~np.isnan(now).all(axis=1) & ~np.isnan(then).all(axis=1)
    size = np.full(len(now), np.nan)
    if semantics == Semantics.DIMENSION:
        size[known] = np.sqrt(((now[known] - then[known]) ** 2).sum(axis=1))
        return size
    size[known] = jensen_shannon(np.nan_to_num(now[known]), np.nan_to_num(then[known]))
    return size

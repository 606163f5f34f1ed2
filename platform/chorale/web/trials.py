"""Try a crosswalk: a soft label that somebody types, or an item's own, mapped by the rule of its semantics."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from django.db.models import Q

from chorale.store.models import Aggregate, Crosswalk
from chorale.web import palette, softlabels, words
from chorale.web.parts import soft_views
from chorale.web.softlabels import SoftLabelView
from harmonize.crosswalks import Crosswalk as CoreCrosswalk
from harmonize.crosswalks import map_soft, proportion_bounds
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Kind, Semantics, SoftLabels
from harmonize.schemes import Scheme

OFFERED = {
    Kind.SINGLE: (Semantics.DISTRIBUTION, Semantics.POSTERIOR),
    Kind.SET: (Semantics.PROPORTIONS, Semantics.POSTERIOR),
    Kind.INTENSITY: (Semantics.INTENSITY,),
    Kind.DIMENSION: (Semantics.DIMENSION,),
}
NATIVE = ("votes", "published", "mean")


@dataclass(frozen=True)
class Bound:
    """What is known of one merged proportion: at least ``low``, at most ``high`` (0..1)."""

    name: str
    family: str
    low: float
    high: float
    text: str

    @property
    def start(self) -> float:
        """The lower bound on 0..100."""
        return round(100 * self.low, 2)

    @property
    def width(self) -> float:
        """How far it is to the upper bound, on 0..100."""
        return round(100 * (self.high - self.low), 2)


@dataclass(frozen=True)
class Trial:
    """What was given and what became of it: a soft label, or bounds where only those are known, or why neither."""

    given: SoftLabelView | None = None
    mapped: SoftLabelView | None = None
    bounds: tuple[Bound, ...] = ()
    unmapped: float | None = None
    problem: str = ""


def read(text: str, scheme: Scheme) -> Float64:
    """Values float64[L] of "label=share" pairs, one a line or with commas; what is not named is 0, "?" is masked.

    Dimensions that are not named are masked. Raises `ChoraleError` for a word that is no pair or no label.
    """
    values = np.full(len(scheme.names), np.nan if scheme.kind == Kind.DIMENSION else 0.0)
    pairs = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    for pair in pairs:
        name, _, share = (part.strip() for part in re.sub(r"\s*[:=]\s*", "=", pair).rpartition("="))
        try:
            value = math.nan if share == "?" else float(share)
        except ValueError:
            value = math.inf
        if not name or math.isinf(value):
            raise ChoraleError("trial-pair", f"{pair!r} is no label=share pair.", "Write, for example, joy=0.7.")
        values[scheme.code(name)] = value
    return values


def typed(text: str, semantics: str, core: CoreCrosswalk) -> Trial:
    """Map what was typed, with the meaning that was chosen for it."""
    source = core.source_labels
    try:
        chosen = Semantics(semantics or OFFERED[source.kind][0])
        soft = _soft(read(text, source), chosen, source)
    except ValueError:
        return Trial(problem=f"{semantics!r} is no meaning of a soft label.")
    except ChoraleError as error:
        return Trial(problem=str(error))
    return mapped(soft, core)


def of_item(row: Aggregate, core: CoreCrosswalk) -> Trial:
    """Map an item's stored soft label."""
    values = np.array([math.nan if v is None else v for v in row.values])
    soft = _soft(values, Semantics(row.semantics), core.source_labels, n=row.n, method=row.method)
    if row.spread is not None:
        spread = np.array([[math.nan if v is None else v for v in row.spread]])
        soft = replace(soft, spread=spread)
    return mapped(soft, core)


def search(crosswalk: Crosswalk, q: str = "", most: int = 8) -> list[Aggregate]:
    """Native soft labels under the source scheme, of items whose text or id holds ``q``."""
    native = Aggregate.objects.filter(scheme=crosswalk.source, crosswalk=None, method__in=NATIVE)
    if q.strip():
        native = native.filter(Q(item__text__icontains=q.strip()) | Q(item__source_id=q.strip()))
    native = native.select_related("item", "campaign", "collection")
    # In the order of the index by scheme: the first few are found without sorting them all.
    return list(native.order_by("perspective", "method", "item_id")[:most])


def offer(row: Crosswalk, core: CoreCrosswalk, **state: str) -> dict[str, Any]:
    """What one may try: the meanings that the source scheme's labels can have, items with a label, a first example."""
    source = core.source_labels
    first, second = source.names[0], source.names[1 if len(source.names) > 1 else 0]
    q = state.get("q", "")
    return {
        **state,
        "q": q,
        "meanings": OFFERED[source.kind],
        "found": soft_views(search(row, q)),
        "hint": "=5, ".join(source.names[:3]) + "=5" if source.dimensions else f"{first}=0.7, {second}=0.3",
    }


def mapped(soft: SoftLabels, core: CoreCrosswalk) -> Trial:
    """`map_soft`, or `proportion_bounds` for proportions of labels that merge."""
    given = _view(soft, core.source_labels)
    try:
        if soft.semantics == Semantics.PROPORTIONS and core.merges:
            return Trial(given=given, bounds=_bounds(soft, core))
        found = map_soft(soft, core)
    except ChoraleError as error:
        return Trial(given=given, problem=str(error))
    unmapped = None if found.unmapped is None else float(found.unmapped[0])
    return Trial(given=given, mapped=_view(found, core.target_labels, unmapped=unmapped), unmapped=unmapped)


def _soft(values: Float64, semantics: Semantics, scheme: Scheme, n: int | None = None, method: str = "") -> SoftLabels:
    rows, count = values.reshape(1, -1), np.array([-1 if n is None else n], dtype=np.int32)
    return SoftLabels(semantics, pa.array(["item"]), scheme.names, rows, count, method or "as typed")


def _view(soft: SoftLabels, scheme: Scheme, unmapped: float | None = None) -> SoftLabelView:
    values = [None if math.isnan(v) else float(v) for v in soft.values[0]]
    n = int(soft.n[0]) if soft.n[0] >= 0 else None
    spread = None if soft.spread is None else [None if math.isnan(v) else float(v) for v in soft.spread[0]]
    return softlabels.view(scheme, values, semantics=str(soft.semantics), spread=spread, n=n, unmapped=unmapped)


def _bounds(soft: SoftLabels, core: CoreCrosswalk) -> tuple[Bound, ...]:
    found = proportion_bounds(soft, core)
    rows = []
    for label, low, high in zip(core.target_labels.labels, found.low[0], found.high[0], strict=True):
        if math.isnan(low):
            continue
        same = math.isclose(low, high)
        text = words.figure(low, 2) if same else f"{words.figure(low, 2)} to {words.figure(high, 2)}"
        rows.append(Bound(label.name, palette.family(label.id), float(low), float(high), text))
    return tuple(sorted(rows, key=lambda b: -b.high))

"""What is settled: the votes of people in a scope under one scheme from one perspective, and where its rows go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from annotation.aggregation import Way, ways_of
from chorale.store import aggregates, bridge, masks
from chorale.store.models import Job, Scheme
from chorale.store.scopes import Scope
from harmonize.records import Judgments, Kind, SoftLabels

RULED = "ruled"


@dataclass(frozen=True)
class Layer:
    """What is settled: a scheme and perspective in a scope, by which ways, in whose job."""

    scope: Scope
    scheme: Scheme
    perspective: str
    ways: tuple[Way, ...] = ()
    job: Job | None = None

    def votes(self, items: tuple[int, int]) -> Judgments:
        """People's blind votes on the items from the first id up to the second."""
        return bridge.judgments(
            self.scheme, perspective=self.perspective, who="people", items=items, **self.scope.filters()
        )

    def write(self, soft: SoftLabels, method: str, **bounds: Any) -> int:
        """Write the soft labels of one way, inside a transaction; what a corpus could not express is masked."""
        if method != RULED:  # an adjudicator sees every label
            hidden = masks.masked(soft, self.scheme, self.perspective)
            soft = masks.without(soft, hidden)
            unknown = None if hidden is None else np.isnan(soft.values)
            bounds = {k: v if v is None or unknown is None else masks.hide(v, unknown) for k, v in bounds.items()}
        place = {"scope": self.scope, "scheme": self.scheme, "perspective": self.perspective, "method": method}
        return aggregates.write(soft, **place, job=self.job, **bounds)


def layer(scope: Scope, scheme: Scheme, perspective: str, *, ways: Any = None, job: Job | None = None) -> Layer:
    """A layer with the ways named (None: those made unasked; "all"). Raises `ChoraleError` for unknown names."""
    return Layer(scope, scheme, perspective, ways_of(Kind(scheme.kind), ways), job)


def blocks(layer: Layer) -> list[bridge.Block]:
    """The blocks of items in which people spoke, in order."""
    return bridge.blocks(layer.scheme, perspective=layer.perspective, who="people", **layer.scope.filters())


def gathered(parts: Iterable[Judgments]) -> Judgments | None:
    """Blocks of different items as one table, each let go as it is read: about 20 bytes a judgment of one label, twice
    that while they are joined. None where there is no block."""
    raters: dict[str, int] = {}
    items: list[pa.Array] = []
    columns: dict[str, list[Any]] = {}
    first, known, marks = None, 0, 0
    for part in parts:
        first = first or part.select(np.empty(0, np.int64))
        place = np.array([raters.setdefault(name, len(raters)) for name in part.raters.to_pylist()] + [-1], np.int32)
        kept = {"item": part.item + np.int32(known), "rater": place[part.rater], "status": part.status}
        kept |= {name: getattr(part, name) for name in ("label", "strength", "values")}
        kept["offsets"] = None if part.offsets is None else part.offsets[1:] + marks
        for name, column in kept.items():
            columns.setdefault(name, []).append(column)
        items.append(part.items)
        known, marks = known + len(part.items), marks + (0 if part.offsets is None else int(part.offsets[-1]))
    if first is None:
        return None
    joined = {name: None if some[0] is None else np.concatenate(some) for name, some in columns.items()}
    if joined["offsets"] is not None:
        joined["offsets"] = np.concatenate([np.zeros(1, np.int64), joined["offsets"]])
    named = {"items": pa.concat_arrays(items), "raters": pa.array(list(raters), type=pa.string())}
    return replace(first, **named, **joined)

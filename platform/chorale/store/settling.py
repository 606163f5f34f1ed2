"""Settling: from the votes of a scope to its soft labels, under every named aggregation asked for, side by side.

Votes are never touched: an aggregate is a view of them, made again at any time. What is stored, and where:

``aggregate``, one row an item and way (``method`` is the way's name in `annotation.aggregation.WAYS`; "ruled" where an
adjudicator decided; "published" for a corpus's own labels): ``values``, ``n``, ``entropy``, ``spread``; ``low`` and
``high`` (bounds at 95 %, way "dirichlet" alone). An item that a way leaves undecided has no row of that way. The row of
the votes ("votes"; "mean" for numbers) also holds ``verdict``: "people split", "one opinion" or "undecidable", and
``evidence``: {"p", "adjusted", "power" (null where not tested), "about": label with the smallest p, "level", "least"}.

``aggregation_report``, one a scope, scheme and perspective; its ``body``:
{"kind", "labels", "items", "judgments", "raters_known": bool,
"ways": {way: {"semantics", "about", "items", "undecided", "facts": {...}}}, "refused": {way: reason},
"verdicts": {verdict: items} or {"refused": reason}, "verdict_settings": {"least", "level", "power", "scale"},
"rulings": items ruled,
"raters": [{"rater": pk as text, "judgments", way: figure, ...}], "rater_figures": {way: what the figure is}}.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import transaction

from annotation import aggregation
from annotation.aggregation import Made, Way
from annotation.aggregation.published import published
from chorale.store import aggregates, bridge, masks, ruled, settle_memory
from chorale.store.models import AggregationReport, Job, Scheme
from chorale.store.scopes import Scope
from chorale.store.settle_memory import VERDICTS, Size
from chorale.store.settled_layers import Layer, blocks, gathered, layer
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

Json = dict[str, Any]


@dataclass
class Told:
    """What a layer's report gathers on its way; `plain` is its JSON form, kept as the shard's cursor."""

    left: list[Json] | None = None  # blocks to do; None before they were looked up
    items: int = 0
    judgments: int = 0
    rulings: int = 0
    ways: Json = field(default_factory=dict)
    refused: Json = field(default_factory=dict)
    raters: dict[str, Json] = field(default_factory=dict)
    rater_figures: dict[str, str] = field(default_factory=dict)

    def plain(self) -> Json:
        """As JSON."""
        return dict(vars(self))

    def add(self, way: Way, made: Made, written: int, raters: list[str]) -> None:
        """Count what a way gave, and keep what it says of raters."""
        old = self.ways.get(way.name, {"items": 0, "undecided": 0})
        self.ways[way.name] = {
            "semantics": str(made.soft.semantics),
            "about": way.about,
            "items": old["items"] + written,
            "undecided": old["undecided"] + made.undecided,
            "facts": made.facts,
        }
        if made.by_rater is None:
            return
        self.rater_figures[way.name] = made.rater_figure
        for name, value in zip(raters, made.by_rater.tolist(), strict=True):
            if value == value:  # NaN: nothing is known of this rater
                self.raters.setdefault(name, {})[way.name] = value


def settle_block(layer: Layer, block: bridge.Block, told: Told) -> None:
    """The ways that need an item's own votes alone, and the rulings, for one block of items, inside a transaction:
    memory is flat."""
    votes = layer.votes(block.items)
    told.items += len(np.unique(votes.item[votes.counted]))
    told.judgments += int(votes.counted.sum())
    _count_raters(votes, told)
    for way in layer.ways:
        if way.by_item and len(votes):
            _make(layer, way, votes, told)
    told.rulings += ruled.lay(layer, votes)


def settle_whole(layer: Layer, told: Told) -> Iterator[str]:
    """The ways that need all votes at once, then verdicts; yields the name of each before it is written.

    The caller commits each piece. What would take more memory than is allowed (`settle_memory`) is refused by name.
    """
    if not told.judgments:
        return
    size = Size(told.judgments, told.items, len(layer.scheme.core.names))
    names = [way.name for way in layer.ways if not way.by_item]
    fits = {name for name in [*names, VERDICTS] if _fits(size, name, told)}
    votes = gathered(layer.votes(block.items) for block in blocks(layer)) if fits else None
    for way in layer.ways:
        if not way.by_item and way.name not in told.ways:
            yield way.name
            if way.name in fits and votes is not None:
                _make(layer, way, votes, told)
            if way.name in told.refused:
                aggregates.drop(layer.scope, layer.scheme, layer.perspective, way.name)
    yield VERDICTS
    verdicts = _verdicts(layer, votes) if VERDICTS in fits and votes is not None else None
    yield "report"
    keep(layer, told, verdicts)


def _fits(size: Size, name: str, told: Told) -> bool:
    try:
        settle_memory.require(size, name)
    except ChoraleError as refusal:
        told.refused[name] = str(refusal)
        return False
    return True


def settle(
    scope: Scope, scheme: Scheme, perspective: str, *, ways: Any = None, job: Job | None = None
) -> dict[str, int]:
    """Settle a layer in one go, without a job's steps; returns items a way."""
    made, told = layer(scope, scheme, perspective, ways=ways, job=job), Told()
    for block in blocks(made):
        with transaction.atomic():
            settle_block(made, block, told)
    with transaction.atomic():
        for _ in settle_whole(made, told):
            pass
    return {name: facts["items"] for name, facts in told.ways.items()}


def _make(layer: Layer, way: Way, votes: Judgments, told: Told) -> None:
    try:
        made = way.make(votes)
    except ChoraleError as refusal:
        told.refused[way.name] = refusal.message
        return
    written = layer.write(made.soft, way.name, low=made.low, high=made.high)
    told.add(way, made, written, votes.raters.to_pylist())


def _count_raters(votes: Judgments, told: Told) -> None:
    known = votes.rater[votes.counted & (votes.rater >= 0)]
    counts = np.bincount(known, minlength=len(votes.raters))
    for name, count in zip(votes.raters.to_pylist(), counts.tolist(), strict=True):
        facts = told.raters.setdefault(name, {})
        facts["judgments"] = facts.get("judgments", 0) + count


def _verdicts(layer: Layer, votes: Judgments) -> aggregation.ItemSplits:
    """Test every item, and lay its verdict on the row of its votes."""
    scale = [((d.step or (d.high - d.low) / 100), d.high - d.low) for d in layer.scheme.core.dimensions]
    found = aggregation.item_splits(votes, scale=scale or None)
    method = "mean" if votes.kind == Kind.DIMENSION else "votes"
    place = {"scope": layer.scope, "scheme": layer.scheme, "perspective": layer.perspective}
    aggregates.write_verdicts(found, **place, method=method)
    return found


def keep(layer: Layer, told: Told, verdicts: aggregation.ItemSplits | None) -> AggregationReport:
    """The report of a layer, as the module says it is stored; aggregates of items without votes are dropped."""
    aggregates.drop_unvoted(layer.scope, layer.scheme, layer.perspective)
    untested = told.refused.pop(VERDICTS, None)
    body: Json = {
        "kind": layer.scheme.kind,
        "labels": list(layer.scheme.core.names),
        "items": told.items,
        "judgments": told.judgments,
        "raters_known": bool(told.raters) and sum(r["judgments"] for r in told.raters.values()) == told.judgments,
        "ways": told.ways,
        "refused": told.refused,
        "verdicts": verdicts.counts() if verdicts else {"refused": untested},
        "verdict_settings": verdicts.settings if verdicts else {},
        "rulings": told.rulings,
        "raters": [{"rater": name, **figures} for name, figures in told.raters.items()],
        "rater_figures": told.rater_figures,
    }
    place = {"scope_type": layer.scope.type, "scope": layer.scope.slug}
    report, _ = AggregationReport.objects.update_or_create(
        **place,
        scheme=layer.scheme,
        perspective=layer.perspective,
        defaults={"body": aggregates.plain(body), "job": layer.job},
    )
    return report


def settle_published(scope: Scope, scheme: Scheme, perspective: str, *, job: Job | None = None) -> int:
    """Write a corpus's own published labels, where it publishes no votes: n and entropy are null (SCIENCE rule 2)."""
    found: Iterable[bridge.Block] = bridge.blocks(scheme, perspective=perspective, who="source", **scope.filters())
    written = 0
    for block in found:
        judgments = bridge.judgments(
            scheme, perspective=perspective, who="source", items=block.items, **scope.filters()
        )
        soft = published(judgments)
        soft = masks.without(soft, masks.masked(soft, scheme, perspective))
        with transaction.atomic():
            place = {"scope": scope, "scheme": scheme, "perspective": perspective}
            written += aggregates.write(soft, **place, method="published", job=job)
    return written

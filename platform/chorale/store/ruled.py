"""The way "ruled" of a layer: the customary label of each item, and an adjudicator's ruling over it where one stands.

It is written while a layer is settled, and again for one item as soon as a ruling on it is made or taken back.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from annotation import aggregation
from chorale.store import aggregates, bridge, scopes
from chorale.store.models import Aggregate, Item, Ruling, Scheme
from chorale.store.scopes import Scope
from chorale.store.settled_layers import RULED, Layer
from harmonize.records import Judgments, Kind, SoftLabels


def lay(layer: Layer, votes: Judgments) -> int:
    """Write the way for the items of ``votes``, inside a transaction; returns how many were ruled. Without a ruling in
    the scope the way is dropped: it would be a copy of the customary label."""
    rulings = bridge.rulings(layer.scheme, perspective=layer.perspective, items=votes.items)
    if not len(rulings):
        if not _standing(layer):
            aggregates.drop(layer.scope, layer.scheme, layer.perspective, RULED)
            return 0
        layer.write(_customary(votes), RULED)
        return 0
    if votes.kind == Kind.DIMENSION:
        soft, ruled = aggregation.with_ruled_values(aggregation.dimension_mean(votes), rulings)
    else:
        before = aggregation.plurality(votes) if votes.kind == Kind.SINGLE else aggregation.majority(votes)
        found = aggregation.with_rulings(before, rulings)
        soft, ruled = found.hard.soft, found.ruled
    layer.write(soft, RULED)
    return int(ruled.sum())


def lay_item(item: Item, scheme: Scheme, perspective: str) -> None:
    """Write the way anew for one item, in its corpus and in every campaign and collection that it was settled in."""
    for scope in _scopes(item, scheme, perspective):
        layer = Layer(scope, scheme, perspective)
        votes = layer.votes((item.pk, item.pk + 1))
        rulings = bridge.rulings(scheme, perspective=perspective, items=bridge.ids([item.pk]))
        if len(votes):
            lay(layer, votes)
        elif len(rulings):
            layer.write(_alone(rulings), RULED)
        else:
            rows = Aggregate.objects.filter(scheme=scheme, perspective=perspective, method=RULED, **scope.owner())
            rows.filter(item=item, crosswalk=None).delete()


def _scopes(item: Item, scheme: Scheme, perspective: str) -> list[Scope]:
    rows = Aggregate.objects.filter(item=item, scheme=scheme, perspective=perspective, crosswalk=None)
    rows = rows.select_related("campaign", "collection").order_by("campaign", "collection")
    found = [Scope("corpus", item.corpus)]
    for row in rows.distinct("campaign", "collection"):
        if owner := row.campaign or row.collection:
            found.append(scopes.of(owner))
    return found


def _standing(layer: Layer) -> bool:
    """Whether a ruling stands on any item of the scope."""
    rows = Ruling.objects.filter(scheme=layer.scheme, perspective=layer.perspective, retired_at=None)
    return rows.filter(layer.scope.holds("item")).exists()


def _customary(votes: Judgments) -> SoftLabels:
    if votes.kind == Kind.DIMENSION:
        return aggregation.dimension_mean(votes)
    return (aggregation.plurality(votes) if votes.kind == Kind.SINGLE else aggregation.majority(votes)).soft


def _alone(rulings: Judgments) -> SoftLabels:
    """The ruling itself where no person voted: n is unknown, not 1, as a ruling is no vote."""
    soft = _customary(rulings)
    return replace(soft, n=np.full(len(soft), -1, dtype=np.int32), spread=None)

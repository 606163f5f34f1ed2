"""The sums behind a scope's alphas, kept block by block: only what changed is taken anew, the rest adds up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from annotation.agreement import BlockSums, block_sums, packed_block, unpacked_block
from chorale.store import bridge
from chorale.store.models import AgreementSums, Campaign, Collection, Corpus, Rater, Scheme
from chorale.store.scopes import Scope
from harmonize.records import Judgments

VERSION = 2  # of what is kept; another version takes every block anew
MOST_FACETS = 8
Groups = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Layer:
    """What is measured: people's blind answers under a scheme and perspective in a scope."""

    scope: Scope
    scheme: Scheme
    perspective: str

    @property
    def place(self) -> dict[str, Any]:
        """The key of its kept sums."""
        scope = {"scope_type": self.scope.type, "scope": self.scope.slug}
        return {**scope, "scheme": self.scheme, "perspective": self.perspective}

    def blocks(self) -> list[bridge.Block]:
        """The blocks in which people spoke."""
        return bridge.blocks(self.scheme, perspective=self.perspective, who="people", **self.scope.filters())

    @property
    def collection(self) -> Collection | None:
        """The collection whose chances of being drawn weigh the items: the scope's own, or its campaign's."""
        row = self.scope.row
        return row.collection if isinstance(row, Campaign) else row if isinstance(row, Collection) else None


def stale(layer: Layer) -> list[bridge.Block]:
    """The blocks to take anew; kept sums of blocks in which nobody speaks any more are dropped."""
    mark = _mark(layer)
    kept = dict(AgreementSums.objects.filter(**layer.place).values_list("block", "fingerprint"))
    found = layer.blocks()
    AgreementSums.objects.filter(**layer.place).exclude(block__in=[block.number for block in found]).delete()
    return [block for block in found if kept.get(block.number) != f"{block.fingerprint}:{mark}"]


def take(layer: Layer, block: bridge.Block) -> None:
    """Take and keep the sums of one block, inside a transaction."""
    people = bridge.judgments(
        layer.scheme, perspective=layer.perspective, who="people", items=block.items, **layer.scope.filters()
    )
    sums = block_sums(people, rater_groups=rater_groups(people), **_of_items(layer, block, people))
    kept = {"fingerprint": f"{block.fingerprint}:{_mark(layer)}", "data": packed_block(sums)}
    AgreementSums.objects.update_or_create(**layer.place, block=block.number, defaults=kept)


def added_up(layer: Layer) -> BlockSums | None:
    """The sums of all blocks together, one in memory at a time; None where nobody spoke."""
    rows = AgreementSums.objects.filter(**layer.place).order_by("block").values_list("data", flat=True)
    whole: BlockSums | None = None
    for data in rows.iterator(chunk_size=1):
        part = unpacked_block(bytes(data))
        whole = part if whole is None else whole.merge(part)
    return whole


def weighs(layer: Layer) -> bool:
    """Whether the items of the scope were drawn with different chances."""
    if layer.collection is None:
        return False
    return len(set(layer.collection.members.values_list("probability", flat=True).distinct()[:2])) > 1


def rater_groups(people: Judgments) -> Groups:
    """Trait to rater to value, of the people who told any trait."""
    known = [int(key) for key in people.raters.to_pylist()]
    groups: Groups = {}
    for pk, traits in Rater.objects.filter(pk__in=known).exclude(traits={}).values_list("pk", "traits"):
        for name, value in traits.items():
            if _plain(value):
                groups.setdefault(f"rater {name}", {})[str(pk)] = str(value)
    return groups


def _mark(layer: Layer) -> str:
    """What changes the sums of every block: the version, who told which trait, the chances of being drawn."""
    traits = Rater.objects.exclude(traits={}).order_by("pk").values_list("pk", "traits")
    said: list[Any] = [VERSION, list(traits), layer.collection and [layer.collection.pk, layer.collection.items]]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


def _of_items(layer: Layer, block: bridge.Block, people: Judgments) -> dict[str, Any]:
    """Clusters, weights and slices of a block's items, in the order of the judgments' vocabulary."""
    corpus = layer.scope.row if isinstance(layer.scope.row, Corpus) else None
    facts = bridge.item_facts(block.items, corpus=corpus, collection=layer.collection)
    place = pc.index_in(people.items.cast(pa.int64()), facts["item"].combine_chunks())
    facts = facts.take(place)
    groups = facts["group"].to_pylist()
    clusters = None
    if any(groups):
        # A dialogue is one drawing; an item without one stands for itself.
        whole = zip(facts["corpus"].to_pylist(), groups, facts["item"].to_pylist(), strict=True)
        clusters = [f"{corpus_}:{group}" if group else f"item {item}" for corpus_, group, item in whole]
    weights = None
    if weighs(layer) and layer.collection is not None:
        drawn = layer.collection.items / max(layer.collection.matched, 1)
        weights = drawn / facts["chance"].fill_null(1.0).to_numpy().astype(np.float64)
    slices = {name: facts[name].to_pylist() for name in ("corpus", "language")}
    return {"clusters": clusters, "weights": weights, "item_groups": slices | _facets(facts["facets"].to_pylist())}


def _facets(texts: Iterable[str | None]) -> dict[str, list[str | None]]:
    """Each facet with its value an item, at most eight: a facet with lists or long texts is none."""
    rows = [json.loads(text) if text else {} for text in texts]
    names = sorted({name for row in rows for name, value in row.items() if _plain(value)})[:MOST_FACETS]
    return {f"facet {name}": [str(row[name]) if _plain(row.get(name)) else None for row in rows] for name in names}


def _plain(value: Any) -> bool:
    return isinstance(value, (bool, int)) or (isinstance(value, str) and 0 < len(value) <= 60)

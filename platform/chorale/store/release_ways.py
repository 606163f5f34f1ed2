"""Other ways to one soft label: a latent truth, votes with rulings over them, points by word norms; derived columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from chorale.store.models import Campaign, CollectionItem, Corpus, Item, Ruling
from exports.recipe import METHODS
from exports.soft import NORMS
from harmonize import affect
from harmonize.affect.derived import GAP, INFERRED, SHIFT
from harmonize.records import Semantics

LATENT = ("vote-distribution", "vote-proportions")
RULINGS = {"vote-distribution": "plurality-ruled", "vote-proportions": "majority-ruled",
           "intensity-mean": "majority-ruled", "dimension-mean": "mean-ruled"}  # fmt: skip
Naming = Callable[..., str]


@dataclass(frozen=True)
class Offer:
    """One soft label column that could be asked for, as the values of its `[[layers]]` table."""

    layer: dict[str, Any]
    title: str
    detail: str
    native: bool = True
    status: str = ""
    single: bool = False  # one choice a rater

    @property
    def name(self) -> str:
        """The column's name."""
        return str(self.layer["name"])

    @property
    def semantics(self) -> Semantics:
        """What its numbers mean."""
        return METHODS[str(self.layer["method"])]


def of(offer: Offer, corpora: Sequence[Corpus], campaigns: Sequence[Campaign], name: Naming) -> Iterator[Offer]:
    """What else people's own votes can give: Dawid-Skene's posterior, and where a ruling stands, what is ruled."""
    method = str(offer.layer["method"])
    if offer.layer["raters"] != "people":
        return
    if method in LATENT:
        yield _by(offer, "dawid-skene", "one truth behind the votes, a belief", name(f"{offer.name}_belief"))
    asked = CollectionItem.objects.filter(collection__in=[row.collection_id for row in campaigns])
    ours = Q(item__corpus__in=corpora) | Q(item__in=asked.values("item"))
    standing = Ruling.objects.filter(ours, scheme__ref=offer.layer["scheme"], retired_at=None)
    if standing.filter(perspective=offer.layer["perspective"]).exists():
        yield _by(offer, RULINGS[method], "rulings win over the votes", name(f"{offer.name}_adjudicated"))


def _by(offer: Offer, method: str, words: str, name: str) -> Offer:
    layer = offer.layer | {"name": name, "method": method}
    detail = f"{layer['scheme']}, {layer['perspective']}, {method}: {words}"
    return Offer(layer, offer.title, detail, native=False, single=offer.layer["method"] == "vote-distribution")


def points(offer: Offer, name: Naming) -> Offer | None:
    """Points on valence, arousal and dominance by word norms, where these speak of the scheme's labels."""
    norms = affect.load_norms(NORMS)
    if offer.layer["raters"] != "people" or not _has_words(offer):
        return None
    source = offer.layer.get("sources") or [{"scheme": offer.layer["scheme"]}]
    layer = offer.layer | {"name": name(f"{offer.name}_points"), "scheme": norms.scheme, "method": "vad-points"}
    detail = f"{norms.scheme}, {layer['perspective']}, vad-points of {offer.name} by {norms.id}"
    layer |= {"norms": norms.id, "sources": source}
    return Offer(layer, offer.title, detail, native=False, status=offer.status)


def _has_words(offer: Offer) -> bool:
    """Whether the norms state words for what was judged, or for what it is mapped to."""
    scheme = str(offer.layer["scheme"]).partition("@")[0]
    return scheme in affect.load_norms(NORMS).labels and offer.semantics != Semantics.DIMENSION


def derived(offers: Sequence[Offer], corpora: Sequence[Corpus]) -> list[tuple[str, str]]:
    """Derived columns as (rule:layer[:other], words): shifts where items stand in dialogues, gaps, inferred values."""
    apart = [o for o in offers if _has_difference(o)]
    placed = Item.objects.filter(corpus__in=corpora, position__isnull=False).exclude(group="")
    spoken = _declared(Corpus.objects.filter(pk__in=placed.values("corpus").distinct()))
    found = [(f"{SHIFT}:{o.name}", f"Shift from turn to turn of {o.name}") for o in apart if _judged(o) in spoken]
    found += [(f"{GAP}:{one.name}:{two.name}", f"Gap from {one.name} to {two.name}") for one, two in _beside(apart)]
    judged = [o for o in offers if o.layer["raters"] == "people" and o.layer["method"] in LATENT]
    return found + [(f"{INFERRED}:{o.name}", f"Where word norms place {o.name}") for o in judged if _has_words(o)]


def _has_difference(offer: Offer) -> bool:
    """Whether one label less another means one thing: of numbers, and of shares that sum to 1; never of norms' points,
    nor of a belief about a set of labels."""
    single = (Semantics.DISTRIBUTION, Semantics.DIMENSION)
    alone = offer.layer["method"] == "model-confidence" or offer.single
    fits = offer.semantics in single or (offer.semantics == Semantics.POSTERIOR and alone)
    return fits and offer.layer["method"] != "vad-points"


def _declared(corpora: Iterable[Corpus]) -> set[str]:
    """Ids of the schemes that corpora are judged under, by their descriptors."""
    layers = (layer for corpus in corpora for layer in corpus.descriptor.get("layers", []))
    return {str(layer.get("scheme", "")).partition("@")[0] for layer in layers}


def _judged(offer: Offer) -> str:
    """The id of the scheme that was judged under, be it mapped or not."""
    source = offer.layer.get("sources") or [offer.layer]
    return str(source[0]["scheme"]).partition("@")[0]


def _beside(offers: Sequence[Offer]) -> Iterator[tuple[Offer, Offer]]:
    """Pairs that differ in whose emotion it is, and in nothing else."""
    for i, one in enumerate(offers):
        for two in offers[i + 1 :]:
            same = all(one.layer[key] == two.layer[key] for key in ("scheme", "method", "raters"))
            if same and one.layer["perspective"] != two.layer["perspective"]:
                yield one, two

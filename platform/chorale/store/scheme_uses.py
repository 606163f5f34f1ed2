"""Where a scheme or crosswalk is used: corpora, forms, maps, and how many judgments stand under it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from chorale.store.models import Corpus, Crosswalk, FormLayer, Scheme
from harmonize.schemes.files import version_key


@dataclass(frozen=True)
class SchemeUses:
    """Corpora whose layers name the scheme, forms that ask it, crosswalks that start or end there, other versions."""

    corpora: list[Corpus]
    forms: list[FormLayer]
    maps: list[Crosswalk]
    versions: list[str]


def of_scheme(row: Scheme) -> SchemeUses:
    """Every use of a scheme version that the database knows."""
    name = row.ref.partition("@")[0]  # a descriptor may name a scheme without its version
    named = [corpus for corpus in Corpus.objects.order_by("slug") if _layers(corpus) & {row.ref, name}]
    maps = Crosswalk.objects.filter(Q(source=row) | Q(target=row)).select_related("source", "target")
    layers = row.formlayer_set.select_related("form").order_by("form__slug", "form__version")
    return SchemeUses(named, list(layers), list(maps.order_by("ref")), versions(Scheme, row.ref))


def versions(table: type[Scheme] | type[Crosswalk], ref: str) -> list[str]:
    """The refs of all versions of the same id, oldest first."""
    name = ref.partition("@")[0]
    known = table._default_manager.filter(ref__startswith=f"{name}@").values_list("ref", flat=True)
    return sorted(known, key=lambda r: version_key(r.partition("@")[2]))


def _layers(corpus: Corpus) -> set[str]:
    return {str(layer.get("scheme", "")) for layer in corpus.descriptor.get("layers", ())}

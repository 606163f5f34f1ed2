"""Where a scheme is used: corpora, forms, campaigns, maps, releases, and whether anything was judged under it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import Q

from chorale.store.models import (
    Aggregate,
    AgreementReport,
    Campaign,
    Corpus,
    Crosswalk,
    FormLayer,
    Judgment,
    Release,
    Scheme,
)
from harmonize.schemes.files import version_key


@dataclass(frozen=True)
class SchemeUses:
    """Everything that names a scheme version, each a row with a page; ``judged``: some judgment stands under it."""

    corpora: list[Corpus]
    forms: list[FormLayer]
    campaigns: list[Campaign]
    maps: list[Crosswalk]
    reports: list[AgreementReport]
    releases: list[Release]
    versions: list[str]
    judged: bool

    @property
    def used(self) -> bool:
        """Whether anything at all rests on it."""
        return self.judged or any((self.corpora, self.forms, self.maps, self.releases))


def of_scheme(row: Scheme) -> SchemeUses:
    """Every use of a scheme version that the database knows."""
    name = row.ref.partition("@")[0]  # a descriptor or recipe may name a scheme without its version
    maps = Crosswalk.objects.filter(Q(source=row) | Q(target=row)).select_related("source", "target")
    layers = row.formlayer_set.select_related("form").order_by("form__slug", "form__version")
    found = SchemeUses(
        corpora=[corpus for corpus in Corpus.objects.order_by("slug") if _layers(corpus) & {row.ref, name}],
        forms=list(layers),
        campaigns=list(Campaign.objects.filter(form__layers__scheme=row).distinct().order_by("slug")),
        maps=list(maps.order_by("ref")),
        reports=list(AgreementReport.objects.filter(scheme=row).order_by("scope_type", "scope")),
        releases=naming(name),
        versions=versions(Scheme, row.ref),
        judged=Aggregate.objects.filter(scheme=row).exists(),
    )
    if found.used:
        return found
    # Judgments have no index by scheme: they are looked through only where nothing else tells.
    return replace(found, judged=Judgment.objects.filter(scheme=row).exists())


def naming(name: str) -> list[Release]:
    """The releases whose recipe names a scheme or crosswalk by its id."""
    found = Release.objects.filter(Q(recipe__contains=f'"{name}"') | Q(recipe__contains=f'"{name}@'))
    return list(found.order_by("slug", "version"))


def versions(table: type[Scheme] | type[Crosswalk], ref: str) -> list[str]:
    """The refs of all versions of the same id, oldest first."""
    name = ref.partition("@")[0]
    known = table._default_manager.filter(ref__startswith=f"{name}@").values_list("ref", flat=True)
    return sorted(known, key=lambda r: version_key(r.partition("@")[2]))


def _layers(corpus: Corpus) -> set[str]:
    return {str(layer.get("scheme", "")) for layer in corpus.descriptor.get("layers", ())}

"""Where a crosswalk is used: the scopes it was applied to, the maps made of it, the releases that name it."""

from __future__ import annotations

from dataclasses import dataclass

from chorale.store.models import Aggregate, Crosswalk, Release
from chorale.store.scheme_uses import naming


@dataclass(frozen=True)
class Applied:
    """A scope that a map was applied to: corpus, campaign or collection, its slug and the perspective."""

    kind: str
    slug: str
    perspective: str


@dataclass(frozen=True)
class CrosswalkUses:
    """Everything that rests on a crosswalk version; ``labelled``: some soft label was made by it."""

    scopes: list[Applied]
    derived: list[Crosswalk]
    releases: list[Release]
    labelled: bool

    @property
    def used(self) -> bool:
        """Whether anything at all rests on it."""
        return self.labelled or any((self.scopes, self.derived, self.releases))


def of_crosswalk(row: Crosswalk) -> CrosswalkUses:
    """Every use of a crosswalk version that the database knows."""
    return CrosswalkUses(
        scopes=[applied(key) for key in sorted(row.loss)],
        derived=list(Crosswalk.objects.filter(definition__derived_from__contains=[row.ref]).order_by("ref")),
        releases=naming(row.ref.partition("@")[0]),
        # Soft labels have no index by crosswalk; those under its own target tell enough for a page.
        labelled=bool(row.loss) or Aggregate.objects.filter(scheme=row.target_id, crosswalk=row).exists(),
    )


def applied(key: str) -> Applied:
    """The scope of a kept loss report, "corpus:slug:perspective"."""
    kind, slug, perspective = [*key.split(":"), "", ""][:3]
    return Applied(kind, slug, perspective)

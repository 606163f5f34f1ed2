"""Scopes: the corpus, campaign or collection that a figure is about, and what has been judged in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from chorale.store.models import Campaign, Collection, CollectionItem, Corpus, Judgment, Response, Scheme
from harmonize.problems import ChoraleError

_TABLES: dict[str, type[Corpus] | type[Campaign] | type[Collection]] = {
    "corpus": Corpus,
    "campaign": Campaign,
    "collection": Collection,
}


@dataclass(frozen=True)
class Scope:
    """A corpus, campaign or collection, by type and slug."""

    type: str
    row: Corpus | Campaign | Collection

    @property
    def slug(self) -> str:
        """The slug of the row."""
        return self.row.slug

    def filters(self) -> dict[str, Any]:
        """The keyword by which `bridge.judgments` narrows to this scope."""
        return {self.type: self.row}

    def owner(self) -> dict[str, int | None]:
        """The columns of `Aggregate` that say whose it is: none is set for a corpus, of which every voice speaks."""
        return {f"{kind}_id": self.row.pk if self.type == kind else None for kind in ("campaign", "collection")}

    def holds(self, item: str) -> Q:
        """Rows whose ``item`` (a foreign key's name) is of this scope: of the corpus or collection, or answered in the
        campaign."""
        if isinstance(self.row, Corpus):
            return Q(**{f"{item}__corpus": self.row})
        if isinstance(self.row, Campaign):
            return Q(**{f"{item}__in": Response.objects.filter(campaign=self.row).values("item")})
        return Q(**{f"{item}__in": CollectionItem.objects.filter(collection=self.row).values("item")})

    def of_models(self) -> Scope:
        """Where models spoke about the same items: a campaign's collection, since models answer outside campaigns."""
        return Scope("collection", self.row.collection) if isinstance(self.row, Campaign) else self

    def judgments(self) -> QuerySet[Judgment]:
        """The current judgments in this scope."""
        current = Judgment.objects.filter(retired_at__isnull=True, response__retired_at__isnull=True)
        if isinstance(self.row, Corpus):
            return current.filter(item__corpus=self.row)
        if isinstance(self.row, Campaign):
            return current.filter(response__campaign=self.row)
        return current.filter(item__in=CollectionItem.objects.filter(collection=self.row).values("item"))


def find(kind: str, slug: str) -> Scope:
    """The scope of that type and slug; ChoraleError `unknown-scope` if there is none."""
    table = _TABLES.get(kind)
    row = table.objects.filter(slug=slug).first() if table else None
    if row is None:
        raise ChoraleError("unknown-scope", f"There is no {kind} '{slug}'.", "See the list on its page.")
    return Scope(kind, row)


def of(row: Corpus | Campaign | Collection) -> Scope:
    """The scope that a row is."""
    return Scope(row._meta.model_name or "", row)


def layers_judged(scope: Scope, kinds: tuple[str, ...] = ("person", None)) -> list[tuple[Scheme, str]]:  # type: ignore[assignment]
    """The (scheme, perspective) pairs under which raters of these kinds spoke (None: raters without an id)."""
    rows = scope.judgments().values_list("scheme", "perspective", "rater__kind").distinct()
    pairs = sorted({(scheme, perspective) for scheme, perspective, kind in rows if kind in kinds})
    known = Scheme.objects.in_bulk([scheme for scheme, _ in pairs])
    return [(known[scheme], perspective) for scheme, perspective in pairs]

"""The queue of an adjudicator: the items of a settled layer, hardest first, one after the other, until one rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, FloatField, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from chorale.store import scopes
from chorale.store.models import Aggregate, AggregationReport, Corpus, Ruling
from chorale.store.scopes import Scope
from harmonize.records import Kind

PICKS = {
    "hardest": "where people differ most",
    "split": "where people split, by test",
    "tied": "where no label has most votes",
}


@dataclass(frozen=True)
class Queue:
    """The items of a settled layer that wait for a ruling, in the order in which they are shown."""

    report: AggregationReport
    pick: str = "hardest"

    @property
    def scope(self) -> Scope:
        """The scope of the layer."""
        return scopes.find(self.report.scope_type, self.report.scope)

    @property
    def picks(self) -> dict[str, str]:
        """The ways to pick that this kind of scheme has."""
        single = self.report.scheme.kind == Kind.SINGLE
        return {name: about for name, about in PICKS.items() if name != "tied" or single}

    def waiting(self, after: int | None = None) -> QuerySet[Any]:
        """The votes of the items that wait, hardest first, behind the item ``after`` (its key; it may be ruled)."""
        rows = self._hard()
        if after is not None and (behind := rows.filter(item_id=after).first()):
            hardness = behind.hardness
            rows = rows.filter(Q(hardness__lt=hardness) | Q(hardness=hardness, item_id__gt=after))
        rows = rows.filter(~Exists(self.standing().filter(item=OuterRef("item"))))
        return self._picked(rows).order_by("-hardness", "item_id")

    def standing(self) -> QuerySet[Ruling]:
        """Rulings that stand under the scheme from the perspective, wherever they were made."""
        same = {"scheme": self.report.scheme, "perspective": self.report.perspective}
        return Ruling.objects.filter(**same, retired_at=None)

    def decided(self) -> int:
        """How many items of the layer are ruled."""
        return self.standing().filter(item__in=self._made("ruled").values("item")).count()

    def _made(self, method: str) -> QuerySet[Aggregate]:
        rows = Aggregate.objects.filter(scheme=self.report.scheme, perspective=self.report.perspective, method=method)
        scope = self.scope
        rows = rows.filter(item__corpus=scope.row) if isinstance(scope.row, Corpus) else rows
        return rows.filter(crosswalk=None, **scope.owner())

    def _hard(self) -> QuerySet[Any]:
        """Rows of the votes of two or more, with ``hardness``: their entropy, or the widest spread of a dimension."""
        if self.report.scheme.kind == Kind.DIMENSION:
            widest = RawSQL("(SELECT max(s) FROM unnest(aggregate.spread) s)", [], output_field=FloatField())
            rows = self._made("mean").annotate(hardness=widest)
        else:
            rows = self._made("votes").annotate(hardness=F("entropy"))
        return rows.filter(n__gte=2, hardness__gt=0)

    def _picked(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.pick == "split":
            return rows.filter(verdict="people split")
        if self.pick == "tied" and "tied" in self.picks:
            return rows.filter(~Exists(self._made("plurality").filter(item=OuterRef("item"))))
        return rows

"""Small parts that several pages share: crumbs, actions, items with their soft labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.urls import reverse

from chorale.store.models import Aggregate, Crosswalk, Item, Scheme
from chorale.web.softlabels import SoftLabelView, from_aggregate
from harmonize import schemes


@dataclass(frozen=True)
class Action:
    """Something to do from here: a link to the page that does it."""

    title: str
    href: str


@dataclass(frozen=True)
class Meter:
    """Progress: done of total, in words."""

    done: float
    total: float
    text: str
    tone: str = ""

    @property
    def plain(self) -> dict[str, float]:
        """The two numbers, for programs."""
        return {"done": self.done, "total": self.total}


@dataclass
class Excerpt:
    """An item with the soft labels to show beside it."""

    item: Item
    labels: list[SoftLabelView] = field(default_factory=list)

    @property
    def leading(self) -> SoftLabelView | None:
        """The one that stands for the item in a list: people's votes before beliefs, native before harmonised."""
        return self.labels[0] if self.labels else None


def action(title: str, href: str) -> Action:
    """A link to something to do."""
    return Action(title, href)


def crumb(name: str, route: str, *args: object) -> tuple[str, str]:
    """A step of the way here."""
    return name, reverse(route, args=args)


def meter(done: int, total: int | None, unit: str = "") -> Meter:
    """Done of total as a bar with words; an unknown total counts up."""
    said = f"{done:,} of {total:,}" if total else f"{done:,}"
    return Meter(done, total or max(done, 1), f"{said} {unit}".strip(), "good" if total and done >= total else "")


def core_schemes(keys: Iterable[int]) -> dict[int, schemes.Scheme]:
    """Schemes by primary key, as the pure packages know them."""
    return {row.pk: row.core for row in Scheme.objects.filter(pk__in=set(keys))}


def crosswalk_refs(keys: Iterable[int | None]) -> dict[int, str]:
    """Crosswalk refs by primary key."""
    return dict(Crosswalk.objects.filter(pk__in={k for k in keys if k}).values_list("pk", "ref"))


def soft_views(rows: list[Aggregate]) -> list[tuple[Aggregate, SoftLabelView]]:
    """Aggregates ready to draw, with two queries for all of them."""
    known = core_schemes(r.scheme_id for r in rows)
    maps = crosswalk_refs(r.crosswalk_id for r in rows)
    return [(row, from_aggregate(row, known, maps)) for row in rows]


def labels_of(items: Iterable[Item], *, native: bool = True) -> Mapping[int, list[SoftLabelView]]:
    """The soft labels of items, native ones by default, votes before beliefs, of all voices before a campaign's."""
    keys = [item.pk for item in items]
    rows = Aggregate.objects.filter(item__in=keys)
    if native:
        rows = rows.filter(crosswalk__isnull=True)
    found: dict[int, list[SoftLabelView]] = {key: [] for key in keys}
    views = soft_views(list(rows.select_related("campaign", "collection").order_by("pk")))
    views.sort(key=lambda pair: (pair[1].belief, pair[1].dimensional, bool(pair[1].scope)))
    for row, drawn in views:
        found[row.item_id].append(drawn)
    return found


def excerpts(items: Iterable[Item]) -> list[Excerpt]:
    """Items with their native soft labels."""
    rows = list(items)
    labels = labels_of(rows)
    return [Excerpt(item, labels[item.pk]) for item in rows]

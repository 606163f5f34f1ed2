"""Filters over items: what a collection draws from, and what lists narrow down to."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Length

from chorale.store import registry
from chorale.store.draw_checks import check_filter
from chorale.store.models import CollectionItem, Item, Judgment, Response
from harmonize.problems import ChoraleError

PLAIN = {"corpus": "corpus__slug", "language": "language", "modality": "modality", "split": "split"}
KEYS = {
    *PLAIN, "facets", "rated", "reserved", "source_ids", "length", "found_language", "pii", "profane", "duplicates",
    "labels", "collection", "text",
}  # fmt: skip


def matching(wanted: dict[str, Any]) -> QuerySet[Item]:
    """The items that meet a filter. Reserved items only where the filter names their mark. Keys, all optional:

    corpus, language, modality, split: a value or a list; facets: {name: value}, all of which must hold; text: words
    that must stand in it; source_ids: a list; rated: whether a person judged it; reserved: marks admitted ("gold",
    "test"); length: {"min", "max"} in characters; labels: {"scheme", "any": [label ids], "perspective"}; collection: a
    slug; duplicates False: without those that are nearly an earlier item. What a screening found: found_language (a
    value or a list), pii (whether any), profane (whether any).

    A facet's value is meant as text, and as the number or truth value that its text is. None is as good as left out.

    ChoraleError `collection-filter` for a key that is none of these, and for a value of the wrong kind.
    """
    if unknown := set(wanted) - KEYS:
        what = f"Unknown filter keys: {', '.join(sorted(unknown))}."
        raise ChoraleError("collection-filter", what, f"Known: {', '.join(sorted(KEYS))}.")
    check_filter(wanted)
    items = Item.objects.all()
    for key, column in PLAIN.items():
        if (value := wanted.get(key)) not in (None, "", []):
            items = items.filter(**{f"{column}__in": _listed(value)})
    for name, value in (wanted.get("facets") or {}).items():
        items = items.filter(facet_is(name, value))
    if source_ids := wanted.get("source_ids"):
        items = items.filter(source_id__in=source_ids)
    if words := wanted.get("text"):
        items = items.filter(text__icontains=words)
    if slug := wanted.get("collection"):
        items = items.filter(pk__in=CollectionItem.objects.filter(collection__slug=slug).values("item"))
    items = _judged(_screened(_sized(items, wanted), wanted), wanted)
    return items.filter(reserved__in=["", *(wanted.get("reserved") or [])])


def facet_is(name: str, value: Any) -> Q:
    """That a facet has a value: as it is given and, where that is a text, as the number or truth value it spells."""
    wanted = Q(facets__contains={name: value})
    try:
        spelt = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        spelt = None
    if isinstance(spelt, bool | int | float) and abs(spelt) < 1e300:  # JSON knows neither NaN nor infinity
        wanted |= Q(facets__contains={name: spelt})
    return wanted


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _sized(items: QuerySet[Item], wanted: dict[str, Any]) -> QuerySet[Item]:
    bounds = wanted.get("length") or {}
    if unknown := set(bounds) - {"min", "max"}:
        raise ChoraleError("collection-filter", f"length has {', '.join(sorted(unknown))}.", "Give min, max or both.")
    if bounds:
        items = items.annotate(characters=Length("text"))
        items = items.filter(
            **{f"characters__{'gte' if end == 'min' else 'lte'}": int(value) for end, value in bounds.items()}
        )
    return items


def _screened(items: QuerySet[Item], wanted: dict[str, Any]) -> QuerySet[Item]:
    if found := wanted.get("found_language"):
        items = items.filter(screening__language__in=_listed(found))
    if (pii := wanted.get("pii")) is not None:
        items = items.filter(screening__isnull=False)
        items = items.exclude(screening__pii=[]) if pii else items.filter(screening__pii=[])
    if (profane := wanted.get("profane")) is not None:
        items = items.filter(**{"screening__profane__gt" if profane else "screening__profane": 0})
    if wanted.get("duplicates") is False:
        items = items.filter(near__isnull=True)
    return items


def _judged(items: QuerySet[Item], wanted: dict[str, Any]) -> QuerySet[Item]:
    if wanted.get("rated") is not None:
        by_people = Response.objects.filter(
            Q(rater__kind="person") | Q(rater__isnull=True), item=OuterRef("pk"), retired_at__isnull=True
        )
        items = items.filter(Exists(by_people) if wanted["rated"] else ~Exists(by_people))
    if labels := wanted.get("labels"):
        scheme = registry.scheme(labels["scheme"])
        names = scheme.core.names
        if unknown := [name for name in labels["any"] if name not in names or not scheme.core.labels]:
            what = f"{scheme.ref} has no label {unknown[0]!r}."
            raise ChoraleError("collection-filter", what, f"It has: {', '.join(names[:20])}.")
        codes = [names.index(name) for name in labels["any"]]
        said = Judgment.objects.filter(item=OuterRef("pk"), scheme=scheme, retired_at__isnull=True)
        said = said.filter(labels__overlap=codes)
        if perspective := labels.get("perspective"):
            said = said.filter(perspective=perspective)
        items = items.filter(Exists(said))
    return items

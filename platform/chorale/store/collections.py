"""Collections: a filter drawn once, by a seed, into a fixed list with inclusion probabilities."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from chorale.store import audit
from chorale.store.models import Collection, CollectionItem, Item, Response, User
from harmonize.problems import ChoraleError

KEYS = {"corpus", "language", "modality", "split", "facets", "rated", "reserved", "source_ids"}


def matching(wanted: dict[str, Any]) -> QuerySet[Item]:
    """The items that meet a filter (keys: `KEYS`). Reserved items only where the filter names their mark."""
    if unknown := set(wanted) - KEYS:
        raise ChoraleError(
            "collection-filter",
            f"Unknown filter keys: {', '.join(sorted(unknown))}.",
            f"Known: {', '.join(sorted(KEYS))}.",
        )
    items = Item.objects.all()
    for key, column in (
        ("corpus", "corpus__slug"),
        ("language", "language"),
        ("modality", "modality"),
        ("split", "split"),
    ):
        if (value := wanted.get(key)) not in (None, "", []):
            items = items.filter(**{f"{column}__in": value if isinstance(value, list) else [value]})
    if facets := wanted.get("facets"):
        items = items.filter(facets__contains=facets)
    if source_ids := wanted.get("source_ids"):
        items = items.filter(source_id__in=source_ids)
    if wanted.get("rated") is not None:
        by_people = Response.objects.filter(
            Q(rater__kind="person") | Q(rater__isnull=True), item=OuterRef("pk"), retired_at__isnull=True
        )
        items = items.filter(Exists(by_people) if wanted["rated"] else ~Exists(by_people))
    return items.filter(reserved__in=["", *wanted.get("reserved", [])])


@transaction.atomic
def create(
    *,
    by: User | None,
    slug: str,
    title: str,
    filter: dict[str, Any],
    size: int | None = None,
    seed: int = 0,
) -> Collection:
    """Draw a collection: all that match, or a simple random sample of ``size`` by ``seed``; the list then stands.

    Each member keeps its inclusion probability (size / matched). An existing slug with the same filter, size and seed
    is returned as it is; with others, ChoraleError `collection-exists`.
    """
    if existing := Collection.objects.filter(slug=slug).first():
        if (existing.filter, existing.size, existing.seed) == (filter, size, seed):
            return existing
        raise ChoraleError(
            "collection-exists", f"A collection '{slug}' exists with another filter.", "Choose another name."
        )
    items = matching(filter)
    matched = items.count()
    if not matched:
        raise ChoraleError("collection-empty", "No item meets the filter.", "Widen it, or import the corpus first.")
    collection = Collection.objects.create(
        slug=slug, title=title, filter=filter, size=size, seed=seed, matched=matched, created_by=by
    )
    _draw(collection, items, matched)
    collection.items = CollectionItem.objects.filter(collection=collection).count()
    collection.save(update_fields=["items"])
    audit.record(by, "collection.create", collection, filter=filter, size=size, seed=seed, items=collection.items)
    return collection


def _draw(collection: Collection, items: QuerySet[Item], matched: int) -> None:
    """Order by a hash of seed and uuid, so that the draw is the same on every database that holds the same items."""
    sql, params = items.order_by().values("id", "uuid").query.sql_with_params()
    take = min(collection.size or matched, matched)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO collection_item (collection_id, item_id, position, probability) "  # noqa: S608
            "SELECT %s, id, row_number() OVER (ORDER BY h), %s FROM "
            f"(SELECT id, md5(%s || uuid::text) AS h FROM ({sql}) m ORDER BY h LIMIT %s) drawn",
            [collection.pk, take / matched, f"{collection.seed}:", *params, take],
        )


@transaction.atomic
def reserve(*, by: User | None, collection: Collection, mark: str) -> int:
    """Mark a collection's items as gold or test: they enter no training and no few-shot prompt. Returns how many."""
    if mark not in ("gold", "test"):
        raise ChoraleError("reserve-mark", f"'{mark}' is not a mark.", "Use 'gold' or 'test'.")
    members = CollectionItem.objects.filter(collection=collection).values("item")
    changed = Item.objects.filter(pk__in=members).exclude(reserved=mark).update(reserved=mark)
    audit.record(by, "collection.reserve", collection, mark=mark, items=changed)
    return changed

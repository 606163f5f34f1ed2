"""Collections: a filter drawn once, by a seed, into a fixed list with inclusion probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from chorale.store import audit, collection_report
from chorale.store.draw_checks import check_draw
from chorale.store.item_filter import KEYS, matching
from chorale.store.models import Collection, CollectionItem, Item, User
from chorale.store.strata import POOL, Plan, Stratum, pool
from chorale.store.verification import by_machines_alone
from harmonize.problems import ChoraleError

__all__ = ["KEYS", "create", "matching", "preview", "reserve"]


def preview(
    *, filter: dict[str, Any], size: int | None = None, seed: int = 0, plan: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What a draw would give, nothing written: see `collection_report.planned`. Raises as `create`."""
    check_draw(size, seed)
    with pool(matching(filter), Plan.parse(plan or {}), seed) as found:
        return collection_report.planned(found, found.strata(size))


@transaction.atomic
def create(
    *,
    by: User | None,
    slug: str,
    title: str,
    filter: dict[str, Any],
    size: int | None = None,
    seed: int = 0,
    plan: Mapping[str, Any] | None = None,
) -> Collection:
    """Draw a collection; the list then stands. ``filter``: `item_filter.matching`.

    Without ``plan``: all that match, or a simple random sample of ``size`` by ``seed``. With one (the JSON form of
    `strata.Plan`): a stratified or quota sample. Each member keeps its inclusion probability and stratum, and
    ``report`` tells what was drawn out of what (`collection_report.drawn`). An existing slug with the same filter,
    plan, size and seed is returned as it is; with others, ChoraleError `collection-exists`. Also `collection-empty`,
    `collection-filter`, `collection-plan`, `collection-size`.
    """
    check_draw(size, seed)
    parsed = Plan.parse(plan or {})
    kept = parsed.to_dict() if parsed else {}
    if existing := Collection.objects.filter(slug=slug).first():
        if (existing.filter, existing.plan, existing.size, existing.seed) == (filter, kept, size, seed):
            return existing
        what = f"A collection '{slug}' exists with another filter."
        raise ChoraleError("collection-exists", what, "Choose another name.")
    with pool(matching(filter), parsed, seed) as found:
        if not found.matched:
            raise ChoraleError("collection-empty", "No item meets the filter.", "Widen it, or import the corpus first.")
        strata = found.strata(size)
        collection = Collection.objects.create(
            slug=slug, title=title, filter=filter, plan=kept, size=size, seed=seed, matched=found.matched,
            created_by=by,
        )  # fmt: skip
        _draw(collection, strata)
        collection.items = sum(stratum.drawn for stratum in strata)
        collection.report = collection_report.drawn(collection, found, strata)
        collection.save(update_fields=["items", "report"])
    drawn = {"filter": filter, "plan": kept, "size": size, "seed": seed, "items": collection.items}
    audit.record(by, "collection.create", collection, **drawn)
    return collection


def _draw(collection: Collection, strata: Sequence[Stratum]) -> None:
    """The first of each stratum by the hash of seed and uuid; the list as a whole stands in that order too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO collection_item (collection_id, item_id, position, probability, stratum) "  # noqa: S608
            "SELECT %s, p.id, row_number() OVER (ORDER BY p.h), n.chance, n.name FROM "
            f"(SELECT *, row_number() OVER (PARTITION BY stratum ORDER BY h) AS place FROM {POOL}) p "
            "JOIN unnest(%s::text[], %s::bigint[], %s::float8[], %s::text[]) AS n (stratum, take, chance, name) "
            "ON n.stratum = p.stratum AND p.place <= n.take",
            [
                collection.pk,
                [stratum.key for stratum in strata],
                [stratum.drawn for stratum in strata],
                [stratum.probability for stratum in strata],
                [stratum.key[:300] if stratum.values else "" for stratum in strata],
            ],
        )


@transaction.atomic
def reserve(*, by: User | None, collection: Collection, mark: str) -> int:
    """Mark a collection's items as gold or test: they enter no training and no few-shot prompt. Returns how many.

    Items about which only models have spoken are left out of gold until a person verified them; ChoraleError
    `gold-unverified` where that is all of them.
    """
    if mark not in ("gold", "test"):
        raise ChoraleError("reserve-mark", f"'{mark}' is not a mark.", "Use 'gold' or 'test'.")
    members = Item.objects.filter(pk__in=CollectionItem.objects.filter(collection=collection).values("item"))
    alone = set(by_machines_alone(members).values_list("pk", flat=True)) if mark == "gold" else set[int]()
    if alone and len(alone) >= collection.items:
        what = "Only models have spoken about these items."
        raise ChoraleError("gold-unverified", what, "Verify their labels first, or let people judge them.")
    changed = members.exclude(pk__in=alone).exclude(reserved=mark).update(reserved=mark)
    audit.record(by, "collection.reserve", collection, mark=mark, items=changed, unverified=len(alone))
    return changed

"""Rulings: an adjudicator decides on an item with a reason, over all aggregates; votes are never touched.

A ruling is replaced by a newer one or taken back; neither deletes it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import EllipsisType

from django.db import transaction
from django.utils import timezone

from chorale.store import audit, ruled
from chorale.store.models import Campaign, Item, Judgment, Ruling, Scheme, User
from chorale.store.models.campaigns import Round
from harmonize.problems import ChoraleError
from harmonize.records import Kind


@transaction.atomic
def rule(
    *,
    by: User,
    item: Item,
    scheme: Scheme,
    perspective: str,
    reason: str,
    labels: Sequence[str] | None = None,
    values: Mapping[str, float] | None = None,
    seen: int | EllipsisType | None = ...,
) -> Ruling:
    """Decide what an item shows under a scheme from a perspective; an earlier ruling is replaced and kept.

    ``labels``: names, exactly one where raters choose one, none for "no label" where they choose any number.
    ``values``: dimension to number in the scheme's range; one left out keeps the aggregate's value. ``seen``: the
    ruling that stood when the adjudicator looked (None: none did). ChoraleError: `no-reason`, `nobody-judged` (nobody
    spoke of the item so, and it is no check item), `ruling-answer`, `ruling-meanwhile` where another one stands now.
    """
    reason = reason.strip()
    if not reason:
        raise ChoraleError("no-reason", "A ruling needs a reason.", "Say why you decide so.")
    locked = Item.objects.select_for_update().get(pk=item.pk)  # two adjudicators at once: one after the other
    spoken = Judgment.objects.filter(item=locked, scheme=scheme, perspective=perspective, retired_at=None)
    if not spoken.exists() and not _is_check_item(locked):
        what = f"Nobody judged this item under {scheme.ref}, {perspective}."
        raise ChoraleError("nobody-judged", what, "Rule on what was judged; open a campaign for the rest.")
    answer = _answer(scheme, labels, values)
    place = {"item": locked, "scheme": scheme, "perspective": perspective}
    before = Ruling.objects.filter(**place, retired_at=None).first()
    if seen is not ... and seen != (before.pk if before else None):
        what = "Somebody else has ruled on this item while you looked at it."
        raise ChoraleError("ruling-meanwhile", what, "Read their ruling; replace it if you see it otherwise.")
    if before is not None:
        _retire(before, by)
    made = Ruling.objects.create(**place, **answer, reason=reason, decided_by=by)
    ruled.lay_item(locked, scheme, perspective)
    told = {"item": str(locked.uuid), "scheme": scheme.ref, "perspective": perspective, "reason": reason}
    audit.record(by, "ruling.make", made, **told, **answer, replaces=before.pk if before else None)
    return made


@transaction.atomic
def take_back(*, by: User, ruling: Ruling, reason: str = "") -> None:
    """Take a standing ruling back: the item shows what its votes say. ChoraleError `not-standing` if it is gone."""
    Item.objects.select_for_update().get(pk=ruling.item_id)
    row = Ruling.objects.select_related("item", "scheme").get(pk=ruling.pk)
    if row.retired_at is not None:
        raise ChoraleError("not-standing", "This ruling does not stand any more.", "Nothing to do.")
    _retire(row, by)
    ruled.lay_item(row.item, row.scheme, row.perspective)
    audit.record(by, "ruling.take_back", row, item=str(row.item.uuid), scheme=row.scheme.ref, reason=reason.strip())


def _is_check_item(item: Item) -> bool:
    """Whether raters are held to the item in some campaign: its answer is known before anybody judged it."""
    checks = Campaign.objects.filter(round__in=[Round.TUTORIAL, Round.GOLD], collection__members__item=item)
    return checks.exists()


def _retire(ruling: Ruling, by: User) -> None:
    ruling.retired_at, ruling.retired_by = timezone.now(), by
    ruling.save(update_fields=["retired_at", "retired_by"])


def _answer(
    scheme: Scheme, labels: Sequence[str] | None, values: Mapping[str, float] | None
) -> dict[str, list[int] | list[float | None]]:
    """The columns of a ruling. ChoraleError `ruling-answer` where the answer does not fit the scheme."""
    if scheme.kind == Kind.DIMENSION:
        return {"values": _values(scheme, values or {})}
    if labels is None or values is not None:
        raise ChoraleError("ruling-answer", f"A ruling under {scheme.ref} names labels.", "Give labels, no values.")
    names = scheme.core.names
    if strange := sorted(set(labels) - set(names)):
        raise ChoraleError("ruling-answer", f"{scheme.ref} has no label {', '.join(strange)}.", "See the scheme.")
    if scheme.kind == Kind.SINGLE and len(set(labels)) != 1:
        raise ChoraleError("ruling-answer", f"{scheme.ref} asks for one label, not {len(set(labels))}.", "Choose one.")
    return {"labels": sorted(names.index(label) for label in set(labels))}


def _values(scheme: Scheme, values: Mapping[str, float]) -> list[float | None]:
    dimensions = {d.id: d for d in scheme.core.dimensions}
    if strange := sorted(set(values) - set(dimensions)):
        raise ChoraleError("ruling-answer", f"{scheme.ref} has no dimension {', '.join(strange)}.", "See the scheme.")
    if not values:
        raise ChoraleError("ruling-answer", "A ruling names at least one dimension's value.", "Give a number.")
    for name, value in values.items():
        low, high = dimensions[name].low, dimensions[name].high
        if not math.isfinite(value) or not low <= value <= high:
            raise ChoraleError("ruling-answer", f"{name} = {value:g} is outside {low:g} to {high:g}.", "Mend it.")
    return [float(values[name]) if name in values else None for name in dimensions]

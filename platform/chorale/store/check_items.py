"""Check items of a campaign: items with a standing ruling, and how a rater's answers compare with it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from annotation.raters.check_items import agrees
from chorale.store import rounds
from chorale.store.models import Campaign, FormLayer, Item, Judgment, Rater, Ruling
from chorale.store.models.campaigns import Round
from harmonize.records import Kind, Status

ANSWERED = (Status.ANSWERED, Status.NONE_APPLIES)


@dataclass(frozen=True)
class Checked:
    """One question about one check item: the rater's judgment (None: none came), the known answer, do they agree?"""

    item: Item
    layer: FormLayer
    said: Judgment | None
    known: Ruling
    right: bool


def of_rater(rater: Rater, campaign: Campaign, items: Iterable[int] | None = None) -> list[Checked]:
    """A rater's answers to check items of a round, item by item; only those that the rater has answered or skipped.

    Where the plan tells raters how they did, their first answers count: what was changed since may have been told.
    """
    said = _said(campaign).filter(rater=rater)
    said = said.filter(item__in=list(items)) if items is not None else said
    return _compared(campaign, list(said)).get(rater.pk, [])


def of_everybody(campaign: Campaign) -> dict[int, list[Checked]]:
    """The same of all raters of a round, by their key, in as many queries as of one."""
    return _compared(campaign, list(_said(campaign)))


def _said(campaign: Campaign) -> QuerySet[Judgment]:
    own = Judgment.objects.filter(response__campaign=campaign, response__retired_at__isnull=True, rater__isnull=False)
    told = campaign.round == Round.GOLD and rounds.plan_of(campaign).gold_feedback
    said = own.filter(revision=0) if told else own.filter(retired_at__isnull=True)
    return said.select_related("item", "response").order_by("item_id", "layer")


def _compared(campaign: Campaign, said: list[Judgment]) -> dict[int, list[Checked]]:
    known = _known(campaign, {row.item_id for row in said})
    layers = list(campaign.form.layers.select_related("scheme").order_by("position"))
    schemes = {layer.scheme_id: layer.scheme for layer in layers}
    by_rater: dict[int, dict[tuple[int, int], Judgment]] = {}
    for row in said:
        row.scheme = schemes.get(row.scheme_id) or row.scheme
        by_rater.setdefault(row.rater_id or 0, {})[row.item_id, row.layer] = row
    return {rater: _items(mine, layers, known) for rater, mine in by_rater.items()}


def _items(
    mine: dict[tuple[int, int], Judgment], layers: list[FormLayer], known: dict[tuple[int, int, str], Ruling]
) -> list[Checked]:
    found = []
    for key, item in {row.item_id: row.item for row in mine.values()}.items():
        for layer in layers:
            if ruling := known.get((key, layer.scheme_id, layer.perspective)):
                judgment = mine.get((key, layer.position))
                found.append(Checked(item, layer, judgment, ruling, _right(layer, judgment, ruling)))
    return found


def score(checked: Iterable[Checked]) -> tuple[int, int]:
    """(items answered right in every checked question, items checked)."""
    by_item: dict[int, bool] = {}
    for one in checked:
        by_item[one.item.pk] = by_item.get(one.item.pk, True) and one.right
    return sum(by_item.values()), len(by_item)


def without_answer(campaign: Campaign) -> int:
    """How many items of the round have no known answer to any of the form's questions."""
    layers = campaign.form.layers.values_list("scheme", "perspective")
    members = Item.objects.filter(collectionitem__collection=campaign.collection)
    known: set[int] = set()
    for scheme, perspective in layers:
        rows = Ruling.objects.filter(scheme=scheme, perspective=perspective, retired_at=None, item__in=members)
        known |= set(rows.values_list("item", flat=True))
    return campaign.collection.items - len(known)


@dataclass(frozen=True)
class Unknown:
    """A question about a check item that has no known answer; ``place`` counts all questions of all check items."""

    place: int
    item: Item
    layer: FormLayer


def waiting(campaign: Campaign, *, after: int = -1) -> Unknown | None:
    """The next question without a known answer among the campaign's tutorial and gold items, behind a place."""
    layers = list(campaign.form.layers.select_related("scheme").order_by("position"))
    place = -1
    for one in campaign.children.exclude(round=Round.REPEAT).order_by("pk"):
        members = one.collection.members.order_by("position").values_list("item", flat=True)
        ruled = Ruling.objects.filter(item__collectionitem__collection=one.collection, retired_at=None)
        known = set(ruled.values_list("item", "scheme", "perspective"))
        for item in members:
            for layer in layers:
                place += 1
                if place > after and (item, layer.scheme_id, layer.perspective) not in known:
                    return Unknown(place, Item.objects.get(pk=item), layer)
    return None


def _known(campaign: Campaign, items: set[int]) -> dict[tuple[int, int, str], Ruling]:
    rows = Ruling.objects.filter(item__in=items, retired_at=None)
    return {(row.item_id, row.scheme_id, row.perspective): row for row in rows}


def _right(layer: FormLayer, said: Judgment | None, known: Ruling) -> bool:
    if said is None or said.status not in ANSWERED:
        return False
    kind = Kind(layer.scheme.kind)
    if kind == Kind.DIMENSION:
        given = [None if value is None or math.isnan(value) else value for value in said.values or ()]
        ranges = [d.high - d.low for d in layer.scheme.core.dimensions]
        return len(given) == len(ranges) and agrees(kind, said=given, known=known.values or [], ranges=ranges)
    return agrees(kind, said=said.labels or [], known=known.labels or [])

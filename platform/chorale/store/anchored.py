"""Anchoring in a campaign: its answers as the columns that `annotation.anchoring` needs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform

from annotation.anchoring import ROUNDS, anchoring, pull
from chorale.store.models import Campaign, FormLayer, Judgment, Seat
from chorale.store.models.judgments import Arm
from harmonize.records import Int32, Status

COUNTED = (Status.ANSWERED, Status.NONE_APPLIES)


@dataclass(frozen=True)
class Row:
    """One suggested label at one item, met by one rater: did they see it, did they mark it, do the others?"""

    item: int
    rater: int
    saw: bool
    agrees: bool
    right: bool | None  # whether at least half of the other raters, all blind, marked it; None if there are none


def measure(campaign: Campaign, layer: str, *, rounds: int = ROUNDS, seed: int = 0) -> dict[str, dict[str, Any]]:
    """The anchoring effect in one categorical layer: over ``all`` suggested labels, the ``right`` and the ``wrong``.

    Right and wrong are told by the other raters' blind answers to the same item.
    """
    rows = list(answers(campaign, layer))
    parts = {"all": rows, "right": [r for r in rows if r.right is True], "wrong": [r for r in rows if r.right is False]}
    return {name: _effect(part, rounds, seed) for name, part in parts.items()}


def measure_numbers(
    campaign: Campaign, layer: FormLayer, *, rounds: int = ROUNDS, seed: int = 0
) -> dict[str, dict[str, Any]]:
    """By dimension that was suggested in one layer of numbers: how much nearer to the suggestion answers lie that saw
    it. Top-up answers are left out."""
    said = _said(campaign, layer.position).values_list("item", "rater", "values")
    values, seen = {(item, rater): numbers or [] for item, rater, numbers in said}, _seen(campaign, layer.name)
    found = {}
    for place, name in enumerate(layer.scheme.core.names):
        rows: list[tuple[int, int, bool, float]] = []
        for key, seat in seen.items():
            suggested = seat.layer.get("values") or []
            pair = [part[place] if place < len(part) else None for part in (suggested, values.get(key, []))]
            if pair[0] is not None and pair[1] is not None and math.isfinite(pair[1]):
                rows.append((*key, seat.saw, abs(pair[0] - pair[1])))
        if rows:
            saw = np.array([row[2] for row in rows], dtype=np.bool_)
            distance = np.array([row[3] for row in rows])
            item, rater = _codes([row[0] for row in rows]), _codes([row[1] for row in rows])
            found[name] = pull(distance, saw, item, rater, rounds=rounds, seed=seed).to_dict()
    return found


def answers(campaign: Campaign, layer: str) -> Iterable[Row]:
    """Every suggested label with every answer to its item, seen or hidden; top-up answers left out."""
    position = campaign.form.layers.get(name=layer).position
    said = _said(campaign, position).values_list("item", "rater", "labels")
    marks, seen = {(item, rater): set(labels or ()) for item, rater, labels in said}, _seen(campaign, layer)
    blind: dict[int, dict[int, set[int]]] = defaultdict(dict)
    for key, labels in marks.items():
        if key not in seen or not seen[key].saw:
            blind[key[0]][key[1]] = labels
    for (item, rater), seat in seen.items():
        suggested = seat.layer.get("labels") or []
        if (item, rater) not in marks:
            continue
        others = [labels for other, labels in blind[item].items() if other != rater]
        for label in suggested:
            right = 2 * sum(label in labels for labels in others) >= len(others) if others else None
            yield Row(item, rater, seat.saw, label in marks[item, rater], right)


def _said(campaign: Campaign, position: int) -> QuerySet[Judgment]:
    return Judgment.objects.filter(
        response__campaign=campaign, response__retired_at__isnull=True, retired_at__isnull=True, layer=position,
        status__in=COUNTED, response__top_up=False,
    )  # fmt: skip


class _Met(NamedTuple):
    """A place at an item of which something was suggested, and whether its rater saw that."""

    saw: bool
    layer: dict[str, Any]  # what was suggested in one layer; nothing, if it was another one


def _seen(campaign: Campaign, layer: str) -> dict[tuple[int, int], _Met]:
    """Places at which there was a suggestion, shown or hidden, by item and rater."""
    seats = Seat.objects.filter(task__project__campaign=campaign, suggestion__isnull=False).order_by("pk")
    told = seats.values_list("task__item", "rater", "arm", KeyTransform(layer, KeyTransform("layers", "suggestion")))
    return {(item, rater): _Met(arm == Arm.ASSISTED, said or {}) for item, rater, arm, said in told}


def _codes(keys: list[int]) -> Int32:
    return np.unique(keys, return_inverse=True)[1].astype(np.int32)


def _effect(rows: list[Row], rounds: int, seed: int) -> dict[str, Any]:
    items, raters = _codes([r.item for r in rows]), _codes([r.rater for r in rows])
    agrees, saw = (np.array([getattr(r, name) for r in rows], dtype=np.bool_) for name in ("agrees", "saw"))
    return anchoring(agrees, saw, items, raters, rounds=rounds, seed=seed).to_dict()

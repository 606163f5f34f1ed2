"""Anchoring in a campaign: its answers as the columns that `annotation.anchoring` needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotation.anchoring import ROUNDS, anchoring
from chorale.store.models import Campaign, Judgment, Seat
from chorale.store.models.judgments import Arm
from harmonize.records import Status

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


def answers(campaign: Campaign, layer: str) -> Iterable[Row]:
    """Every suggested label with every answer to its item, seen or hidden; top-up answers left out."""
    position = campaign.form.layers.get(name=layer).position
    said = Judgment.objects.filter(
        response__campaign=campaign, response__retired_at__isnull=True, retired_at__isnull=True, layer=position,
        status__in=COUNTED, response__top_up=False,
    )  # fmt: skip
    marks = {(item, rater): set(labels or ()) for item, rater, labels in said.values_list("item", "rater", "labels")}
    seats = Seat.objects.filter(task__project__campaign=campaign, suggestion__isnull=False).select_related("task")
    seen = {(s.task.item_id, s.rater_id): s for s in seats.order_by("pk")}
    blind: dict[int, dict[int, set[int]]] = defaultdict(dict)
    for key, labels in marks.items():
        if key not in seen or seen[key].arm == Arm.BLIND:
            blind[key[0]][key[1]] = labels
    for (item, rater), seat in seen.items():
        suggested = ((seat.suggestion or {}).get("layers", {}).get(layer) or {}).get("labels", [])
        if (item, rater) not in marks:
            continue
        others = [labels for other, labels in blind[item].items() if other != rater]
        for label in suggested:
            right = 2 * sum(label in labels for labels in others) >= len(others) if others else None
            yield Row(item, rater, seat.arm == Arm.ASSISTED, label in marks[item, rater], right)


def _effect(rows: list[Row], rounds: int, seed: int) -> dict[str, Any]:
    items = np.unique([r.item for r in rows], return_inverse=True)[1].astype(np.int32)
    raters = np.unique([r.rater for r in rows], return_inverse=True)[1].astype(np.int32)
    agrees, saw = (np.array([getattr(r, name) for r in rows], dtype=np.bool_) for name in ("agrees", "saw"))
    return anchoring(agrees, saw, items, raters, rounds=rounds, seed=seed).to_dict()

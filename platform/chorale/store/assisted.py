"""The assisted arm of a campaign: what became of its suggestions field by field, the time saved, the shift."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef
from django.db.models.fields.json import KeyTransform

from annotation.assistance import Fate, TimeSaved, fate_of_field, time_saved
from annotation.raters.work_time import work_time
from chorale.store import anchored, rounds
from chorale.store.models import Campaign, FormLayer, Judgment, Response, Seat
from harmonize.records import Kind, Status

COUNTED = (Status.ANSWERED, Status.NONE_APPLIES)
SILENT = (Status.SKIPPED, Status.BROKEN)


@dataclass(frozen=True)
class Field:
    """One question of the form: how many suggestions were seen and what became of them, and their pull: of labels
    (``shift``) or by dimension of numbers (``nearer``)."""

    layer: FormLayer
    fates: dict[str, int]
    shift: dict[str, dict[str, Any]] | None
    nearer: dict[str, dict[str, Any]] | None = None

    @property
    def seen(self) -> int:
        """Answers that saw a suggestion here."""
        return sum(self.fates.values())

    @property
    def edit_rate(self) -> float | None:
        """Share of them that changed or refused it."""
        return None if not self.seen else 1 - self.fates.get("accepted", 0) / self.seen


def fields(campaign: Campaign, *, draws: int = 400) -> list[Field]:
    """Every question of the form with the fate of its suggestions and their pull."""
    found = []
    for layer in campaign.form.layers.select_related("scheme").order_by("position"):
        labels = layer.scheme.kind != Kind.DIMENSION
        shift = anchored.measure(campaign, layer.name, rounds=draws) if labels else None
        nearer = None if labels else anchored.measure_numbers(campaign, layer, rounds=draws)
        found.append(Field(layer, fates(campaign, layer), shift, nearer))
    return found


def fates(campaign: Campaign, layer: FormLayer) -> dict[str, int]:
    """{accepted, edited, rejected: answers} that saw a suggestion for this question.

    A question that was left open refuses its suggestion, unless another answer hid it; skipped and broken items tell
    nothing.
    """
    told: Counter[str | None] = Counter()
    seen = Response.objects.filter(
        campaign=campaign, arm="assisted", retired_at__isnull=True, suggestion__layers__has_key=layer.name
    ).order_by("pk")
    here = Judgment.objects.filter(response__in=seen, retired_at__isnull=True, layer=layer.position)
    said = {row[0]: row[1:] for row in here.values_list("response", "status", "labels", "intensities", "values")}
    ended = Judgment.objects.filter(response__in=seen, retired_at__isnull=True, status__in=SILENT)
    void = set(ended.values_list("response", flat=True))
    for key, suggestion in seen.values_list("pk", KeyTransform(layer.name, KeyTransform("layers", "suggestion"))):
        row = said.get(key)
        if key in void or (row is None and layer.condition):
            continue
        told[_became(suggestion, row[1:] if row is not None and row[0] in COUNTED else None)] += 1
    return {name: told[name] for name in ("accepted", "edited", "rejected")}


def _became(suggested: dict[str, Any], said: tuple[Any, ...] | None) -> Fate | None:
    """``said``: labels, strengths and values of an answer that counts."""
    if said is None:
        return fate_of_field(suggested)
    labels, strengths, values = said
    return fate_of_field(suggested, labels=labels or [], strengths=strengths, values=values)


def saved(campaign: Campaign, *, draws: int = 400) -> TimeSaved:
    """Time saved by suggestions: answers that saw one against those of items that had one hidden. Items that were
    skipped or broken were not answered and take another time."""
    pause = rounds.plan_of(campaign).pause
    had = {
        (seat["task__item"], seat["rater"])
        for seat in Seat.objects.filter(task__project__campaign=campaign, suggestion__isnull=False).values(
            "task__item", "rater"
        )
    }
    own = Response.objects.filter(campaign=campaign, retired_at__isnull=True, submitted_at__isnull=False)
    ended = Judgment.objects.filter(response=OuterRef("pk"), retired_at__isnull=True, status__in=SILENT)
    own = own.annotate(silent=Exists(ended)).order_by("rater", "submitted_at")
    rows = list(own.values_list("item", "rater", "arm", "submitted_at", "lead_time", "silent"))
    rater = np.array([row[1] or 0 for row in rows], dtype=np.int64)
    at = np.array([row[3].timestamp() for row in rows])
    lead = np.array([np.nan if row[4] is None else row[4] for row in rows], dtype=np.float64)
    seconds = np.zeros(len(rows))
    for key in np.unique(rater):
        seconds[rater == key] = work_time(at[rater == key], lead[rater == key], pause=pause)
    kept = np.array([(row[0], row[1]) in had and not row[5] for row in rows], dtype=np.bool_)
    saw = np.array([row[2] == "assisted" for row in rows], dtype=np.bool_)
    codes = [
        np.unique(np.array([row[place] or 0 for row in rows])[kept], return_inverse=True)[1].astype(np.int32)
        for place in (0, 1)
    ]
    return time_saved(seconds[kept], saw[kept], codes[0], codes[1], rounds=draws)

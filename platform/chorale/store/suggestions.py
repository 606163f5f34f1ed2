"""Suggestions of a model in an assisted campaign: drawn for each item and rater, never held by Label Studio."""

from __future__ import annotations

import hashlib
import math
from typing import Any

from annotation.studio import Answer, Layer, write_result
from annotation.studio.layers import on_step
from chorale.store import campaigns
from chorale.store.models import Campaign, Item, Judgment, Rater
from chorale.store.models.judgments import Arm
from harmonize.records import Kind, Status


def draw(campaign: Campaign, item: Item, rater: Rater) -> tuple[str, dict[str, Any] | None]:
    """The arm of a rater at an item, and what is or would be suggested there.

    The arm depends on campaign, seed, item and rater alone, so it can be drawn again and says nothing of the answer.
    Where the model has said nothing, the seat is blind without a suggestion and tells nothing about anchoring.
    """
    if campaign.suggester_id is None:
        return Arm.BLIND, None
    suggestion = of_model(campaign, item)
    if suggestion is None:
        return Arm.BLIND, None
    return (Arm.ASSISTED if chance(campaign, item, rater) < campaign.assisted_share else Arm.BLIND), suggestion


def chance(campaign: Campaign, item: Item, rater: Rater) -> float:
    """A number in 0..1 for an item and rater, evenly spread and always the same."""
    key = f"{campaign.slug}:{campaign.seed}:{item.uuid}:{rater.pseudonym}"
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64


def of_model(campaign: Campaign, item: Item) -> dict[str, Any] | None:
    """What the campaign's model says about an item, layer by layer, as a rater would have said it; None if nothing."""
    rows = Judgment.objects.filter(rater=campaign.suggester_id, item=item, retired_at__isnull=True, status=0)
    said = {(row.scheme_id, row.perspective): row for row in rows.order_by("pk")}
    layers = campaigns.layers_of(campaign.form)
    answers = []
    for layer, asked in zip(layers, campaign.form.layers.order_by("position"), strict=True):
        if (row := said.get((asked.scheme_id, asked.perspective))) and (answer := _answer(layer, row)):
            answers.append(answer)
    if not answers:
        return None
    told = {answer.layer: _plain(answer) for answer in answers}
    return {"rater": campaign.suggester_id, "layers": told, "result": write_result(answers, layers)}


def _plain(answer: Answer) -> dict[str, Any]:
    """What is suggested in one layer, as it is kept: a dimension that the model left open is null."""
    if not answer.labels:
        return {"values": [None if math.isnan(value) else value for value in answer.values or ()]}
    graded = {"strengths": list(answer.strengths)} if answer.strengths else {}
    return {"labels": list(answer.labels), **graded}


def _answer(layer: Layer, row: Judgment) -> Answer | None:
    if layer.scheme.kind == Kind.DIMENSION:
        given = [float("nan") if value is None else float(value) for value in row.values or ()]
        steps = zip(layer.scheme.dimensions, given, strict=False)
        values = [value if math.isnan(value) else on_step(dimension, value) for dimension, value in steps]
        return None if all(map(math.isnan, values)) else Answer(layer.name, Status.ANSWERED, values=tuple(values))
    labels = tuple(row.labels or ())
    if not labels or (layer.scheme.kind == Kind.INTENSITY and not row.intensities):
        return None  # a model that marks nothing suggests nothing
    strengths = tuple(float(max(1, round(s))) for s in row.intensities) if row.intensities else None
    return Answer(layer.name, Status.ANSWERED, labels=labels, strengths=strengths)

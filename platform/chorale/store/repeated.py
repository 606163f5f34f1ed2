"""Repeated items: how far raters agree with themselves, from the two answers each gave to the same item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from annotation.agreement import alpha, alpha_by_dimension
from annotation.agreement.coefficient import Coefficient
from chorale.store import rounds
from chorale.store.models import Campaign, FormLayer, Judgment
from chorale.store.models.campaigns import Round
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Status

COUNTED = (Status.ANSWERED, Status.NONE_APPLIES)


def measured(campaign: Campaign, *, draws: int = 200) -> list[tuple[str, Coefficient | str]]:
    """(question, alpha over first and second answer of each rater at each repeated item, or why there is none); a
    question about numbers has one a dimension."""
    again = rounds.child(campaign, Round.REPEAT)
    layers = campaign.form.layers.select_related("scheme").order_by("position") if again else ()
    return [told for layer in layers if again for told in _alpha(campaign, again, layer, draws)]


def _alpha(campaign: Campaign, again: Campaign, layer: FormLayer, draws: int) -> list[tuple[str, Coefficient | str]]:
    said: dict[tuple[int, int | None], dict[str, Any]] = defaultdict(dict)
    names, kind = layer.scheme.core.names, Kind(layer.scheme.kind)
    for name, round_ in (("first", campaign), ("again", again)):
        rows = Judgment.objects.filter(
            response__campaign=round_, response__retired_at__isnull=True, response__arm="blind",
            retired_at__isnull=True, layer=layer.position, status__in=COUNTED,
        )  # fmt: skip
        if name == "first":
            rows = rows.filter(item__in=again.collection.members.values("item"))
        for row in rows.order_by("pk"):
            said[row.item_id, row.rater_id][name] = _answer(names, kind, row)
    both = {key: pair for key, pair in said.items() if len(pair) == 2}
    if len(both) < 2:
        return [(layer.question, "Nobody has answered two items twice yet.")]
    kind = Kind.SET if kind == Kind.INTENSITY else kind
    rows_ = [(f"{item}:{rater}", name, value) for (item, rater), pair in both.items() for name, value in pair.items()]
    try:
        told = Judgments.from_ratings(rows_, kind=kind, labels=names)
        if kind == Kind.DIMENSION:
            found = alpha_by_dimension(told, rounds=draws)
            return [(f"{layer.question} {name}", one) for name, one in found.items()]
        return [(layer.question, alpha(told, rounds=draws))]
    except ChoraleError as error:
        return [(layer.question, error.message)]


def _answer(names: Sequence[str], kind: Kind, row: Judgment) -> Any:
    if kind == Kind.DIMENSION:
        return [np.nan if value is None else float(value) for value in row.values or [None] * len(names)]
    labels = [names[code] for code in row.labels or ()]
    return (labels[0] if labels else None) if kind == Kind.SINGLE else labels

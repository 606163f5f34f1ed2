"""A model beside people: agreement on items it was not trained on, with the people's own figure at equal footing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from annotation.agreement.alpha import alpha, alpha_by_dimension, alpha_by_label
from annotation.agreement.beside import Trained, beside
from annotation.agreement.bootstrap import Progress
from annotation.agreement.coefficient import Coefficient
from harmonize.records import Int64, Judgments, Kind

NO_PEOPLE = "the source publishes no rater ids, so people cannot be paired"


@dataclass(frozen=True)
class ModelAgreement:
    """One model rater against people, on the ``items`` both judged.

    ``model_person``: alpha over (item, person) pairs, each the model's and one person's judgment, items resampled
    whole; ``person_person``: the same over pairs of two people on the same items, what one person reaches against
    another; ``people``: plain alpha of the people there. ``by_label`` (or dimension): `model_person` for each.
    """

    model: str
    items: int
    model_person: Coefficient
    person_person: Coefficient
    people: Coefficient
    by_label: dict[str, Coefficient]

    def to_dict(self) -> dict[str, Any]:
        """The figures as a JSON-ready mapping."""
        figures = {name: getattr(self, name).to_dict() for name in ("model_person", "person_person", "people")}
        by_label = {name: figure.to_dict() for name, figure in self.by_label.items()}
        return {"model": self.model, "items": self.items, **figures, "by_label": by_label}


def model_against_people(
    people: Judgments,
    model: Judgments,
    *,
    trained_on: Trained,
    metric: str | None = None,
    threshold: float = 0.5,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    progress: Progress | None = None,
) -> ModelAgreement:
    """Agreement of one model's hard labels with people's, out-of-sample only (SCIENCE 14, 17).

    ``model``: judgments of the people's kind, or PROBABILITY, then hardened by `hard` at ``threshold``; at most one an
    item; several rater names may stand for the folds of one model. ``trained_on``: ids of every item the model saw
    in training, prompts or calibration; for out-of-fold predictions a mapping from each fold's rater name to that
    fold's ids. Raises `ChoraleError` where a judged item was trained on, a fold has no entry, schemes differ, or
    an item is judged twice. Formula: docs/methods.md, "A model against people".
    """
    people, model, row = beside(people, model, trained_on=trained_on, threshold=threshold)
    mine = np.arange(len(people))
    crossed = paired(people, mine, model, row)
    shared: dict[str, Any] = {"rounds": rounds, "seed": seed, "level": level, "progress": progress}
    headline = _overall(crossed, metric, shared)
    each = alpha_by_dimension if people.kind == Kind.DIMENSION else alpha_by_label
    by_label = each(crossed.judgments, clusters=crossed.clusters, **shared)
    return ModelAgreement(
        model=", ".join(
            sorted(str(name) for name in model.raters.take(np.unique(model.rater[model.rater >= 0])).to_pylist())
        )
        or "model",
        items=len(np.unique(people.item)),
        model_person=replace(headline, name=f"{headline.name}, model against each person"),
        person_person=_people_pairs(people, metric, shared),
        people=_plain(people, metric, shared),
        by_label=by_label,
    )


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of judgments as items of their own: two judgments each, ``clusters`` [P] the item they came from."""

    judgments: Judgments
    clusters: Int64


def paired(one: Judgments, first: Int64, two: Judgments, second: Int64) -> Pairs:
    """Row ``first[p]`` of ``one`` beside row ``second[p]`` of ``two`` as the two judgments of a new item p."""
    size = len(first)
    left, right = one.select(first), two.select(second)
    both: dict[str, Any] = {
        "items": pa.array(np.arange(size).astype(str), pa.string()),
        "raters": pa.array(["one", "other"]),
        "item": np.tile(np.arange(size, dtype=np.int32), 2),
        "rater": np.repeat(np.array([0, 1], dtype=np.int32), size),
        "status": np.concatenate([left.status, right.status]),
    }
    if left.values is not None and right.values is not None:
        joined = replace(left, **both, values=np.concatenate([left.values, right.values]))
        return Pairs(joined, left.item.astype(np.int64))
    assert left.offsets is not None and right.offsets is not None  # noqa: PT018
    assert left.label is not None and right.label is not None  # noqa: PT018
    both["offsets"] = np.concatenate([left.offsets, right.offsets[1:] + left.offsets[-1]])
    both["label"] = np.concatenate([left.label, right.label])
    if left.strength is not None and right.strength is not None:
        both["strength"] = np.concatenate([left.strength, right.strength])
    return Pairs(replace(left, **both), left.item.astype(np.int64))


def within_item(item: Int64) -> Iterator[tuple[Int64, Int64]]:
    """Blocks of row pairs that share an item, each unordered pair once."""
    order = np.argsort(item, kind="stable")
    ordered = item[order]
    for step in range(1, int(np.bincount(item).max(initial=0))):
        same = np.flatnonzero(ordered[step:] == ordered[:-step])
        yield order[same], order[same + step]


def _people_pairs(people: Judgments, metric: str | None, shared: dict[str, Any]) -> Coefficient:
    blocks = list(within_item(people.item.astype(np.int64)))
    nothing = np.empty(0, dtype=np.int64)
    first = np.concatenate([nothing, *(block[0] for block in blocks)])
    second = np.concatenate([nothing, *(block[1] for block in blocks)])
    figure = _overall(paired(people, first, people, second), metric, shared)
    return replace(figure, name=f"{figure.name}, person against person")


def _overall(pairs: Pairs, metric: str | None, shared: dict[str, Any]) -> Coefficient:
    figure = _plain(pairs.judgments, metric, shared | {"clusters": pairs.clusters})
    return replace(figure, raters=None, notes=("units are pairs of judgments; items are resampled whole",))


def _plain(j: Judgments, metric: str | None, shared: dict[str, Any]) -> Coefficient:
    if j.kind == Kind.INTENSITY or (j.kind == Kind.DIMENSION and len(j.labels) > 1):
        return Coefficient("alpha", reason="judged label by label or dimension by dimension: see there")
    return alpha(j, metric=metric, **shared)

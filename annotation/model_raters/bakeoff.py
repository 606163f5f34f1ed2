"""Several model raters on the same human-labelled items in one table: agreement, scores, stand-in test, cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from annotation.agreement import model_against_people
from annotation.evaluation import divergence, vote_scores
from annotation.model_raters.calibration import reliability
from annotation.raters.stand_in import alternative_test, stand_in_by_label
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Judgments, Kind


@dataclass(frozen=True)
class PerItem:
    """A mean over items with its 95 % interval (normal approximation: mean +- 1.96 sd / sqrt(n))."""

    value: float
    low: float
    high: float

    @staticmethod
    def of(mean: float, sd: float | None, n: int) -> PerItem:
        """From mean, standard deviation (None for one item) and number of items."""
        half = 1.96 * sd / math.sqrt(n) if sd is not None and n > 1 else 0.0
        return PerItem(mean, max(0.0, mean - half), mean + half)


@dataclass(frozen=True)
class Contender:
    """One model rater: its judgments, the items it was trained or shown on, and what it took.

    ``seconds`` and ``cost`` are per item (None where unknown); ``asked`` is how many items it was asked about.
    """

    name: str
    judgments: Judgments
    trained_on: frozenset[str] = frozenset()
    asked: int | None = None
    seconds: PerItem | None = None
    cost: PerItem | None = None


@dataclass(frozen=True)
class BakeOffRow:
    """One contender's figures on the common items, JSON-ready; a figure that is refused holds {"refused": reason}.

    ``answered`` is the share of items asked that got a judgment, over all it was asked.
    """

    name: str
    answered: float | None
    agreement: dict[str, Any]
    votes: dict[str, Any]
    divergence: dict[str, Any]
    calibration: dict[str, Any]
    stand_in: dict[str, Any]
    by_label: list[dict[str, Any]]
    seconds: PerItem | None
    cost: PerItem | None


@dataclass(frozen=True)
class BakeOff:
    """The table: ``items`` are common to all contenders and people; rows in the order given."""

    items: int
    raters: str
    rows: tuple[BakeOffRow, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Plain nested dictionary, for JSON."""
        return asdict(self)


def bake_off(
    people: Judgments,
    contenders: Sequence[Contender],
    *,
    raters: str = "crowd",
    rounds: int = 1000,
    seed: int = 0,
    progress: Callable[[Sequence[Contender]], Iterable[Contender]] = iter,
) -> BakeOff:
    """Compare contenders on the items that people labelled, all of them answered and none was trained on.

    ``people``: blind judgments of a scheme with labels; ``raters`` declares the epsilon of the alternative annotator
    test (expert, skilled, crowd); ``progress`` wraps the contenders as they are gone through. Raises ChoraleError
    `bakeoff-common` where no such item exists.
    """
    common = common_items(people, contenders)
    if not common:
        raise ChoraleError(
            "bakeoff-common",
            "No item was labelled by people and judged by every model outside its training.",
            "Let all models judge the same collection.",
        )
    kept = _among(people, common)
    rows = tuple(_row(kept, contender, common, raters, rounds, seed) for contender in progress(contenders))
    return BakeOff(items=len(common), raters=raters, rows=rows)


def common_items(people: Judgments, contenders: Sequence[Contender]) -> set[str]:
    """Items with a counted judgment of people and of every contender that was not trained on them."""
    common = _judged(people)
    for contender in contenders:
        common &= _judged(contender.judgments) - contender.trained_on
    return common


def _row(people: Judgments, contender: Contender, common: set[str], raters: str, rounds: int, seed: int) -> BakeOffRow:
    model = _among(contender.judgments, common)
    drawn: dict[str, Any] = {"trained_on": contender.trained_on, "rounds": rounds, "seed": seed}
    plain: dict[str, Any] = {"trained_on": contender.trained_on, "raters": raters}
    answered = None if not contender.asked else len(_judged(contender.judgments)) / contender.asked
    return BakeOffRow(
        name=contender.name,
        answered=answered,
        agreement=_figure(lambda: model_against_people(people, model, **drawn).to_dict()),
        votes=_figure(lambda: {k: v.to_dict() for k, v in vote_scores(people, model, **drawn).items()}),
        divergence=_figure(lambda: divergence(people, model, **drawn).to_dict()),
        calibration=_figure(lambda: reliability(people, model)),
        stand_in=_figure(lambda: asdict(alternative_test(people, model, **plain))),
        by_label=_listed(lambda: stand_in_by_label(people, model, **plain, rounds=rounds, seed=seed)),
        seconds=contender.seconds,
        cost=contender.cost,
    )


def _figure(made: Any) -> dict[str, Any]:
    try:
        found: dict[str, Any] = made()
    except ChoraleError as refused:
        return {"refused": refused.message}
    return found


def _listed(made: Any) -> list[dict[str, Any]]:
    try:
        return [
            {"label": v.label, "standing": str(v.standing), "agreement": v.agreement.to_dict()}
            | {"winning_rate": v.test.winning_rate, "advantage": v.test.advantage, "reason": v.test.reason}
            for v in made()
        ]
    except ChoraleError as refused:
        return [{"refused": refused.message}]


def _judged(judgments: Judgments) -> set[str]:
    kept: Bool = judgments.counted
    if judgments.kind == Kind.PROBABILITY and judgments.values is not None:
        kept = kept & ~np.isnan(judgments.values).any(axis=1)
    names = judgments.items.to_pylist()
    return {str(names[code]) for code in np.unique(judgments.item[kept])}


def _among(judgments: Judgments, names: set[str]) -> Judgments:
    there = np.asarray([str(name) in names for name in judgments.items.to_pylist()], np.bool_)
    return judgments.select(there[judgments.item])

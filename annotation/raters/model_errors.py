"""Do models err together? Several models agreeing is no evidence where their mistakes are the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from annotation.aggregation.hard import majority, plurality
from annotation.agreement.beside import Trained, hard, may_be_empty, places, refuse_trained
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Judgments, Kind


@dataclass(frozen=True)
class SharedErrors:
    """Two models on the items people decided: error rates, errors in common and as expected if independent.

    ``phi``: correlation of their errors, -1..1; ``same``: share of common errors that are the same wrong answer; both
    None where undefined, with the ``reason``.
    """

    models: tuple[str, str]
    items: int
    errors: tuple[float, float]
    both: float
    expected: float
    phi: float | None
    same: float | None
    reason: str = ""


def shared_errors(
    people: Judgments,
    models: Mapping[str, Judgments],
    *,
    trained_on: Mapping[str, Trained],
    threshold: float = 0.5,
) -> tuple[SharedErrors, ...]:
    """Every pair of models against people's plurality (SINGLE) or majority set (SET), undecided items left out.

    ``trained_on``: per model, as in `model_against_people`; items it was trained on are refused.
    """
    if people.kind not in (Kind.SINGLE, Kind.SET):
        raise ChoraleError("judgments-kind", f"{people.kind} judgments have no hard answers.", "SINGLE or SET.")
    truth = plurality(people) if people.kind == Kind.SINGLE else majority(people)
    answers: dict[str, tuple[Bool, Bool]] = {}
    for name, model in models.items():
        refuse_trained(model, trained_on[name])
        own = model
        if model.kind == Kind.PROBABILITY:
            own = hard(model, kind=people.kind, threshold=threshold, empty=may_be_empty(people))
        own = own.select(own.counted)
        marks, there = np.zeros_like(truth.present), np.zeros(len(people.items), dtype=np.bool_)
        place = places(people.items, own.items)[own.item]
        marks[place[place >= 0]] = own.marks()[place >= 0]
        there[place[place >= 0]] = True
        answers[name] = (marks, there)
    return tuple(_pair(truth.present, truth.decided, one, two, answers) for one, two in combinations(models, 2))


def _pair(truth: Bool, decided: Bool, one: str, two: str, answers: Mapping[str, tuple[Bool, Bool]]) -> SharedErrors:
    use = decided & answers[one][1] & answers[two][1]
    a, b = answers[one][0][use], answers[two][0][use]
    wrong = np.stack([(a != truth[use]).any(axis=1), (b != truth[use]).any(axis=1)])
    size = wrong.shape[1]
    if not size:
        return SharedErrors((one, two), 0, (0.0, 0.0), 0.0, 0.0, None, None, "no item is decided and judged by both")
    rates = (float(wrong[0].mean()), float(wrong[1].mean()))
    joint = wrong.all(axis=0)
    flat = wrong.std(axis=1).min() == 0
    phi = None if flat else float(np.corrcoef(wrong)[0, 1])
    same = float((a == b).all(axis=1)[joint].mean()) if joint.any() else None
    reason = "a model is always right or always wrong" if flat else ""
    return SharedErrors((one, two), size, rates, float(joint.mean()), rates[0] * rates[1], phi, same, reason)

"""What suggestions do to the work: how often they are taken, changed or refused, and the time they save."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Int32

Fate = Literal["accepted", "edited", "rejected"]
LEAST = 5  # items an arm must have before time saved is told


def fate(suggested: Collection[float], said: Collection[float] | None) -> Fate:
    """What became of a suggestion in one field: `accepted` as it was, `edited` (part of it was kept), or `rejected`
    (none of it was kept, or the field was not answered).

    >>> fate({1, 2}, {1, 2}), fate({1, 2}, {2, 3}), fate({1}, {4}), fate({1}, None)
    ('accepted', 'edited', 'rejected', 'rejected')
    """
    if said is None:
        return "rejected"
    mine, theirs = set(said), set(suggested)
    if mine == theirs:
        return "accepted"
    return "edited" if mine & theirs else "rejected"


def fate_of_numbers(suggested: Collection[float | None], said: Collection[float] | None) -> Fate | None:
    """The same for numbers, dimension by dimension: all kept, some kept, none kept. None was not suggested; where
    nothing was, nothing became of it: None.

    >>> fate_of_numbers([3, None], [3, 9]), fate_of_numbers([3, 5], [3, 9]), fate_of_numbers([3, 5], [4, 9])
    ('accepted', 'edited', 'rejected')
    """
    if all(value is None for value in suggested):
        return None
    if said is None or len(said) != len(suggested):
        return "rejected"
    kept = [math.isclose(a, b, rel_tol=1e-6) for a, b in zip(suggested, said, strict=True) if a is not None]  # float32
    return "accepted" if all(kept) else "edited" if any(kept) else "rejected"


def fate_of_graded(suggested: Mapping[int, float], said: Mapping[int, float] | None) -> Fate:
    """The same for labels with a strength each: a label that was kept with another strength is an edit.

    >>> fate_of_graded({1: 2.0}, {1: 2.0}), fate_of_graded({1: 2.0}, {1: 3.0}), fate_of_graded({1: 2.0}, {4: 2.0})
    ('accepted', 'edited', 'rejected')
    """
    if said is not None and dict(said) == dict(suggested):
        return "accepted"
    return "edited" if said is not None and set(said) & set(suggested) else "rejected"


def fate_of_field(
    suggested: Mapping[str, Any],
    *,
    labels: Sequence[int] | None = None,
    strengths: Sequence[float] | None = None,
    values: Sequence[float] | None = None,
) -> Fate | None:
    """What became of the suggestion in one field, of whatever kind: ``suggested`` holds ``values``, or ``labels`` with
    or without ``strengths``; the rest is what was said (all None: the field was not answered). None where nothing was
    suggested."""
    if "values" in suggested:
        return fate_of_numbers(suggested["values"], values)
    if not suggested.get("labels"):
        return None
    if suggested.get("strengths") and strengths is not None and labels is not None:
        mine = dict(zip(labels, strengths, strict=True))
        return fate_of_graded(dict(zip(suggested["labels"], suggested["strengths"], strict=True)), mine)
    return fate(suggested["labels"], labels)


def origin_of(became: Fate | None, claimed: str) -> str:
    """How one field came to be: `prediction` (as suggested), `prediction-changed`, or `manual` (by hand).

    Told by what was suggested and said; what the browser ``claimed`` only tells a refused suggestion that was changed
    into something else from one that was taken away. ``became`` is None where nothing was suggested.

    >>> origin_of("accepted", "manual"), origin_of("edited", "prediction"), origin_of(None, "prediction")
    ('prediction', 'prediction-changed', 'manual')
    """
    if became is None or (became == "rejected" and claimed == "manual"):
        return "manual"
    return "prediction" if became == "accepted" else "prediction-changed"


@dataclass(frozen=True)
class TimeSaved:
    """Median seconds of an answer with a suggestion ``shown`` and ``hidden``; ``saved`` = 1 - shown / hidden with its
    95 % interval (below 0: it took longer). None, with the ``reason``, where an arm is too small."""

    saved: float | None
    low: float | None
    high: float | None
    shown: float | None
    hidden: float | None
    n_shown: int
    n_hidden: int
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As it is shown."""
        return asdict(self)


def time_saved(
    seconds: Float64, saw: Bool, item: Int32, rater: Int32, *, rounds: int = 1000, seed: int = 0
) -> TimeSaved:
    """Time saved over n answers: ``seconds`` of work, whether a suggestion was shown, item and rater codes from 0.

    Medians, as times are skewed. The interval resamples items and raters at once by independent Poisson(1) weights
    whose product weighs an answer, as in `annotation.anchoring`; a round that leaves an arm without weight says nothing
    and is left out. Raises `ChoraleError("time-shape")`.
    """
    if not len(seconds) == len(saw) == len(item) == len(rater):
        raise ChoraleError("time-shape", "Each answer needs seconds, saw, item and rater.")
    counts: dict[str, Any] = {"n_shown": int(saw.sum()), "n_hidden": int((~saw).sum())}
    medians = [float(np.median(seconds[arm])) if arm.any() else None for arm in (saw, ~saw)]
    small = min(len(np.unique(item[saw])), len(np.unique(item[~saw]))) < LEAST
    if small or medians[0] is None or not medians[1]:
        return TimeSaved(None, None, None, medians[0], medians[1], reason=f"Each arm needs {LEAST} items.", **counts)
    if len(np.unique(rater)) < 2:
        why = "One rater's times say nothing about others."
        return TimeSaved(None, None, None, medians[0], medians[1], reason=why, **counts)
    random, draws = np.random.default_rng(seed), np.full(rounds, np.nan)
    order = np.argsort(seconds, kind="stable")
    value, seen, of_item, of_rater = seconds[order], saw[order], item[order], rater[order]
    for n in range(rounds):
        weight = (
            (random.poisson(1.0, int(item.max()) + 1)[of_item]) * (random.poisson(1.0, int(rater.max()) + 1)[of_rater])
        )
        shown, hidden = _median(value, weight * seen), _median(value, weight * ~seen)
        draws[n] = 1 - shown / hidden if hidden else np.nan
    low, high = (float(x) for x in np.nanquantile(draws, [0.025, 0.975]))
    return TimeSaved(1 - medians[0] / medians[1], low, high, medians[0], medians[1], **counts)


def _median(ordered: Float64, weight: Any) -> float:
    total = np.cumsum(weight)
    return float(ordered[np.searchsorted(total, total[-1] / 2)]) if len(total) and total[-1] else float("nan")

"""Calibration maps of a model rater: fitted on the votes of one half of the items, reported on the other half."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy  # its parts load when first used
from scipy.special import expit, logit, softmax

from annotation.agreement.beside import beside
from annotation.evaluation import vote_scores
from annotation.model_raters.votes import VoteShares, vote_shares
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind

FLOOR = 1e-6
METHODS = ("temperature", "isotonic")
SCORES = ("Brier", "log loss")  # the proper scores among the figures
SHOWN = 0.0005  # a difference that three decimals show


@dataclass(frozen=True)
class CalibrationMap:
    """A map from a model's probabilities to calibrated ones, and the items it was fitted on.

    ``method`` "temperature": one number that the logits are divided by (Guo et al. 2017). "isotonic": for each label a
    rising step function of its probability, ``knots`` as (from, to) pairs (Zadrozny and Elkan 2002), rows of a single
    choice then divided by their sum. ``fitted_on`` enter no comparison of the calibrated rater with people.
    """

    method: str
    kind: Kind
    labels: tuple[str, ...]
    temperature: float = 1.0
    knots: tuple[tuple[tuple[float, float], ...], ...] = ()
    fitted_on: tuple[str, ...] = ()

    def apply(self, model: Judgments) -> Judgments:
        """PROBABILITY judgments, calibrated; missing values stay missing. Raises for another scheme's judgments."""
        if model.kind != Kind.PROBABILITY or model.labels != self.labels or model.values is None:
            raise ChoraleError("calibration-labels", "The map was fitted for other labels.", "Fit one for these.")
        values = self.mapped(model.values.astype(np.float64))
        return replace(model, values=np.round(values, 6).astype(np.float32))

    def mapped(self, values: Float64) -> Float64:
        """float64[n, L] to float64[n, L]."""
        if self.method == "temperature":
            return _tempered(values, self.temperature, self.kind)
        columns = [
            np.interp(values[:, code], [k[0] for k in knots], [k[1] for k in knots]) if knots else values[:, code]
            for code, knots in enumerate(self.knots)
        ]
        stepped = np.stack(columns, axis=1)
        if self.kind != Kind.SINGLE:
            return stepped
        stepped = np.maximum(stepped, FLOOR)
        return np.asarray(stepped / stepped.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class CalibrationReport:
    """Figures of the half that the map was not fitted on: proper scores and per-vote calibration, before and after."""

    map: CalibrationMap
    items: int
    before: dict[str, Any]
    after: dict[str, Any]


def calibrate(
    people: Judgments,
    model: Judgments,
    *,
    trained_on: frozenset[str] = frozenset(),
    method: str = "temperature",
    groups: Mapping[str, str] | None = None,
    seed: int = 0,
    rounds: int = 1000,
) -> CalibrationReport:
    """Fit a map on one half of the items that both judged and report it on the other.

    Halves follow a hash of the item's group (or id), so group mates stay together. Raises ChoraleError for fewer than
    20 items a half (`calibration-few`), judged items in ``trained_on``, or judgments that are no votes.
    """
    if method not in METHODS:
        raise ChoraleError("calibration-method", f"No method '{method}'.", f"One of {', '.join(METHODS)}.")
    matched, model, _ = beside(people, model, trained_on=trained_on, soft=True)
    shares = vote_shares(matched)
    values = _rows(model, shares)
    first = np.asarray([_first_half((groups or {}).get(name, name), seed) for name in shares.items])
    if min(first.sum(), (~first).sum()) < 20:
        raise ChoraleError("calibration-few", f"{len(first)} items are too few to halve.", "Label at least 40.")
    made = _fit(shares, values, first, method)
    other = _among(matched, {name for name, mine in zip(shares.items, first, strict=True) if not mine})
    before = _among(model, set(shares.items) - set(made.fitted_on))
    return CalibrationReport(
        map=made,
        items=int((~first).sum()),
        before=_figures(other, before, trained_on, rounds, seed),
        after=_figures(other, made.apply(before), trained_on | set(made.fitted_on), rounds, seed),
    )


def worse(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The proper scores that a map made worse on the half it was not fitted on, from the figures of a report.

    A step function may learn from few votes that something never happens, and pays for it when it does.
    """
    return tuple(name for name in SCORES if after[name]["value"] - before[name]["value"] >= SHOWN)


def reliability(people: Judgments, model: Judgments, *, bins: int = 10) -> dict[str, Any]:
    """Calibration of the events "this person gave this label": predicted probability against share, by bins.

    The expected calibration error is the mean gap over events (Naeini et al. 2015), taken over votes and never against
    a majority label (Baan et al. 2022). Bins are of equal width; ``events`` counts votes times labels.
    """
    matched, model, _ = beside(people, model, trained_on=(), soft=True)
    shares = vote_shares(matched)
    values, n = _rows(model, shares), shares.raters[:, None].astype(np.float64)
    place = np.minimum((values * bins).astype(np.int64), bins - 1).ravel()
    weight = np.broadcast_to(n, values.shape).ravel()
    events = np.bincount(place, weights=weight, minlength=bins)
    said = np.bincount(place, weights=weight * values.ravel(), minlength=bins)
    seen = np.bincount(place, weights=shares.votes.ravel().astype(np.float64), minlength=bins)
    there = events > 0
    gap = np.abs(said[there] - seen[there]).sum() / events.sum()
    rows = [
        {"from": k / bins, "events": int(events[k]), "said": said[k] / events[k], "seen": seen[k] / events[k]}
        for k in np.flatnonzero(there)
    ]
    return {"ece": float(gap), "bins": rows, "events": int(events.sum())}


def _fit(shares: VoteShares, values: Float64, rows: Any, method: str) -> CalibrationMap:
    kept = replace(
        shares,
        items=tuple(name for name, mine in zip(shares.items, rows, strict=True) if mine),
        shares=shares.shares[rows],
        votes=shares.votes[rows],
        raters=shares.raters[rows],
    )
    shared: dict[str, Any] = {"kind": shares.kind, "labels": shares.labels, "fitted_on": kept.items}
    if method == "temperature":
        return CalibrationMap("temperature", **shared, temperature=_temperature(kept, values[rows]))
    return CalibrationMap(
        "isotonic", **shared, knots=tuple(_knots(kept, values[rows], c) for c in range(len(shares.labels)))
    )


def _temperature(shares: VoteShares, values: Float64) -> float:
    """The temperature in 0.05..20 with the least log loss over votes."""

    def loss(log_temperature: float) -> float:
        p = np.clip(_tempered(values, float(np.exp(log_temperature)), shares.kind), FLOOR, 1 - FLOOR)
        yes = (shares.votes * np.log(p)).sum()
        no = 0.0 if shares.kind == Kind.SINGLE else ((shares.raters[:, None] - shares.votes) * np.log(1 - p)).sum()
        return float(-(yes + no))

    found = scipy.optimize.minimize_scalar(
        loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded", options={"xatol": 1e-4}
    )
    return round(float(np.exp(found.x)), 4)


def _tempered(values: Float64, temperature: float, kind: Kind) -> Float64:
    p = np.clip(values, FLOOR, 1 - FLOOR)
    if kind == Kind.SINGLE:
        return np.asarray(softmax(np.log(p) / temperature, axis=1))
    return np.asarray(expit(logit(p) / temperature))


def _knots(shares: VoteShares, values: Float64, code: int) -> tuple[tuple[float, float], ...]:
    """The corners of one label's step function; none where the label's probability never varies."""
    if np.ptp(values[:, code]) < FLOOR:
        return ()
    from sklearn.isotonic import IsotonicRegression  # takes seconds to load, and pages only apply what was fitted

    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    model.fit(values[:, code], shares.shares[:, code], sample_weight=shares.raters.astype(np.float64))
    return tuple(
        (round(float(x), 6), round(float(y), 6)) for x, y in zip(model.X_thresholds_, model.y_thresholds_, strict=True)
    )


def _rows(model: Judgments, shares: VoteShares) -> Float64:
    """The model's probabilities in the order of the shares' items."""
    assert model.values is not None
    row = {str(name): code for code, name in enumerate(model.items.to_pylist())}
    place = np.full(len(model.items), -1, np.int64)
    place[model.item] = np.arange(len(model))
    return model.values[[place[row[name]] for name in shares.items]].astype(np.float64)


def _among(judgments: Judgments, names: set[str]) -> Judgments:
    there = np.asarray([str(name) in names for name in judgments.items.to_pylist()], np.bool_)
    return judgments.select(there[judgments.item])


def _figures(
    people: Judgments, model: Judgments, trained_on: frozenset[str] | set[str], rounds: int, seed: int
) -> dict[str, Any]:
    found = vote_scores(people, model, trained_on=trained_on, rounds=rounds, seed=seed)
    return {name: figure.to_dict() for name, figure in found.items()} | {"reliability": reliability(people, model)}


def _first_half(name: str, seed: int) -> bool:
    return hashlib.sha256(f"{seed}:half:{name}".encode()).digest()[0] < 128

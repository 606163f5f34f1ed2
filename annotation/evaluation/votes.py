"""Soft predictions scored over people's individual votes, and beside what other people reach (SCIENCE 18)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from annotation.agreement.answers import refuse_repeats
from annotation.agreement.beside import Trained, beside
from annotation.agreement.coefficient import Coefficient
from annotation.evaluation.distributions import distances
from annotation.evaluation.scores import Drawing, Figures, figures
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind

FLOOR = 1e-6  # least probability in a logarithm; how often it was needed is noted


def vote_scores(
    people: Judgments,
    model: Judgments,
    *,
    trained_on: Trained,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Figures:
    """Brier score and log loss (bits) of a model's probabilities over each vote, beside two references.

    SINGLE: Brier sum over labels of (p - vote)^2, 0..2; log loss -log2 p(vote). SET: means over labels of the binary
    ones. `Brier, other people`: the same of the other raters' vote shares (items with two raters or more);
    `Brier, base rates`: of the corpus' shares. Lower is better; items are resampled whole. ``model``: PROBABILITY.
    """
    if people.kind not in (Kind.SINGLE, Kind.SET):
        raise ChoraleError("judgments-kind", f"{people.kind} judgments are no votes.", "SINGLE or SET.")
    refuse_repeats(people)
    people, model, row = beside(people, model, trained_on=trained_on, soft=True)
    assert model.values is not None
    p = checked(model.values[row].astype(np.float64), people.kind)
    y = people.marks().astype(np.float64)
    votes = np.zeros((len(people.items), y.shape[1]))
    np.add.at(votes, people.item, y)
    others = np.bincount(people.item, minlength=len(people.items))[people.item] - 1
    rest = (votes[people.item] - y) / np.maximum(others, 1)[:, None]
    base = np.broadcast_to(y.mean(axis=0) if len(y) else np.zeros(y.shape[1]), y.shape)
    company = (others > 0).astype(np.float64)
    single = people.kind == Kind.SINGLE
    columns = np.column_stack(
        [
            np.ones(len(y)),
            _brier(p, y, single),
            _log_loss(p, y, single),
            _brier(base, y, single),
            company,
            company * _brier(rest, y, single),
        ]
    )
    items, place = np.unique(people.item, return_inverse=True)
    rows: Float64 = np.stack([np.bincount(place, weights=column, minlength=len(items)) for column in columns.T], axis=1)

    def evaluate(sums: Float64) -> Float64:
        return np.column_stack([sums[:, 1:4] / sums[:, :1], sums[:, 5] / sums[:, 4]])

    names = ("Brier", "log loss", "Brier, base rates", "Brier, other people")
    found = figures(names, rows, evaluate, Drawing(rounds, seed, level))
    clipped = float(((p < FLOOR) & (y > 0)).any(axis=1).mean()) if len(y) else 0.0
    note = (f"{clipped:.2%} of votes had less than {FLOOR:g} and count as that",) if clipped else ()
    found["log loss"] = replace(found["log loss"], notes=note)
    return {name: replace(figure, ratings=len(y)) for name, figure in found.items()}


@dataclass(frozen=True)
class Divergence:
    """Mean Jensen-Shannon divergence (bits) from a sample of people, of the model and of other people at the same n.

    ``model``: its whole distribution; ``model_sampled``: as many votes drawn from it as the people gave; ``people``:
    the human-human floor. ``n``: mean votes on each side; items with fewer than four votes are left out.
    """

    model: Coefficient
    model_sampled: Coefficient
    people: Coefficient
    n: float

    def to_dict(self) -> dict[str, Any]:
        """The figures as a JSON-ready mapping."""
        figures = {name: getattr(self, name).to_dict() for name in ("model", "model_sampled", "people")}
        return {**figures, "n": self.n}


def divergence(
    people: Judgments,
    model: Judgments,
    *,
    trained_on: Trained,
    halves: int = 20,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Divergence:
    """Jensen-Shannon divergence of model and people beside people and people, at equal n (SCIENCE 18).

    Each item's raters are halved at random ``halves`` times; the first half is the reference for all three. SET: mean
    over labels of the binary divergences. Averages are over halvings, then items; items are resampled.
    """
    if people.kind not in (Kind.SINGLE, Kind.SET):
        raise ChoraleError("judgments-kind", f"{people.kind} judgments are no votes.", "SINGLE or SET.")
    refuse_repeats(people)
    people, model, row = beside(people, model, trained_on=trained_on, soft=True)
    assert model.values is not None
    p = checked(model.values.astype(np.float64), people.kind)
    count = np.bincount(people.item, minlength=len(people.items))
    people, row = people.select(count[people.item] >= 4), row[count[people.item] >= 4]
    items, place, n = np.unique(people.item, return_inverse=True, return_counts=True)
    marks, rng = people.marks().astype(np.float64), np.random.default_rng(seed)
    guess = np.zeros((len(items), marks.shape[1]))
    guess[place] = p[row]
    half, total = n // 2, np.zeros((len(items), 3))
    for _ in range(halves):
        order = np.lexsort((rng.random(len(place)), place))
        rank = np.arange(len(place)) - np.repeat(np.cumsum(n) - n, n)
        sides = []
        for side in (0, 1):
            own = order[(rank >= side * half[place[order]]) & (rank < (side + 1) * half[place[order]])]
            votes = np.zeros_like(guess)
            np.add.at(votes, place[own], marks[own])
            sides.append(votes / np.maximum(half, 1)[:, None])
        drawn = _drawn(rng, guess, half, people.kind)
        total += np.column_stack([_jsd(sides[0], other, people.kind) for other in (guess, drawn, sides[1])])
    rows = np.column_stack([np.ones(len(items)), total / halves])
    names = ("JSD, model", "JSD, model at equal n", "JSD, other people")
    found = figures(names, rows, lambda sums: np.asarray(sums[:, 1:] / sums[:, :1]), Drawing(rounds, seed, level))
    mean = float(half.mean()) if len(half) else 0.0
    return Divergence(found[names[0]], found[names[1]], found[names[2]], mean)


def checked(p: Float64, kind: Kind) -> Float64:
    """Probabilities [n, L], normalised for SINGLE. Raises `ChoraleError` for missing ones and for no distributions."""
    if np.isnan(p).any() or (p < 0).any() or (p > 1).any():
        raise ChoraleError("probabilities", "A probability is missing or outside 0..1.", "Check the model's output.")
    if kind == Kind.SINGLE and len(p) and np.abs(p.sum(axis=1) - 1).max() > 1e-3:
        raise ChoraleError("probabilities", "The probabilities of one choice do not sum to 1.", "Normalise them.")
    return p / p.sum(axis=1, keepdims=True) if kind == Kind.SINGLE else p


def _brier(p: Float64, y: Float64, single: bool) -> Float64:
    square = (p - y) ** 2
    return np.asarray(square.sum(axis=1) if single else square.mean(axis=1))


def _log_loss(p: Float64, y: Float64, single: bool) -> Float64:
    yes = -np.log2(np.maximum(p, FLOOR))
    if single:
        return np.asarray((y * yes).sum(axis=1))
    return np.asarray((y * yes - (1 - y) * np.log2(np.maximum(1 - p, FLOOR))).mean(axis=1))


def _drawn(rng: np.random.Generator, p: Float64, size: np.typing.NDArray[np.int64], kind: Kind) -> Float64:
    n = np.maximum(size, 1)
    counts = rng.multinomial(n, p) if kind == Kind.SINGLE else rng.binomial(n[:, None], p)
    return np.asarray(counts / n[:, None])


def _jsd(one: Float64, two: Float64, kind: Kind) -> Float64:
    if kind == Kind.SINGLE:
        return distances(one, two)[:, 0]
    pairs = [
        distances(np.column_stack([a, 1 - a]), np.column_stack([b, 1 - b]))[:, 0]
        for a, b in zip(one.T, two.T, strict=True)
    ]
    return np.asarray(np.mean(pairs, axis=0))

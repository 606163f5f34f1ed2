"""Rankings of tuples, pairs among them, to strengths: Plackett and Luce's model, for pairs Bradley and Terry's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annotation.agreement.coefficient import Coefficient
from annotation.agreement.halves import split_half_of
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Int64

PRIOR = 0.1  # of a win and of a loss that each item has against an item of middling strength


@dataclass(frozen=True, eq=False)
class Rankings:
    """n answers: ``order`` int64[n, k] item codes, the one that was more first. ``tied`` bool[n]: the two of a pair
    were said to be alike; it then counts half either way. ``items``: how many items there are."""

    order: Int64
    items: int
    tied: Bool

    def __post_init__(self) -> None:
        if self.order.ndim != 2 or len(self.tied) != len(self.order):
            raise ChoraleError("rankings", "Each answer is one order of k items, tied or not.")
        if len(self.order) and (np.sort(self.order, axis=1)[:, 1:] == np.sort(self.order, axis=1)[:, :-1]).any():
            raise ChoraleError("rankings", "An item comes twice in one order.")
        if self.tied.any() and self.order.shape[1] != 2:
            raise ChoraleError("rankings", "Only pairs may be tied.", "Leave other ties out.")


def strengths(r: Rankings, rows: Bool | None = None, *, rounds: int = 500, tolerance: float = 1e-9) -> Float64:
    """Log strength of each item [items], mean 0; NaN for items never shown.

    P(order) = product over places s of w_s / (w_s + ... + w_k) (Plackett 1975, Luce 1959); for pairs P(i over j) =
    w_i / (w_i + w_j) (Bradley and Terry 1952). Hunter's MM algorithm (2004). Each item has `PRIOR` wins and losses
    against an item of strength 1, so that the maximum exists where somebody always wins.
    """
    use = np.ones(len(r.order), dtype=np.bool_) if rows is None else rows
    order, weight = _doubled(r.order[use], r.tied[use])
    shown = np.bincount(order.ravel(), minlength=r.items) > 0
    wins = np.full(r.items, PRIOR)
    for place in range(order.shape[1] - 1):
        wins += np.bincount(order[:, place], weights=weight, minlength=r.items)
    w: Float64 = np.ones(r.items)
    for _ in range(rounds):
        rest = np.cumsum(w[order][:, ::-1], axis=1)[:, ::-1]  # strength of those from each place on
        share = np.cumsum(weight[:, None] / rest[:, :-1], axis=1)
        share = np.concatenate([share, share[:, -1:]], axis=1)  # the last one was there in every choice
        faced = np.bincount(order.ravel(), weights=share.ravel(), minlength=r.items) + 2 * PRIOR / (w + 1)
        new = wins / faced
        new /= np.exp(np.log(new[shown]).mean()) if shown.any() else 1.0
        if np.abs(np.log(new[shown]) - np.log(w[shown])).max(initial=0.0) < tolerance:
            w = new
            break
        w = new
    return np.where(shown, np.log(w), np.nan)


def reliability(r: Rankings, *, rounds: int = 50, seed: int = 0, level: float = 0.95) -> Coefficient:
    """Split-half reliability of the strengths (Spearman) over random halves of each tuple's answers."""
    _, question = np.unique(np.sort(r.order, axis=1), axis=0, return_inverse=True)
    return split_half_of(
        lambda rows: strengths(r, rows, rounds=60, tolerance=1e-5),
        question.reshape(-1),
        items=r.items,
        rounds=rounds,
        seed=seed,
        level=level,
    )


def _doubled(order: Int64, tied: Bool) -> tuple[Int64, Float64]:
    """Orders with weights; a tied pair stands both ways at a half."""
    weight = np.where(tied, 0.5, 1.0)
    return np.concatenate([order, order[tied][:, ::-1]]), np.concatenate([weight, weight[tied]])

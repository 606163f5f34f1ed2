"""How well ratings on dimensions are predicted: error and correlation per dimension, beside the mean alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from annotation.model_raters.votes import VoteShares
from harmonize.records import Float64


@dataclass(frozen=True)
class DimensionScores:
    """Per dimension, in the scheme's order, against the mean of the raters.

    ``rmse`` and ``base_rmse`` (predicting the mean of all items) on the native range; ``correlation`` is Pearson's r,
    None where either side does not vary.
    """

    items: int
    rmse: tuple[float, ...]
    base_rmse: tuple[float, ...]
    correlation: tuple[float | None, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary, for JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(stored: dict[str, Any]) -> DimensionScores:
        """Inverse of `to_dict`."""
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
        return DimensionScores(**fields)


def dimension_scores(people: VoteShares, predicted: Float64) -> DimensionScores:
    """Root mean squared error and Pearson correlation of predicted means float[n, D]."""
    error = np.sqrt(((predicted - people.shares) ** 2).mean(axis=0))
    return DimensionScores(
        items=len(people.items),
        rmse=tuple(float(e) for e in error),
        base_rmse=tuple(float(s) for s in people.shares.std(axis=0)),
        correlation=tuple(_correlation(predicted[:, d], people.shares[:, d]) for d in range(predicted.shape[1])),
    )


def _correlation(one: Float64, other: Float64) -> float | None:
    if one.std() < 1e-12 or other.std() < 1e-12:
        return None
    return float(np.corrcoef(one, other)[0, 1])

"""What should not stand together in one answer: penalties that a scheme states, and those that answers show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Int64, Judgments
from harmonize.schemes.graph import linked
from harmonize.schemes.scheme import Scheme
from harmonize.schemes.wheel import separation

CHUNK = 65_536  # answers at a time
Z95 = 1.959963984540054


def penalties(scheme: Scheme) -> Float64:
    """How much two labels speak against each other, float64[L, L] in 0..1, symmetric, diagonal 0.

    What the scheme states (`Scheme.penalties`) counts. Elsewhere, on a wheel: (1 - cos(angle between)) / 2, so
    neighbours cost little and opposites 1 (a labelling of ours, not a finding); off it 1 for declared opposites and for
    neutral beside an emotion, and 0. NaN never occurs. Raises `ChoraleError("scheme-kind")` for dimensions.
    """
    if not scheme.labels:
        raise ChoraleError("scheme-kind", f"{scheme.ref} has dimensions, not labels.")
    apart = separation(scheme)
    cost: Float64 = np.where(np.isnan(apart), 0.0, (1 - np.cos(np.deg2rad(np.nan_to_num(apart)))) / 2)
    cost[np.isnan(apart) & _against(scheme)] = 1.0
    for stated in scheme.penalties:
        one, other = scheme.code(stated.one), scheme.code(stated.other)
        cost[one, other] = cost[other, one] = stated.cost
    np.fill_diagonal(cost, 0.0)
    return cost


@dataclass(frozen=True, eq=False)
class CoOccurrence:
    """Which labels raters mark together (L labels, n marked answers).

    ``together`` int64[L, L] answers with both labels (the diagonal: with that one); ``expected`` float64[L, L]
    n_k n_l / n, were labels marked independently; ``penalty`` float64[L, L] = max(0, 1 - together / expected): 0 where
    two stand together at least as often as by chance, 1 where never. ``low``, ``high``: its 95 % interval (Wilson 1927
    on the share of answers with both, margins as given). NaN on the diagonal and where fewer than ``least`` are
    expected.
    """

    labels: tuple[str, ...]
    n: int
    together: Int64
    expected: Float64
    penalty: Float64
    low: Float64
    high: Float64


def co_occurrence(judgments: Judgments, *, least: float = 5.0) -> CoOccurrence:
    """The penalty matrix that answers show, from SET or INTENSITY judgments (a strength above 0 is a mark).

    Answers of one item are not independent, so intervals are somewhat narrow. Raises `ChoraleError` for other kinds.
    """
    marks = _marks(judgments)[judgments.counted]
    marks = marks[marks.any(axis=1)]
    n = len(marks)
    together = np.zeros((marks.shape[1], marks.shape[1]), dtype=np.int64)
    for start in range(0, n, CHUNK):
        part = marks[start : start + CHUNK].astype(np.float64)
        together += (part.T @ part).astype(np.int64)
    alone = np.diag(together).astype(np.float64)
    expected = np.outer(alone, alone) / max(n, 1)
    known = (expected >= least) & ~np.eye(len(alone), dtype=np.bool_)
    chance = np.where(known, expected / max(n, 1), np.nan)
    share = together / max(n, 1)
    below, above = wilson(share, n)
    penalty, low, high = (np.clip(1 - part / chance, 0.0, 1.0) for part in (share, above, below))
    return CoOccurrence(judgments.labels, n, together, expected, penalty, low, high)


def answer_costs(judgments: Judgments, matrix: Float64) -> Float64:
    """Mean cost of an answer's pairs of marks, float64[n]; 0 with one mark or none, NaN where no pair has a known cost.

    ``matrix`` float64[L, L]: `penalties` of the scheme, or the ``penalty`` of `co_occurrence`. A high cost is no error:
    mixed feelings exist. It shows where to look.
    """
    marks = _marks(judgments)
    known = np.isfinite(matrix) & ~np.eye(matrix.shape[0], dtype=np.bool_)
    cost, counted = np.where(known, matrix, 0.0), known.astype(np.float64)
    mean = np.full(len(marks), np.nan)
    for start in range(0, len(marks), CHUNK):
        part = marks[start : start + CHUNK].astype(np.float64)
        total, pairs = (((part @ table) * part).sum(axis=1) for table in (cost, counted))
        np.divide(total, pairs, out=mean[start : start + CHUNK], where=pairs > 0)
    mean[marks.sum(axis=1) < 2] = 0.0
    return mean


def wilson(share: Float64, n: int) -> tuple[Float64, Float64]:
    """The 95 % score interval of a share of n independent trials (Wilson 1927)."""
    if n == 0:
        return np.zeros_like(share), np.ones_like(share)
    middle = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    reach = Z95 / (1 + Z95**2 / n) * np.sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2))
    return np.maximum(middle - reach, 0.0), np.minimum(middle + reach, 1.0)


def _against(scheme: Scheme) -> Bool:
    """bool[L, L]: declared opposites, and neutral beside an emotion."""
    neutral, emotion = (np.array([label.role == role for label in scheme.labels]) for role in ("neutral", "emotion"))
    found: Bool = neutral[:, None] & emotion[None, :]
    for label in scheme.labels:
        for other in linked(scheme, label.id, "opposite"):
            found[label.code, scheme.code(other)] = True
    return found | found.T


def _marks(judgments: Judgments) -> Bool:
    if judgments.strength is None:
        return judgments.marks()
    assert judgments.offsets is not None
    assert judgments.label is not None
    present = judgments.strength > 0
    dense = np.zeros((len(judgments), len(judgments.labels)), dtype=np.bool_)
    rows = np.repeat(np.arange(len(judgments)), np.diff(judgments.offsets))
    dense[rows[present], judgments.label[present]] = True
    return dense

"""Intraclass correlations as smooth figures of sums over items, for their bootstrap and delta-method error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from harmonize.records import Float64, Int64

Evaluate = Callable[[Any], Any]  # totals [R, K], real or complex, to values [R]


def one_way(item: Int64, value: Float64, size: int, *, mean: bool) -> tuple[Float64, Evaluate]:
    """Rows [I, 6] of the rated items, and ICC(1), of one rating or of the ``mean`` of k0, from their totals.

    Rows hold 1, m, m^2, (sum x)^2 / m, sum x^2 and sum x about the common mean, which no ICC depends on.
    """
    x = value - value.mean()
    m = np.bincount(item, minlength=size).astype(np.float64)
    used = m > 0
    m, first = m[used], np.bincount(item, weights=x, minlength=size)[used]
    second = np.bincount(item, weights=x * x, minlength=size)[used]
    rows: Float64 = np.column_stack([used[used], m, m * m, first * first / m, second, first]).astype(np.float64)

    def evaluate(totals: Any) -> Any:
        n, ratings, squares, means, square, total = totals.T
        between = (means - total * total / ratings) / (n - 1)
        within = (square - means) / (ratings - n)
        k = 1.0 if mean else (ratings - squares / ratings) / (n - 1)
        return (between - within) / (between + (k - 1) * within)

    return rows, evaluate


def two_way(block: Float64, form: str) -> tuple[Float64, Evaluate]:
    """Rows [I, 3 + k] of a crossed ``block`` [I, k], and ICC ``form`` ("2,1", "2,k", "3,1", "3,k") from their totals.

    Rows hold 1, (sum x)^2 / k, sum x^2, and each rater's rating about the common mean.
    """
    x, k = block - block.mean(), block.shape[1]
    rows = np.column_stack([np.ones(len(x)), x.sum(axis=1) ** 2 / k, (x * x).sum(axis=1), x])
    mean, agreement = form.endswith("k"), form.startswith("2")

    def evaluate(totals: Any) -> Any:
        n, means, square = totals[:, 0], totals[:, 1], totals[:, 2]
        columns = totals[:, 3:]
        common = columns.sum(axis=1) ** 2 / (n * k)
        rated = (columns * columns).sum(axis=1) / n - common
        items = (means - common) / (n - 1)
        rest = (square - means - rated) / ((n - 1) * (k - 1))
        shift = (rated / (k - 1) - rest) / n if agreement else 0.0
        noise = shift if mean else (k - 1) * rest + k * shift
        return (items - rest) / (items + noise)

    return rows, evaluate

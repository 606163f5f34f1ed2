"""Filters that need soft labels: enough raters, not too uncertain, not too far apart. The others act while reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exports.chunks import chunks
from exports.ordering import InOrder
from exports.raters_table import RaterBook
from exports.recipe import RULED, Filters, Recipe
from exports.soft import WHOLE, layer_labels
from exports.source import ReleaseSource
from harmonize.records import Semantics, SoftLabels


def filtered(
    items: InOrder, judgments: InOrder, recipe: Recipe, book: RaterBook, source: ReleaseSource, *, scratch: Path
) -> tuple[InOrder, Mapping[str, int]]:
    """The items that pass, in order, and how many each filter dropped. Judged by people's votes alone.

    Done before any layer that needs all judgments at once, so that what is left out has no part in those either.
    """
    dropped = {"min_raters": 0, "max_entropy": 0, "min_agreement": 0}
    asked = recipe.filters
    if not asked.min_raters and asked.max_entropy is None and asked.min_agreement is None:
        return items, dropped
    people = [layer for layer in recipe.layers if layer.raters == "people" and layer.method not in WHOLE]
    votes = [replace(layer, method=RULED.get(layer.method, layer.method)) for layer in people]  # a ruling is no vote

    def passing() -> Iterator[pa.Table]:
        for chunk in chunks(items, judgments):
            soft = [layer_labels(chunk.judgments, chunk.uuids, layer, book, source).soft for layer in votes]
            yield chunk.items.filter(pa.array(_kept(soft, recipe.filters, dropped, chunk.items.num_rows)))

    return InOrder(passing(), ("uuid",), scratch=scratch, name="filtered"), dropped


def _kept(votes: list[SoftLabels], filters: Filters, dropped: dict[str, int], rows: int) -> npt.NDArray[np.bool_]:
    """bool[items]: enough raters in some layer, and in no layer more entropy than allowed."""
    keep = np.ones(rows, dtype=bool)
    if filters.min_raters and votes:
        enough = np.max([soft.n for soft in votes], axis=0) >= filters.min_raters
        dropped["min_raters"] += int((~enough).sum())
        keep &= enough
    entropies = [soft.entropy for soft in votes if soft.entropy is not None]
    if filters.max_entropy is not None and entropies:
        over = np.any([np.nan_to_num(entropy, nan=0.0) > filters.max_entropy for entropy in entropies], axis=0)
        dropped["max_entropy"] += int((keep & over).sum())
        keep &= ~over
    if filters.min_agreement is not None and votes:
        apart = np.any([pairs_agreeing(soft) < filters.min_agreement for soft in votes], axis=0)
        dropped["min_agreement"] += int((keep & apart).sum())
        keep &= ~apart
    return keep


def pairs_agreeing(soft: SoftLabels) -> npt.NDArray[np.float64]:
    """float64[items]: the share of pairs of raters that agree on an item, from its vote shares p and its n raters.

    One choice a rater: (n sum p^2 - 1) / (n - 1) (Fleiss 1971, P_i). Several: the mean over labels of the same for
    "given" and "not given". NaN where n < 2 or the semantics are no votes.
    """
    n = soft.n.astype(np.float64)
    known = np.isfinite(soft.values)
    p = np.where(known, soft.values, 0.0)
    if soft.semantics == Semantics.DISTRIBUTION:
        same = (p**2).sum(axis=1)
    elif soft.semantics == Semantics.PROPORTIONS:
        each = np.where(known, p**2 + (1 - p) ** 2, 0.0).sum(axis=1)
        same = np.divide(each, known.sum(axis=1), out=np.full(len(n), np.nan), where=known.any(axis=1))
    else:
        return np.full(len(n), np.nan)
    agreeing: npt.NDArray[np.float64] = np.divide(n * same - 1, n - 1, out=np.full(len(n), np.nan), where=n > 1)
    return agreeing

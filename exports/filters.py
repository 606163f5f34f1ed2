"""Filters that need soft labels: who has enough raters, who is not too uncertain. The others act while reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exports.chunks import chunks
from exports.ordering import InOrder
from exports.raters_table import RaterBook
from exports.recipe import Filters, Recipe
from exports.soft import WHOLE, layer_labels
from exports.source import ReleaseSource
from harmonize.records import SoftLabels


def filtered(
    items: InOrder, judgments: InOrder, recipe: Recipe, book: RaterBook, source: ReleaseSource, *, scratch: Path
) -> tuple[InOrder, Mapping[str, int]]:
    """The items that pass, in order, and how many each filter dropped. Judged by people's votes alone.

    Done before any layer that needs all judgments at once, so that what is left out has no part in those either.
    """
    dropped = {"min_raters": 0, "max_entropy": 0}
    if not recipe.filters.min_raters and recipe.filters.max_entropy is None:
        return items, dropped
    votes = [layer for layer in recipe.layers if layer.raters == "people" and layer.method not in WHOLE]

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
    return keep

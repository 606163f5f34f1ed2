"""What dealing items to sides needs of their labels: a stratum, and whether training may see them at all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from exports.chunks import chunks
from exports.ordering import InOrder
from exports.parquet import quantised
from exports.raters_table import RaterBook
from exports.recipe import Recipe
from exports.soft import layer_labels
from exports.source import ReleaseSource
from exports.subsets import bears
from harmonize.problems import ChoraleError


def strata(
    recipe: Recipe, items: InOrder, judgments: InOrder, book: RaterBook, source: ReleaseSource
) -> npt.NDArray[np.int32] | None:
    """int32[items], in their order: the code of the greatest soft label of each in the layer ``splits.stratify``.

    None where the recipe asks for none. Items that nobody rated are stratum -1.
    """
    name = recipe.splits.stratify
    if name is None:
        return None
    layer = next((layer for layer in recipe.layers if layer.name == name), None)
    if layer is None:
        raise ChoraleError("recipe-stratify", f"splits.stratify names no layer: {name!r}.", "Name one of the layers.")
    dealt: list[npt.NDArray[np.int32]] = [np.zeros(0, dtype=np.int32)]
    for chunk in chunks(items, judgments):
        labels = layer_labels(chunk.judgments, chunk.uuids, layer, book, source)
        values = np.nan_to_num(labels.soft.values, nan=-np.inf)
        dealt.append(np.where(labels.via < 0, -1, values.argmax(axis=1)).astype(np.int32))
    return np.concatenate(dealt)


def unseen(
    recipe: Recipe, items: InOrder, judgments: InOrder, book: RaterBook, source: ReleaseSource
) -> npt.NDArray[np.bool_] | None:
    """bool[items], in their order: which bear a label that a subset keeps from training; None where no subset does."""
    asked = [subset for subset in recipe.subsets if subset.rule == "unseen-label"]
    if not asked:
        return None
    layers = {layer.name: layer for layer in recipe.layers}
    found: list[npt.NDArray[np.bool_]] = [np.zeros(0, dtype=bool)]
    for chunk in chunks(items, judgments):
        held: npt.NDArray[np.bool_] = np.zeros(len(chunk.uuids), dtype=bool)
        for subset in asked:
            layer = layers[str(subset.layer)]
            soft = layer_labels(chunk.judgments, chunk.uuids, layer, book, source).soft
            held |= bears(quantised(soft.values), subset.labels, source.schemes[layer.scheme].names)
        found.append(held)
    return np.concatenate(found)

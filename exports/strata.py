"""The stratum of each item, where a recipe asks for splits that share out the labels evenly."""

from __future__ import annotations

import numpy as np

from exports.chunks import chunks
from exports.ordering import InOrder
from exports.raters_table import RaterBook
from exports.recipe import Recipe
from exports.soft import layer_labels
from exports.source import ReleaseSource
from harmonize.problems import ChoraleError


def strata(
    recipe: Recipe, items: InOrder, judgments: InOrder, book: RaterBook, source: ReleaseSource
) -> dict[str, int] | None:
    """Item uuid to the code of its greatest soft label in the layer ``splits.stratify``.

    None where the recipe asks for none. Items that nobody rated are stratum -1.
    """
    name = recipe.splits.stratify
    if name is None:
        return None
    layer = next((layer for layer in recipe.layers if layer.name == name), None)
    if layer is None:
        raise ChoraleError("recipe-stratify", f"splits.stratify names no layer: {name!r}.", "Name one of the layers.")
    dealt: dict[str, int] = {}
    for chunk in chunks(items, judgments):
        labels = layer_labels(chunk.judgments, chunk.uuids, layer, book, source)
        values = np.nan_to_num(labels.soft.values, nan=-np.inf)
        code = np.where(labels.via < 0, -1, values.argmax(axis=1))
        dealt.update(zip(chunk.uuids.to_pylist(), code.tolist(), strict=True))
    return dealt

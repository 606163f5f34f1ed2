"""Folds that keep together what must not be split: equal texts, and items of one group."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotation.model_raters.items import ShownItem, text_hash
from harmonize.problems import ChoraleError
from harmonize.records import Int64


@dataclass(frozen=True)
class Folds:
    """Which fold holds each training item out, and how to find the fold of any other item.

    ``fold`` int64[n] in 0..count-1; ``owner`` maps every text hash, group and id of the training items to its fold.
    """

    count: int
    fold: Int64
    owner: dict[str, int]

    def held_out(self, item: ShownItem) -> set[int]:
        """The folds that contain the item, its text or its group: empty if training never saw any of them."""
        return {self.owner[key] for key in keys_of(item) if key in self.owner}


def keys_of(item: ShownItem) -> list[str]:
    """The names under which an item may leak into training: its id, its text, its group."""
    keys = [f"id:{item.id}", f"text:{text_hash(item.text)}"]
    return [*keys, f"group:{item.group}"] if item.group else keys


def group_folds(items: Sequence[ShownItem], *, folds: int, seed: int) -> Folds:
    """Cut items into folds so that items sharing a text or a group stand in one fold.

    Components are dealt largest first, ties in an order drawn from ``seed``, each to the fold with the fewest items.
    Fewer components than folds give fewer folds; fewer than two raise `ChoraleError`.
    """
    parts = _components(items)
    if len(parts) < 2:
        raise ChoraleError(
            "too-few-items",
            f"{len(items)} training items form {len(parts)} group(s): no part can be held out.",
            "Train on items of at least two groups.",
        )
    count = min(folds, len(parts))
    draw = {name: hashlib.sha256(f"{seed}:{name}".encode()).digest() for name in parts}
    sizes, fold = [0] * count, np.zeros(len(items), np.int64)
    for name in sorted(parts, key=lambda part: (-len(parts[part]), draw[part])):
        smallest = sizes.index(min(sizes))
        fold[parts[name]] = smallest
        sizes[smallest] += len(parts[name])
    owner = {key: int(fold[row]) for row, item in enumerate(items) for key in keys_of(item)}
    return Folds(count, fold, owner)


def _components(items: Sequence[ShownItem]) -> dict[str, list[int]]:
    """Rows of each connected component, named by its smallest key, so that the order of the items does not matter."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            parent[key] = key = parent[parent[key]]
        return key

    for item in items:
        first, *rest = (root(key) for key in keys_of(item))
        for other in rest:
            low, high = sorted((root(first), root(other)))
            parent[high] = first = low
    parts: dict[str, list[int]] = {}
    for row, item in enumerate(items):
        parts.setdefault(root(f"id:{item.id}"), []).append(row)
    return parts

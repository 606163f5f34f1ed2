"""What corpora could not express: no value in a release's soft labels, never 0 (SCIENCE rule 3)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exports.manifest import canonical
from exports.recipe import LayerSource
from harmonize.crosswalks import Crosswalk, CrosswalkKind
from harmonize.records import Bool, Judgments, SoftLabels

FILE = "masks.json"


@dataclass(frozen=True, slots=True)
class Mask:
    """Labels of a scheme that the raters of a corpus were not offered from one perspective."""

    corpus: str
    scheme: str
    perspective: str
    labels: tuple[str, ...]


def of_source(masks: Iterable[Mask], part: LayerSource, perspective: str) -> dict[str, tuple[str, ...]]:
    """Corpus to the labels that it could not express under a source's scheme."""
    found = [mask for mask in masks if mask.scheme == part.scheme and mask.perspective == perspective]
    return {mask.corpus: mask.labels for mask in found if not part.corpora or mask.corpus in part.corpora}


def unexpressed(made: Judgments, corpora: pa.Array, asked: pa.Array, told: dict[str, tuple[str, ...]]) -> Bool | None:
    """bool[I, L]: labels that the raters of each item of ``made`` could not choose; None where every label could be.

    ``corpora`` string[I] are the items' corpora; ``asked``, the items of which a counted judgment was given here, or by
    a model: all labels were offered then. A label that somebody chose all the same could be chosen.
    """
    if not told:
        return None
    hidden = np.zeros((len(made.items), len(made.labels)), dtype=np.bool_)
    for corpus, labels in told.items():
        ours = pc.fill_null(pc.equal(corpora, corpus), False).to_numpy(zero_copy_only=False)
        hidden[np.ix_(ours, [made.labels.index(label) for label in labels])] = True
    hidden[pc.is_in(made.items, value_set=asked).to_numpy(zero_copy_only=False)] = False
    if made.offsets is not None and made.label is not None:
        hidden[np.repeat(made.item, np.diff(made.offsets)), made.label] = False
    return hidden


def without(soft: SoftLabels, hidden: Bool | None, walk: Crosswalk | None) -> SoftLabels:
    """The soft labels, mapped by ``walk`` if at all, with NaN where no label that feeds one could be chosen."""
    if hidden is None:
        return soft
    if walk is not None:
        if walk.kind != CrosswalkKind.LABELS:
            return soft
        feeds = (walk.matrix() > 0).astype(np.float64)
        hidden = ((~hidden).astype(np.float64) @ feeds == 0) & (feeds.sum(axis=0) > 0)
    spread = None if soft.spread is None else np.where(hidden, np.nan, soft.spread)
    return replace(soft, values=np.where(hidden, np.nan, soft.values), spread=spread)


def write(folder: Path, masks: Sequence[Mask]) -> None:
    """`masks.json`, where any corpus of the release has a mask: a reader can tell unknown from unrated by it."""
    if masks:
        rows = sorted((asdict(mask) for mask in masks), key=lambda row: (row["corpus"], row["scheme"]))
        (folder / FILE).write_bytes(canonical(rows))


def read(folder: Path) -> tuple[Mask, ...]:
    """The masks of a release; none where it has no such file."""
    path = folder / FILE
    rows: list[dict[str, Any]] = json.loads(path.read_bytes()) if path.is_file() else []
    return tuple(Mask(**{**row, "labels": tuple(row["labels"])}) for row in rows)

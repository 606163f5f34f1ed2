"""From readings in memory to the deep table: `Judgments` of one layer."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from harmonize.corpora.collect import Collected
from harmonize.records import Judgments, Kind


def judgments(whole: Collected, layer: str, *, published: bool = False) -> Judgments:
    """The raters' judgments of a layer, in reading order; the corpus's own published labels if ``published``.

    Items are source ids; raters their hashes, or unknown. Under INTENSITY, marks carry strengths.
    """
    place = [part.name for part in whole.descriptor.layers].index(layer)
    scheme = whole.descriptor.layers[place].scheme
    rows = [(i, r) for i, r in whole.answers if r.layer == place and r.published == published]
    table: dict[str, pa.Array] = {
        "item": pa.array([item for item, _ in rows], pa.string()),
        "rater": pa.array([rating.rater for _, rating in rows], pa.string()),
        "status": pa.array([int(rating.status) for _, rating in rows], pa.uint8()),
    }
    if scheme.kind == Kind.DIMENSION:
        width = len(scheme.names)
        empty = (np.nan,) * width
        values = np.array([rating.values or empty for _, rating in rows], dtype=np.float32)
        table["values"] = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), width)
    else:
        table["labels"] = pa.array([list(rating.labels) for _, rating in rows], pa.large_list(pa.int16()))
        if scheme.kind == Kind.INTENSITY:
            table["strengths"] = pa.array([list(rating.strengths) for _, rating in rows], pa.large_list(pa.float32()))
    return Judgments.from_arrow(pa.table(table), kind=scheme.kind, labels=scheme.names)

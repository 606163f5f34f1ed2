"""Models among themselves: their hard labels as judgments of as many raters, so that every coefficient applies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from annotation.agreement.beside import hard
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind


def among_models(
    models: Mapping[str, Judgments], *, kind: Kind, threshold: float = 0.5, empty: bool = False
) -> Judgments:
    """The counted judgments of several models as one table, a rater a model, hardened to ``kind`` where beliefs.

    Folds of one model count as that model. ``threshold`` and ``empty`` as in `hard`. Raises `ChoraleError` where the
    models judged under different schemes, or for no model. Models agreeing is no evidence that they are right.
    """
    if not models:
        raise ChoraleError("no-models", "No model judged here.")
    rows: list[pa.Table] = []
    labels = next(iter(models.values())).labels
    for name, model in models.items():
        if model.kind == Kind.PROBABILITY:
            model = hard(model, kind=kind, threshold=threshold, empty=empty)
        if (model.kind, model.labels) != (kind, labels):
            raise ChoraleError("schemes-differ", "The models judged under different schemes.", "Map one first.")
        own = model.select(model.counted)
        columns: dict[str, Any] = {
            "item": own.items.take(pa.array(own.item)),
            "rater": pa.array(np.full(len(own), name, dtype=object), pa.string()),
            "status": pa.array(own.status),
        }
        said = own.to_arrow()
        columns |= {key: said[key] for key in ("labels", "strengths", "values") if key in said.column_names}
        rows.append(pa.table(columns))
    return Judgments.from_arrow(pa.concat_tables(rows), kind=kind, labels=labels)

"""Pairs for entailment: each text with one hypothesis a label, and the share of raters who say so."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from exports.parquet import quantised
from exports.recipe import Layer
from exports.views.columns import values
from harmonize.schemes import Scheme

WHOSE = {
    "writer": "The writer",
    "reader": "A reader",
    "self": "The rater",
    "partner": "The partner",
    "actor-intended": "The actor",
    "perceived": "The person shown",
    "evoked": "Whoever meets this",
    "platform-native": "The author",
}


def pairs(rows: pa.Table, layer: Layer, scheme: Scheme) -> pa.Table:
    """One row an item and label that its source could express: premise, hypothesis, label, `entailment` in 0..1."""
    shares = quantised(values(rows, layer.name, scheme))
    item, label = np.nonzero(np.isfinite(shares))
    said = pa.array([hypothesis(layer.perspective, part.name) for part in scheme.labels], pa.string())
    place = pa.array(item)
    return pa.table(
        {
            "uuid": rows["uuid"].take(place),
            "corpus": rows["corpus"].take(place),
            "language": rows["language"].take(place),
            "premise": rows["text"].take(place),
            "hypothesis": said.take(pa.array(label)),
            "label": pa.array(scheme.names, pa.string()).take(pa.array(label)),
            "entailment": pa.array(shares[item, label]),
            "n": rows[f"{layer.name}_n"].take(place),
        }
    )


def hypothesis(perspective: str, label: str) -> str:
    """A sentence that says the label of whoever the perspective means.

    >>> hypothesis("writer", "joy")
    'The writer feels joy.'
    """
    return f"{WHOSE[perspective]} feels {label}."

"""The items of a release: text or media, facets, split, and one soft label column a layer with its meaning."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exports.parquet import fixed_lists, quantised
from exports.pseudonyms import pseudonyms
from exports.recipe import RULED, Layer
from exports.soft import LayerLabels
from exports.source import ReleaseSource
from harmonize.records import Semantics

CONTEXT = pa.list_(pa.string())
_OPTIONAL = ("text", "group", "speaker", "author", "media", "media_sha256", "source_split", "reserved", "source_file")

PLAIN = pa.schema(
    {
        "uuid": pa.string(),
        "corpus": pa.string(),
        "source_id": pa.string(),
        "modality": pa.string(),
        "language": pa.string(),
        "text": pa.string(),
        "text_sha256": pa.string(),  # of texts that may not be passed on: who has the corpus can join by it
        "text_characters": pa.int32(),
        "text_words": pa.int32(),
        "context": CONTEXT,  # earlier turns or units, oldest first
        "context_speakers": CONTEXT,  # who said each; null where unknown
        "group": pa.string(),
        "position": pa.int32(),
        "speaker": pa.string(),
        "author": pa.string(),
        "media": pa.string(),
        "media_sha256": pa.string(),
        "facets": pa.string(),
        "source_split": pa.string(),
        "split": pa.string(),
        "split_reason": pa.string(),
        "reserved": pa.string(),
        "source_file": pa.string(),
        "line": pa.int32(),
    }
)


def items_schema(layers: Sequence[Layer], source: ReleaseSource, *, without: Sequence[str] = ()) -> pa.Schema:
    """The schema of `items.parquet`: the plain columns but those it goes ``without``, then for each layer its soft
    label and what goes with it."""
    fields = [field for field in PLAIN if field.name not in without]
    for layer in layers:
        fields += layer_fields(layer, source)
    return pa.schema(fields)


def layer_fields(layer: Layer, source: ReleaseSource) -> list[pa.Field]:
    """Soft label (label names and semantics in the field's metadata), n, entropy, spread, unmapped mass, source, and
    whether it was ruled."""
    scheme = source.schemes[layer.scheme]
    facts = {
        "chorale.labels": json.dumps(scheme.names, ensure_ascii=False),
        "chorale.scheme": layer.scheme,
        "chorale.semantics": str(layer.semantics),
        "chorale.method": layer.method,
        "chorale.perspective": layer.perspective,
        "chorale.raters": layer.raters,
    }
    if scheme.dimensions:
        facts["chorale.range"] = json.dumps({d.id: [d.low, d.high] for d in scheme.dimensions})
    soft = pa.list_(pa.float32(), len(scheme.names))
    fields = [
        pa.field(layer.name, soft, metadata=facts),
        pa.field(f"{layer.name}_n", pa.int32()),
        pa.field(f"{layer.name}_entropy", pa.float32()),
    ]
    if layer.semantics in (Semantics.DIMENSION, Semantics.INTENSITY):
        fields.append(pa.field(f"{layer.name}_sd", soft, metadata=facts))
    if any(part.crosswalk for part in layer.sources):
        fields.append(pa.field(f"{layer.name}_unmapped", pa.float32()))
    fields.append(pa.field(f"{layer.name}_via", pa.string()))
    if layer.method in RULED:
        fields.append(pa.field(f"{layer.name}_ruled", pa.bool_()))
    return fields


def items_table(
    items: pa.Table,
    split: tuple[pa.Array, pa.Array],
    layers: Mapping[str, tuple[Layer, LayerLabels]],
    schema: pa.Schema,
    *,
    salt: bytes,
    without_text: Sequence[str] = (),
) -> pa.Table:
    """Released rows for ``items`` (columns of `exports.source.ITEMS`), with split, reason and soft labels beside.

    Items of the corpora ``without_text`` keep no text, context or media, only ids, features and labels.
    """
    columns = {name: items[name] for name in PLAIN.names if name in items.column_names}
    for name in _OPTIONAL:  # an empty text in the source means that there is none
        columns[name] = pc.if_else(pc.equal(columns[name], ""), None, columns[name])
    columns["author"] = pseudonyms(_chunked(columns["author"]), salt=salt, purpose="author", prefix="a-")
    columns["context"], columns["context_speakers"] = _context(items["context"])
    hidden = pc.is_in(items["corpus"], value_set=pa.array(without_text, pa.string()))
    columns |= _features(columns["text"], hidden)
    if without_text:
        for name in ("text", "media"):
            columns[name] = pc.if_else(hidden, None, columns[name])
        for name in ("context", "context_speakers"):
            columns[name] = pc.if_else(hidden, pa.scalar([], CONTEXT), columns[name])
    columns["facets"] = pc.fill_null(items["facets"], "{}")
    columns["split"], columns["split_reason"] = split
    for layer, labels in layers.values():
        columns |= _layer_columns(layer, labels)
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _features(text: pa.ChunkedArray, hidden: pa.ChunkedArray) -> dict[str, pa.Array]:
    """Hash (SHA-256 of the UTF-8 bytes) and length of the texts that are ``hidden``; null for all others."""
    kept = pc.if_else(hidden, text, None)
    hashes: list[str | None] = [None] * len(kept)
    for row in np.flatnonzero(pc.is_valid(kept).to_numpy()):
        hashes[row] = hashlib.sha256(kept[row].as_py().encode()).hexdigest()
    words = pc.list_value_length(pc.utf8_split_whitespace(pc.utf8_trim_whitespace(kept)))
    return {
        "text_sha256": pa.array(hashes, pa.string()),
        "text_characters": pc.utf8_length(kept).cast(pa.int32()),
        "text_words": pc.if_else(pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(kept)), 0), 0, words).cast(pa.int32()),
    }


def _chunked(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def _context(column: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Texts and speakers of what stands before each item: two lists, as not every reader takes lists of records."""
    texts, lengths = column.combine_chunks(), np.zeros(len(column), dtype=np.int64)
    some = np.flatnonzero(pc.greater(pc.fill_null(pc.utf8_length(texts), 0), 2).to_numpy(zero_copy_only=False))
    units = [json.loads(text) for text in texts.take(pa.array(some)).to_pylist()]  # parsed only where there is any
    lengths[some] = [len(row) for row in units]
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    flat = [unit for row in units for unit in row]
    said = pa.array([unit.get("text") for unit in flat], pa.string())
    who = pa.array([unit.get("speaker") or None for unit in flat], pa.string())
    return pa.ListArray.from_arrays(offsets, said), pa.ListArray.from_arrays(offsets, who)


def _layer_columns(layer: Layer, labels: LayerLabels) -> dict[str, pa.Array]:
    soft, absent = labels.soft, labels.via < 0
    names = pa.array([part.crosswalk or "native" for part in layer.sources], pa.string())
    columns = {
        layer.name: fixed_lists(quantised(soft.values), absent),
        f"{layer.name}_n": pa.array(np.maximum(soft.n, 0), mask=soft.n < 0),
        f"{layer.name}_entropy": _numbers(soft.entropy, len(soft)),
        f"{layer.name}_unmapped": _numbers(soft.unmapped, len(soft)),
        f"{layer.name}_via": names.take(pa.array(labels.via, mask=absent)),
    }
    if layer.semantics in (Semantics.DIMENSION, Semantics.INTENSITY):
        spread = np.full(soft.values.shape, np.nan) if soft.spread is None else soft.spread
        columns[f"{layer.name}_sd"] = fixed_lists(quantised(spread), absent | np.isnan(spread).all(axis=1))
    if labels.ruled is not None:
        columns[f"{layer.name}_ruled"] = pa.array(labels.ruled)
    return columns


def _numbers(values: npt.NDArray[np.float64] | None, rows: int) -> pa.Array:
    if values is None:
        return pa.nulls(rows, pa.float32())
    return pa.array(quantised(values), from_pandas=True)

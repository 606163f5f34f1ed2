"""What a release is built from: batches of items, judgments and raters, with the schemes and crosswalks they use.

The service draws these from its database; a notebook can make them from data frames. Order does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from exports.masks import Mask
from exports.rulings import Ruling
from harmonize.crosswalks import Crosswalk
from harmonize.schemes import Scheme

Batches = Callable[[], Iterable[pa.RecordBatch]]

ITEMS = pa.schema(
    {
        "uuid": pa.string(),
        "corpus": pa.string(),
        "source_id": pa.string(),
        "modality": pa.string(),
        "text": pa.string(),
        "context": pa.string(),  # JSON: [{speaker, text}], oldest first
        "group": pa.string(),
        "position": pa.int32(),
        "speaker": pa.string(),
        "author": pa.string(),  # a stable hash; released under the release's own pseudonym
        "media": pa.string(),
        "media_sha256": pa.string(),
        "language": pa.string(),
        "facets": pa.string(),  # JSON object
        "source_split": pa.string(),
        "reserved": pa.string(),
        "duplicate": pa.string(),  # equal for items of equal normalised text, or near
        "source_file": pa.string(),
        "line": pa.int32(),
    }
)

JUDGMENTS = pa.schema(
    {
        "key": pa.string(),
        "item": pa.string(),
        "rater": pa.string(),  # null: the source publishes no rater id
        "scheme": pa.string(),
        "perspective": pa.string(),
        "status": pa.int16(),
        "labels": pa.list_(pa.int16()),
        "intensities": pa.list_(pa.float32()),
        "values": pa.list_(pa.float32()),
        "probabilities": pa.list_(pa.float32()),
        "off_scheme": pa.float32(),
        "out_of_fold": pa.bool_(),
        "confidence": pa.float32(),
        "native": pa.string(),
        "texts": pa.string(),  # JSON
        "spans": pa.string(),  # JSON
        "origin": pa.string(),
        "arm": pa.string(),
        "suggestion": pa.string(),  # JSON
        "top_up": pa.bool_(),
        "campaign": pa.string(),
        "job": pa.string(),  # the work a model's judgment came from
        "form": pa.string(),
        "guideline": pa.string(),
        "language": pa.string(),
        "context_shown": pa.bool_(),
        "modality_shown": pa.string(),
        "shown": pa.string(),  # JSON: what a model saw of turns, pictures, films and sound
        "submitted_at": pa.timestamp("us"),
        "source_file": pa.string(),
        "line": pa.int32(),
    }
)

RATERS = pa.schema(
    {
        "key": pa.string(),
        "kind": pa.string(),  # person, model or source
        "corpus": pa.string(),
        "language": pa.string(),
        "traits": pa.string(),  # JSON object
        "model": pa.string(),  # JSON object: engine, name, version, prompt_version, parameters
        "trained_items": pa.int32(),
        "demo": pa.bool_(),
    }
)


@dataclass(frozen=True, slots=True)
class CorpusFacts:
    """What the card, the licences and the citation say of one corpus."""

    slug: str
    title: str
    licence: str
    version: str = ""
    citation: str = ""
    source_url: str = ""
    licence_url: str = ""
    language: str = ""
    modality: str = "text"
    description: str = ""


@dataclass(frozen=True)
class ReleaseSource:
    """All that a release is built from. The three batch functions may be called more than once."""

    items: Batches
    judgments: Batches
    raters: Batches
    corpora: tuple[CorpusFacts, ...]
    schemes: Mapping[str, Scheme]
    crosswalks: Mapping[str, Crosswalk] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)  # further facts for the card, from the data state
    masks: tuple[Mask, ...] = ()  # what the corpora could not express
    rulings: tuple[Ruling, ...] = ()  # those that stand


def conforming(batches: Iterable[pa.RecordBatch | pa.Table], schema: pa.Schema) -> Iterable[pa.Table]:
    """Each batch with exactly the columns and types of ``schema``; columns it lacks are null."""
    for batch in batches:
        rows = batch.num_rows
        columns = [
            batch.column(name).cast(schema.field(name).type) if name in batch.schema.names else pa.nulls(rows, kind)
            for name, kind in zip(schema.names, schema.types, strict=True)
        ]
        yield pa.table(columns, schema=schema)

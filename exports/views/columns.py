"""What the views share: the columns every view starts with, and a soft label as an array."""

from __future__ import annotations

import pyarrow as pa

from exports.reading import rectangle
from harmonize.records import Float64
from harmonize.schemes import Scheme

SHARED = ("uuid", "corpus", "language", "text", "context", "media")


def shared(rows: pa.Table) -> dict[str, pa.ChunkedArray]:
    """Id, corpus, language, text, context and media reference of each row."""
    return {name: rows[name] for name in SHARED}


def values(rows: pa.Table, layer: str, scheme: Scheme) -> Float64:
    """float64[n, L] soft labels of a layer, NaN where masked. Stored floats have 6 decimals, and so have these."""
    numbers: Float64 = rectangle(rows[layer], len(scheme.names)).astype("float64").round(6)
    return numbers


def shown(text: str | None, context: list[dict[str, str | None]] | None) -> str:
    """An item as one reads it: earlier turns first, a line each, then the text."""
    before = [
        f"{unit['speaker']}: {unit['text']}" if unit.get("speaker") else str(unit["text"]) for unit in context or []
    ]
    return "\n".join([*before, text or ""])

"""What the views share: the columns every view starts with, and a soft label as an array."""

from __future__ import annotations

import pyarrow as pa

from exports.reading import rectangle
from harmonize.records import Float64
from harmonize.schemes import Scheme

SHARED = ("uuid", "corpus", "language", "text", "context", "context_speakers", "media")


def shared(rows: pa.Table) -> dict[str, pa.ChunkedArray]:
    """Id, corpus, language, text, context and media reference of each row."""
    return {name: rows[name] for name in SHARED}


def values(rows: pa.Table, layer: str, scheme: Scheme) -> Float64:
    """float64[n, L] soft labels of a layer, NaN where masked. Stored floats have 6 decimals, and so have these."""
    numbers: Float64 = rectangle(rows[layer], len(scheme.names)).astype("float64").round(6)
    return numbers


def shown(rows: pa.Table) -> list[str]:
    """Each item as one reads it: earlier turns first, a line each with its speaker where known, then the text."""
    columns = (rows[name].to_pylist() for name in ("text", "context", "context_speakers"))
    return [_lines(text, context or [], who or []) for text, context, who in zip(*columns, strict=True)]


def _lines(text: str | None, context: list[str | None], who: list[str | None]) -> str:
    before = [f"{name}: {said}" if name else said or "" for said, name in zip(context, who, strict=True)]
    return "\n".join([*before, text or ""])

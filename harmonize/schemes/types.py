"""The Arrow type of an answer, by kind, and of the whole record that it stands in."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from harmonize.records import Kind


def answer_type(kind: Kind, width: int) -> pa.DataType:
    """SINGLE int16 code; SET list of codes; INTENSITY list of (code, strength); otherwise float32[width]."""
    if kind == Kind.SINGLE:
        return pa.int16()
    if kind == Kind.SET:
        return pa.list_(pa.int16())
    if kind == Kind.INTENSITY:
        return pa.list_(pa.struct([("label", pa.int16()), ("strength", pa.float32())]))
    return pa.list_(pa.float32(), width)


def record_type(answer: pa.DataType, texts: Sequence[str]) -> pa.DataType:
    """struct of ``status`` uint8 (`records.Status`), ``answer``, and ``texts``, one string a text field, if any."""
    fields = [pa.field("status", pa.uint8(), nullable=False), pa.field("answer", answer)]
    if texts:
        fields.append(pa.field("texts", pa.struct([(name, pa.string()) for name in texts])))
    return pa.struct(fields)

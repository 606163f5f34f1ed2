"""The Arrow type of an answer, by kind."""

from __future__ import annotations

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

"""A made source with some of its rows replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from exports.source import ITEMS, JUDGMENTS, RATERS, ReleaseSource

SCHEMAS = {"items": ITEMS, "judgments": JUDGMENTS, "raters": RATERS}


def with_changed(source: ReleaseSource, **rows: Sequence[Mapping[str, Any]]) -> ReleaseSource:
    """The source with the rows of ``items``, ``judgments`` or ``raters`` in place of its own."""
    tables = {name: pa.Table.from_pylist(list(found), schema=SCHEMAS[name]) for name, found in rows.items()}
    return replace(source, **{name: table.to_batches for name, table in tables.items()})

"""The rulings that a release may hold: those that stand, by what they decide and never by their row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from exports.rulings import Ruling
from harmonize.schemes import Scheme

# An adjudicator is known by name here, and in a release by a pseudonym of that release alone.
STANDING = """
SELECT i.uuid::text AS item, c.slug AS corpus, s.ref AS scheme, g.perspective, g.labels, g."values", g.reason,
  u.username AS adjudicator, (g.created_at AT TIME ZONE 'UTC') AS decided_at
FROM ruling g JOIN item i ON i.id = g.item_id JOIN corpus c ON c.id = i.corpus_id JOIN scheme s ON s.id = g.scheme_id
  JOIN {people} u ON u.id = g.decided_by_id
WHERE g.retired_at IS NULL AND {items}
"""


def decisions(batches: Iterable[pa.RecordBatch], schemes: Mapping[str, Scheme]) -> tuple[Ruling, ...]:
    """The answer of `STANDING` as a release takes it, with the names of labels."""
    return tuple(_decision(row, schemes) for batch in batches for row in batch.to_pylist())


def _decision(row: dict[str, Any], schemes: Mapping[str, Scheme]) -> Ruling:
    names, labels, values = schemes[row["scheme"]].names, row.pop("labels"), row.pop("values")
    return Ruling(
        **row,
        labels=None if labels is None else tuple(names[code] for code in labels),
        values=None if values is None else tuple(values),
    )

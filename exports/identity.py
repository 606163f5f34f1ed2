"""Whether the raters of a release could be told by name or by traits that few share (SCIENCE rule 22)."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from exports.pseudonyms import PERSON
from exports.raters_table import SUPPRESSED
from exports.reading import ReleaseFolder

Json = dict[str, Any]
FEWEST = 3
"""Fewer people than this behind a shown trait are told at the gate, whatever the recipe allows."""

_PSEUDONYM = re.compile(re.escape(PERSON) + r"[0-9a-f]{16}")


def figures(release: ReleaseFolder) -> Json:
    """``people``; those with a trait that is ``shown`` or ``suppressed``; ``named``: not under a pseudonym of this
    release; ``fewest``: the smallest number of people who share a shown value or combination, null without any."""
    rows = release.table("raters", ["rater", "kind", "traits"]).to_pylist()
    people = [row for row in rows if row["kind"] == "person"]
    traits = [json.loads(row["traits"] or "{}") for row in people]
    told = [{n: str(v) for n, v in row.items() if v != SUPPRESSED} for row in traits]
    cells = Counter((name, value) for row in told for name, value in row.items())
    whole = Counter(json.dumps(row, sort_keys=True) for row in told if row)
    counts = [*cells.values(), *whole.values()]
    return {
        "people": len(people),
        "shown": sum(bool(row) for row in told),
        "suppressed": sum(SUPPRESSED in row.values() for row in traits),
        "named": sum(not _PSEUDONYM.fullmatch(row["rater"]) for row in people),
        "fewest": min(counts) if counts else None,
    }

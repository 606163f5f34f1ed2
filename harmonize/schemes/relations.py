"""What a scheme says of its labels beside their names, as plain values: words, links, parents, wheel, penalties."""

from __future__ import annotations

from typing import Any

import numpy as np

from harmonize.records import Float64
from harmonize.schemes.graph import depth, parents, terms, words
from harmonize.schemes.penalty import penalties
from harmonize.schemes.scheme import Scheme
from harmonize.schemes.wheel import positions


def relations(scheme: Scheme) -> dict[str, Any]:
    """JSON values, in code order; empty for dimensions.

    ``words``: label to its terms; ``lexicon``: each unambiguous word, lower case, to its label; ``tiers`` and
    ``parents``: label to its tier, and to its parents with their shares; ``links``: (subject, predicate, object);
    ``penalties``: float[L][L], see `penalty.penalties`; ``positions``: (x, y) on the wheel, null off it.
    """
    if not scheme.labels:
        return {}
    wheel = any(label.angle is not None for label in scheme.labels)
    return {
        "labels": list(scheme.names),
        "words": {name: list(told) for name, told in words(scheme).items()},
        "lexicon": terms(scheme),
        "tiers": {name: depth(scheme, name) for name in scheme.names},
        "parents": {name: parents(scheme, name) for name in scheme.names},
        "links": [[link.subject, link.predicate, link.object] for link in scheme.links],
        "penalties": np.round(penalties(scheme), 6).tolist(),
        "positions": plain_rows(positions(scheme)) if wheel else None,
    }


def plain_rows(rows: Float64) -> list[list[float] | None]:
    """Rows as lists, null for a row that holds a NaN."""
    return [None if np.isnan(row).any() else [round(float(x), 6) for x in row] for row in rows]

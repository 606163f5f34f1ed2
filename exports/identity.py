"""Whether the raters of a release could be told by name or by traits that few share (SCIENCE rule 22)."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from exports.personal import SIGNS
from exports.pseudonyms import PERSON
from exports.raters_table import SUPPRESSED
from exports.reading import ReleaseFolder

Json = dict[str, Any]
FEWEST = 3
"""Fewer people than this behind a shown trait are told at the gate, whatever the recipe allows."""

NAMING = re.compile(
    r"((full|first|last|sur|family|given|nick|screen|user)?name|user|login|handle|account|e?mail(address)?"
    r"|(tele)?phone(number)?|mobile|(postal|ip)?address|street|ip|birth(date|day)|dateofbirth|dob|passport|ssn|iban"
    r"|(user|worker|participant|student|employee|prolific|mturk|orc)p?id|url|homepage|website)"
)
"""Traits that say who somebody is, by their names in small letters and digits alone."""

_PSEUDONYM = re.compile(re.escape(PERSON) + r"[0-9a-f]{16}")
_PLAIN = {name: re.compile(pattern) for name, pattern in SIGNS.items()}


def figures(release: ReleaseFolder) -> Json:
    """``people``; those with a trait that is ``shown`` or ``suppressed``; ``named``: raters not under a pseudonym of
    this release; ``direct``: people with a shown trait that says who they are, by trait; ``fewest``: the smallest
    number of people who share a shown value or combination, null without any."""
    rows = release.table("raters", ["rater", "kind", "traits"]).to_pylist()
    traits = [json.loads(row["traits"] or "{}") for row in rows if row["kind"] == "person"]
    told = [{n: str(v) for n, v in row.items() if v != SUPPRESSED} for row in traits]
    cells = Counter((name, value) for row in told for name, value in row.items())
    whole = Counter(json.dumps(row, sort_keys=True) for row in told if row)
    counts = [*cells.values(), *whole.values()]
    direct = Counter(name for (name, value), n in cells.items() if tells(name, value) for _ in range(n))
    return {
        "people": len(traits),
        "shown": sum(bool(row) for row in told),
        "suppressed": sum(SUPPRESSED in row.values() for row in traits),
        "named": sum(_named(row["rater"], row["kind"]) for row in rows),
        "direct": dict(sorted(direct.items())),
        "fewest": min(counts) if counts else None,
    }


def _named(rater: str, kind: str) -> bool:
    """Whether a rater goes by a name that may be a person's: only models and published labels bear names."""
    if kind not in ("model", "source"):
        return _PSEUDONYM.fullmatch(rater) is None
    return _PLAIN["e-mail address"].search(rater) is not None


def tells(trait: str, value: str) -> bool:
    """Whether a trait says who somebody is: by its name, or as its value looks like an address, number or account.

    A number counts as one of a telephone only with the plus, bracket or nought that such begin with: others are
    ranges.

    >>> tells("e-mail", "-"), tells("income", "20 000-30 000"), tells("contact", "0049 170 1234 5678")
    (True, False, True)
    """
    if NAMING.fullmatch(re.sub(r"[^a-z0-9]", "", trait.lower())):
        return True
    found = {name for name, pattern in _PLAIN.items() if pattern.search(value)}
    return bool(found - {"telephone number"}) or (bool(found) and value.strip().startswith(("+", "(", "0")))

"""Signs of personal data left in texts: addresses, numbers and names of accounts, counted and never shown."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

SIGNS = {
    "e-mail address": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
    "telephone number": r"(^|[^\w.,])(\+\d{1,3}[ -]?)?(\(\d{2,5}\)[ -]?)?\d{2,5}([ -]\d{2,5}){2,4}($|[^\w.,%])",
    "account name": r"(^|[\s(])(@[A-Za-z0-9_]{3,}|/?u/[A-Za-z0-9_-]{3,})",
    "network address": r"\b(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}\b",
    "bank account": r"\b[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}\b",
}
"""Regular expressions (RE2) of what each sign looks like. They find candidates, for a person to look at."""

MASKED = r"(?i)@(user|usuario|username|name|mention)\b"
"""What corpora put in place of an account name; that is no sign."""


def signs(texts: pa.ChunkedArray) -> dict[str, int]:
    """How many texts show each sign."""
    plain = pc.replace_substring_regex(texts, MASKED, "")
    return {name: pc.sum(pc.match_substring_regex(plain, pattern)).as_py() or 0 for name, pattern in SIGNS.items()}

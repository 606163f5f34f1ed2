"""Criteria of a stratified sample as SQL over item i, its corpus c and its screening s."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from chorale.store.models import Scheme
from harmonize.problems import ChoraleError
from harmonize.records import Kind

BALANCED = ("corpus", "language", "modality", "split", "length")
PLAIN = {
    "corpus": "c.slug",
    "language": "coalesce(nullif(i.language, ''), c.language)",
    "found_language": "coalesce(s.language, 'not looked at')",
    "modality": "i.modality",
    "split": "coalesce(nullif(i.split, ''), 'none')",
}
VALUE = 60  # characters of a value that are kept
WHO = {"people": "(t.id IS NULL OR t.kind <> 'model')", "model": "t.kind = 'model'"}

# The label that most judgments of the item hold; of several the first in the scheme's order.
LABEL = (
    "coalesce((SELECT (%s::text[])[l + 1] FROM judgment j LEFT JOIN rater t ON t.id = j.rater_id, unnest(j.labels) l "
    "WHERE j.item_id = i.id AND j.scheme_id = %s AND j.retired_at IS NULL AND (%s = '' OR j.perspective = %s) "
    "AND {who} GROUP BY l ORDER BY count(*) DESC, l LIMIT 1), 'none')"
)
# Models' probabilities, averaged over models and scaled to sum 1; entropy as a share of the largest possible.
CHOICE = "sum(CASE WHEN p > 0 THEN -(p / total) * ln(p / total) ELSE 0 END) / ln(greatest(count(*), 2))"
MARKS = "avg(CASE WHEN p > 0 AND p < 1 THEN -(p * ln(p) + (1 - p) * ln(1 - p)) ELSE 0 END) / ln(2)"
UNCERTAINTY = (
    "coalesce((SELECT (ARRAY['low', 'middle', 'high'])[1 + least(2, floor(3 * {entropy})::int)] FROM ("
    "SELECT p, sum(p) OVER () AS total FROM (SELECT avg(u.p) AS p FROM judgment j JOIN rater t ON t.id = j.rater_id, "
    "unnest(j.probabilities) WITH ORDINALITY u (p, n) WHERE j.item_id = i.id AND j.scheme_id = %s "
    "AND j.retired_at IS NULL AND (%s = '' OR j.perspective = %s) AND t.kind = 'model' GROUP BY u.n) v) w "
    "HAVING max(total) > 0), 'none')"
)

Sql = tuple[str, list[Any]]


class Criteria:
    """What each criterion means for one sample: bounds of lengths, and whose labels."""

    def __init__(self, lengths: Sequence[int], scheme: Scheme | None, perspective: str, who: str) -> None:
        if who not in WHO:
            raise ChoraleError("collection-plan", f"who is {who!r}.", f"Give one of: {', '.join(WHO)}.")
        self.lengths, self.scheme, self.perspective, self.who = list(lengths), scheme, perspective, who

    def sql(self, criterion: str) -> Sql:
        """The criterion's value of an item, as text, with its parameters. ChoraleError `collection-plan`."""
        if criterion in PLAIN:
            return PLAIN[criterion], []
        if criterion == "length":
            return "(%s::text[])[1 + width_bucket(char_length(i.text), %s::int[])]", [self._classes(), self.lengths]
        if criterion.startswith("facet:"):
            return f"coalesce(left(i.facets ->> %s, {VALUE}), 'none')", [criterion.removeprefix("facet:")]
        if criterion in ("label", "uncertainty") and self.scheme is not None:
            return self._label(self.scheme) if criterion == "label" else self._uncertainty(self.scheme)
        known = ", ".join([*PLAIN, "length", "label", "uncertainty", "facet:NAME"])
        raise ChoraleError("collection-plan", f"There is no criterion {criterion!r}.", f"Known: {known}.")

    def key(self, by: Sequence[str]) -> Sql:
        """The stratum of an item: its values by criterion as one JSON text; "{}" for no criterion."""
        parts, params = [], []
        for criterion in by:
            sql, given = self.sql(criterion)
            parts.append(f"%s::text, {sql}")
            params += [criterion, *given]
        return (f"json_build_object({', '.join(parts)})::text", params) if parts else ("'{}'::text", [])

    def columns(self, names: Sequence[str]) -> Sql:
        """One column a criterion."""
        found = [(name, *self.sql(name)) for name in names]
        return ", ".join(f'{sql} AS "{name}"' for name, sql, _ in found), [p for *_, given in found for p in given]

    def _classes(self) -> list[str]:
        bounds = [0, *self.lengths]
        inner = [f"{low}-{high - 1}" for low, high in pairwise(bounds)]
        return [*inner, f"{bounds[-1]}+"]

    def _label(self, scheme: Scheme) -> Sql:
        names = list(scheme.core.names)
        return LABEL.format(who=WHO[self.who]), [names, scheme.pk, self.perspective, self.perspective]

    def _uncertainty(self, scheme: Scheme) -> Sql:
        entropy = CHOICE if scheme.kind == Kind.SINGLE else MARKS
        return UNCERTAINTY.format(entropy=entropy), [scheme.pk, self.perspective, self.perspective]

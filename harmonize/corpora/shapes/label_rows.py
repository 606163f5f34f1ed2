"""One row an item and label, one column a rater (as in BRIGHTER): the rows of an item, which follow one another, are
one record, and a rater's marks over its rows are one judgment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harmonize.corpora.amiss import Amiss
from harmonize.corpora.cells import blank, number_of
from harmonize.corpora.columns import Header
from harmonize.corpora.facts import Facts
from harmonize.corpora.labels import Labels
from harmonize.corpora.layout import Answer, Layer, SourceTable
from harmonize.corpora.record import Rating
from harmonize.corpora.shapes.ratings import Cells, rated

Marks = tuple[tuple[int, str, tuple[Any, ...]], ...]


class LabelRows:
    """The label and the rater columns of one table."""

    def __init__(self, table: SourceTable, layers: Sequence[Layer], header: Header, facts: Facts) -> None:
        self.answers: list[tuple[Answer, Labels, int, list[tuple[str, int]]]] = []
        for answer in table.answers:
            raters = [(facts.hashed(name), header.index(name)) for name in header.matching(answer.raters)]
            self.answers.append((answer, Labels(layers[answer.layer]), header.index(answer.label), raters))

    def marks(self, cells: Cells) -> Marks:
        """What one row says: per answer the label, and each rater's number (None where that rater was not asked)."""
        found = []
        for code, (_, labels, label_at, raters) in enumerate(self.answers):
            label = str(cells[label_at]).strip()
            labels.code(label)
            values = tuple(None if blank(cells[at]) else number_of(cells[at], "a rater's column") for _, at in raters)
            labels.graded({label: max((value for value in values if value is not None), default=0.0)})
            labels.graded({label: min((value for value in values if value is not None), default=0.0)})
            found.append((code, label, values))
        return tuple(found)

    def ratings(self, rows: Sequence[Marks]) -> tuple[Rating, ...]:
        """The judgments that the rows of one item make. Refuses a rater who answers some of its labels only."""
        found: list[Rating] = []
        for code, (answer, labels, _, raters) in enumerate(self.answers):
            said = [marks[code][1:] for marks in rows]
            for place, (rater, _) in enumerate(raters):
                given = {label: values[place] for label, values in said if values[place] is not None}
                if given and len(given) < len(said):
                    what = f"has a rater who marks {len(given)} of {len(said)} labels."
                    raise Amiss("partial-rating", what, "Fill in the missing marks, or blank them all.")
                if given:
                    found.append(rated(answer.layer, labels.graded(given), rater))
        return tuple(found)

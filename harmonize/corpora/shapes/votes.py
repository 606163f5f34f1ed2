"""Vote counts (as in FER+): each vote is a judgment of a rater without an id."""

from __future__ import annotations

from collections.abc import Sequence

from harmonize.corpora.amiss import Amiss
from harmonize.corpora.cells import count_of
from harmonize.corpora.columns import Header
from harmonize.corpora.facts import Facts
from harmonize.corpora.labels import Labels, Said
from harmonize.corpora.layout import Layer, SourceTable
from harmonize.corpora.record import Rating
from harmonize.corpora.shapes.ratings import Cells, Voices, rated


def vote_columns(table: SourceTable, layers: Sequence[Layer], header: Header, facts: Facts) -> Voices:
    """One row an item, one column a label: as many voices as there are votes, in label order."""
    ballots: list[tuple[int, Said, str, int]] = []
    for answer in table.answers:
        labels = Labels(layers[answer.layer])
        for name, column in answer.columns.items():
            ballots.append((answer.layer, labels.chosen([name]), column, header.index(column)))

    def read(cells: Cells) -> tuple[Rating, ...]:
        voices = [0] * len(layers)
        found: list[Rating] = []
        for layer, said, column, at in ballots:
            for _ in range(count_of(cells[at], column)):
                found.append(rated(layer, said, None, voice=voices[layer]))
                voices[layer] += 1
        if not found:
            raise Amiss("no-votes", "has no votes.", "Fill in the counts, or remove the row.")
        return tuple(found)

    return read

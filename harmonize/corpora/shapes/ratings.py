"""Shapes with one row a rating, one row a published label, or one column a rater."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from harmonize.corpora.amiss import Amiss
from harmonize.corpora.columns import Header
from harmonize.corpora.facts import Facts
from harmonize.corpora.labels import Labels, Said
from harmonize.corpora.layout import Answer, Blank, Layer, SourceTable
from harmonize.corpora.record import Rating
from harmonize.records import Kind

Cells = Sequence[Any]
Voices = Callable[[Cells], tuple[Rating, ...]]
Teller = Callable[[Cells], Said | None]


def teller(layer: Layer, answer: Answer, header: Header) -> Teller:
    """What reads one answer of one layer from a row's cells."""
    labels = Labels(layer)
    if answer.constant:
        said = labels.chosen(answer.constant.split(answer.separator) if answer.separator else [answer.constant])
        return lambda cells: said
    if answer.column:
        at = header.index(answer.column)
        return lambda cells: labels.from_cell(cells[at], answer)
    places = [(name, header.index(column)) for name, column in answer.columns.items()]
    if layer.kind == Kind.DIMENSION:
        return lambda cells: labels.placed({name: cells[i] for name, i in places}) or labels.nothing(answer)
    return lambda cells: labels.marked({name: cells[i] for name, i in places}, answer)


def rating_rows(table: SourceTable, layers: Sequence[Layer], header: Header, facts: Facts) -> Voices:
    """One row a rating: each answer of the row is a judgment of the row's rater."""
    tellers = [(answer.layer, teller(layers[answer.layer], answer, header)) for answer in table.answers]

    def read(cells: Cells) -> tuple[Rating, ...]:
        rater, lead = facts.rater(cells), facts.lead_time(cells)
        said = [(layer, tell(cells)) for layer, tell in tellers]
        found = tuple(rated(layer, one, rater, lead_time=lead) for layer, one in said if one is not None)
        if not found:
            raise Amiss("missing-answer", "answers nothing.", "Fill it in, or remove the row.")
        return found

    return read


def published_rows(table: SourceTable, layers: Sequence[Layer], header: Header, facts: Facts) -> Voices:
    """One row an item with the corpus's own label: published, and nobody's rating."""
    tellers = [(answer.layer, teller(layers[answer.layer], answer, header)) for answer in table.answers]

    def read(cells: Cells) -> tuple[Rating, ...]:
        said = [(layer, tell(cells)) for layer, tell in tellers]
        return tuple(rated(layer, one, None, published=True) for layer, one in said if one is not None)

    return read


def rater_columns(table: SourceTable, layers: Sequence[Layer], header: Header, facts: Facts) -> Voices:
    """One row an item, one column a rater; a blank cell is a rater who was not asked unless `blank` says otherwise."""
    cells_of: list[tuple[int, Answer, Labels, str, int]] = []
    for answer in table.answers:
        labels = Labels(layers[answer.layer])
        for column in header.matching(answer.raters):
            cells_of.append((answer.layer, answer, labels, facts.hashed(column), header.index(column)))

    def read(cells: Cells) -> tuple[Rating, ...]:
        found: list[Rating] = []
        for layer, answer, labels, rater, at in cells_of:
            cell = cells[at]
            if answer.blank == Blank.PROBLEM and (cell is None or str(cell).strip() in ("", "nan")):
                continue
            said = labels.from_cell(cell, answer)
            if said is not None:
                found.append(rated(layer, said, rater))
        return tuple(found)

    return read


def rated(
    layer: int,
    said: Said,
    rater: str | None,
    *,
    voice: int = -1,
    published: bool = False,
    lead_time: float | None = None,
) -> Rating:
    """An answer with the one who gave it."""
    return Rating(
        layer, rater, voice, said.status, said.labels, said.strengths, said.values, said.native, published, lead_time
    )

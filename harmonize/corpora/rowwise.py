"""Shapes in which each row stands for itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harmonize.corpora.amiss import Amiss
from harmonize.corpora.facts import Facts
from harmonize.corpora.layout import Shape
from harmonize.corpora.record import RAW_KEPT, Place, Reading, Record, Refused
from harmonize.corpora.shapes.ratings import Voices
from harmonize.corpora.tables import BadRow, Row, Table
from harmonize.problems import Problem


def read_rows(source: Table, voices: Voices | None, facts: Facts, name: str, start: Place) -> Iterator[Reading]:
    """One record a row. With `context`, earlier rows of the same group go along, oldest first."""
    turns = Turns(facts.table.context, start.carry)
    for row in source.rows(start.offset, start.line):
        end = row.line + row.lines - 1
        if isinstance(row, BadRow):
            yield refused(row, name, Place(start.file, row.offset, end, turns.carry))
            continue
        try:
            if facts.table.shape == Shape.PERSONS:
                yield _person(row, facts, name, Place(start.file, row.offset, end, None))
                continue
            source_id = facts.source_id(row.cells, row.line)
            item = facts.of_item(row.cells)
            ratings = voices(row.cells) if voices else ()
            persons = facts.persons(row.cells)
        except Amiss as amiss:
            yield refused_row(row, name, Place(start.file, row.offset, end, turns.carry), amiss)
            continue
        if turns.most:
            item["context"] = turns.before(item)
        place = Place(start.file, row.offset, end, turns.carry)
        yield Record(source_id, name, row.line, 1, place, facts.makes_item, row.raw,
                     ratings=ratings, persons=persons, **item)  # fmt: skip


def _person(row: Row, facts: Facts, name: str, place: Place) -> Record:
    return Record("", name, row.line, 1, place, False, row.raw, persons=facts.of_person(row.cells))


class Turns:
    """The earlier rows of the group at hand, at most ``most`` of them."""

    def __init__(self, most: int, carry: Any) -> None:
        self.most = most
        self.group: str = carry["group"] if carry else ""
        self.said: list[dict[str, str]] = list(carry["said"]) if carry else []

    def before(self, item: dict[str, Any]) -> tuple[dict[str, str], ...]:
        """The context of this item, which then joins the context of the next."""
        if item.get("group", "") != self.group:
            self.group, self.said = item.get("group", ""), []
        context = tuple(self.said[-self.most :])
        if self.group:
            self.said = [*context, {"speaker": item.get("speaker", ""), "text": item.get("text", "")}]
        return context

    @property
    def carry(self) -> Any:
        """What must be known to go on after this row."""
        return {"group": self.group, "said": self.said} if self.most and self.group else None


def refused(row: BadRow, name: str, place: Place | None) -> Refused:
    """A row that the table could not read."""
    return Refused(name, row.line, row.rows, place, row.problem, row.raw[:RAW_KEPT])


def refused_row(row: Row, name: str, place: Place | None, amiss: Amiss) -> Refused:
    """A row that could be read but not understood."""
    problem = Problem(f"{name}, line {row.line}", amiss.what, amiss.fix, amiss.code)
    return Refused(name, row.line, 1, place, problem, row.raw[:RAW_KEPT])

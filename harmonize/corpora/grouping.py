"""Label rows: the rows of one item, which follow one another, become one record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from harmonize.corpora.amiss import Amiss
from harmonize.corpora.facts import Facts
from harmonize.corpora.record import RAW_KEPT, Place, Reading, Record, Refused, Repeat
from harmonize.corpora.rowwise import refused, refused_row
from harmonize.corpora.shapes.label_rows import LabelRows, Marks
from harmonize.corpora.tables import BadRow, Row, Table
from harmonize.problems import Problem

MOST = 1000  # rows of one item; more means that the id column is wrong


@dataclass
class Group:
    """The rows of the item at hand."""

    source_id: str
    item: dict[str, Any]
    makes_item: bool
    rows: list[Row] = field(default_factory=list)
    marks: dict[tuple[str, ...], Marks] = field(default_factory=dict)


def read_groups(source: Table, shape: LabelRows, facts: Facts, name: str, start: Place) -> Iterator[Reading]:
    """One record an item. A row that says again what its group said is a repeat; one that contradicts it is refused.

    Only the last reading of a group has a place, so that reading never starts again in the midst of one.
    """
    group: Group | None = None
    held: list[Reading] = []
    before = start
    for row in source.rows(start.offset, start.line):
        after = Place(start.file, row.offset, row.line + row.lines - 1)
        found: Reading | None = None
        if isinstance(row, BadRow):
            found = refused(row, name, None)
        else:
            try:
                source_id, item, marks = (
                    facts.source_id(row.cells, row.line),
                    facts.of_item(row.cells),
                    shape.marks(row.cells),
                )
                if group and (source_id != group.source_id or len(group.rows) + len(held) >= MOST):
                    yield from _close(group, held, shape, name, before)
                    group, held = None, []
                group = group or Group(source_id, item, facts.makes_item)
                found = _join(group, row, item, marks, name)
            except Amiss as amiss:
                found = refused_row(row, name, None, amiss)
        if found and group:
            held.append(found)
        elif found:
            yield replace(found, place=after)
        before = after
    if group:
        yield from _close(group, held, shape, name, before)


def _join(group: Group, row: Row, item: dict[str, Any], marks: Marks, name: str) -> Repeat | None:
    label = tuple(part[1].casefold() for part in marks)
    if item.get("text") != group.item.get("text"):
        raise Amiss("changed-item", f"gives {group.source_id} another text.", "Give each item its own id.")
    if label in group.marks:
        if group.marks[label] == marks:
            return Repeat(name, row.line, 1, None)
        raise Amiss("conflicting-rating", f"says something else about {', '.join(label)}.", "Keep one of the rows.")
    group.marks[label] = marks
    group.rows.append(row)
    return None


def _close(group: Group, held: list[Reading], shape: LabelRows, name: str, place: Place) -> Iterator[Reading]:
    """What was refused or repeated within a finished group, then its record."""
    yield from held
    first, count = group.rows[0], len(group.rows)
    raw = "\n".join(row.raw for row in group.rows)[:RAW_KEPT]
    try:
        ratings = shape.ratings(list(group.marks.values()))
        if not ratings:
            raise Amiss("missing-answer", "has no rater's marks.", "Fill them in, or remove the rows.")
    except Amiss as amiss:
        problem = Problem(f"{name}, line {first.line}", amiss.what, amiss.fix, amiss.code)
        yield Refused(name, first.line, count, place, problem, raw)
        return
    yield Record(group.source_id, name, first.line, count, place, group.makes_item, raw, ratings=ratings, **group.item)

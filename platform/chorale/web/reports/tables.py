"""A table of a report: raw values for programs, the same values as words and links for the page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chorale.web import methods, palette, words
from chorale.web.charts import Chart

Json = dict[str, Any]
Row = Mapping[str, Any]
MOST_SHOWN = 120  # rows that a page shows; files hold all
RIGHT = frozenset({"count", "figure", "percent", "interval", "value"})


@dataclass(frozen=True)
class Head:
    """A column as the page shows it: the key it reads, its title, and the kind of its cells.

    ``kind``: text, label, figure, value (a figure that may be undefined), count, percent, interval (reads the keys
    ``{key}low`` and ``{key}high``), badge (tone in ``_tone``), note, link (address in ``_href``), soft (a soft label).
    """

    key: str
    title: str
    kind: str = "figure"

    @property
    def right(self) -> bool:
        """Numbers stand on the right."""
        return self.kind in RIGHT


@dataclass(frozen=True)
class Cell:
    """One cell ready for the template."""

    head: Head
    text: str
    value: Any = None
    href: str = ""
    tone: str = ""

    @property
    def family(self) -> str:
        """The colour family of a label."""
        return palette.family(self.text)

    @property
    def bare(self) -> bool:
        """Nothing to show; a phone leaves the line out."""
        return self.text in ("", words.DASH) and self.value is None


@dataclass(frozen=True)
class Table:
    """Rows by name; keys that begin with "_" are for the page alone and stand in no file."""

    name: str
    title: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]

    @property
    def plain(self) -> list[Json]:
        """The rows as programs read them."""
        return [{key: value for key, value in row.items() if not key.startswith("_")} for row in self.rows]

    @property
    def csv(self) -> str:
        """The rows as CSV: every key that any row has; an unknown value is empty, a list is joined by ";"."""
        rows = self.plain
        keys = list(dict.fromkeys(key for row in rows for key in row))
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(keys)
        writer.writerows([_written(row.get(key)) for key in keys] for row in rows)
        return out.getvalue()

    @cached_property
    def cells(self) -> list[list[Cell]]:
        """The rows as the page shows them, without columns in which no row has anything to say."""
        lines = [[cell(head, row) for head in self.heads] for row in self.rows[:MOST_SHOWN]]
        kept = [i for i in range(len(self.heads)) if i == 0 or not all(line[i].bare for line in lines)]
        return [[line[i] for i in kept] for line in lines]

    @property
    def beyond(self) -> int:
        """Rows that only the files hold."""
        return max(len(self.rows) - MOST_SHOWN, 0)

    @cached_property
    def shown(self) -> list[Head]:
        """The columns of `cells`."""
        cells = self.cells
        return [one.head for one in cells[0]] if cells else list(self.heads)


@dataclass(frozen=True)
class Panel:
    """A card of the report: a table, the chart of it, what to know beside it, and where its figures are explained."""

    table: Table
    lead: str = ""
    method: str = ""
    draw: Callable[[], Chart | None] | None = None  # drawn when it is looked at: a file of the table needs no chart
    refused: str = ""
    notes: tuple[str, ...] = ()
    wide: bool = False
    folds: bool = False
    open: bool = False  # the table stands unfolded under its chart
    facts: tuple[tuple[str, str, str], ...] = ()  # (name, value, small print)

    @cached_property
    def chart(self) -> Chart | None:
        """The drawing, if there is anything to draw."""
        return self.draw() if self.draw and self.table.rows else None

    @property
    def how(self) -> str:
        """Where its figures are explained."""
        return methods.href(self.method)

    @property
    def empty(self) -> bool:
        """Neither rows nor a reason: the panel is left out."""
        return not self.table.rows and not self.refused


@dataclass(frozen=True)
class Section:
    """A tab of the report."""

    name: str
    title: str
    panels: list[Panel] = field(default_factory=list)
    parts: list[Section] = field(default_factory=list)

    @property
    def shown(self) -> list[Panel]:
        """The panels that have something to say."""
        return [panel for panel in self.panels if not panel.empty]

    @property
    def silent(self) -> bool:
        """Neither a panel nor a part has anything to say."""
        return not self.shown and all(part.silent for part in self.parts)

    @property
    def every(self) -> list[Panel]:
        """All panels, those of its parts too."""
        return [*self.panels, *(panel for part in self.parts for panel in part.every)]


def cell(head: Head, row: Row) -> Cell:
    """One value in words; an undefined figure is said to be undefined, never a number."""
    if head.kind == "interval":
        return Cell(head, interval(row.get(f"{head.key}low"), row.get(f"{head.key}high")))
    value = row.get(head.key)
    if head.kind == "value":
        return Cell(head, "undefined" if value is None else words.figure(value), value)
    if head.kind in ("figure", "percent", "count"):
        shown = {"figure": words.figure, "percent": words.percent, "count": words.count}[head.kind]
        return Cell(head, shown(value), value)
    text = "" if value is None else words.listed(value) if not isinstance(value, str) else value
    href = row.get("_href", "") if head.kind == "link" else ""
    tone = row.get("_tone", "") if head.kind == "badge" else ""
    return Cell(head, "" if head.kind == "soft" else text, value if head.kind != "soft" else row["_soft"], href, tone)


def named(panels: Iterable[Panel], name: str) -> Table | None:
    """The table of that name, if any panel has rows under it."""
    return next((panel.table for panel in panels if panel.table.name == name and panel.table.rows), None)


def refusal(part: Any) -> str:
    """Why a part was not computed; empty for one that was."""
    return str(part.get("refused") or "") if isinstance(part, Mapping) else ""


def interval(low: float | None, high: float | None) -> str:
    """Both ends, or a dash where there is no interval."""
    return words.DASH if low is None or high is None else f"{words.figure(low)} to {words.figure(high)}"


def _written(value: Any) -> Any:
    """As CSV keeps it; a text that a spreadsheet would run as a formula gets a quote before it."""
    if isinstance(value, Mapping):
        value = ";".join(f"{key}={part}" for key, part in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        value = ";".join(str(part) for part in value)
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value

"""Labels beside labels: confusion of raters, co-occurrence in one judgment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from chorale.web.reports import charts
from chorale.web.reports.tables import Head, Json, Panel, Table, refusal

Matrix = Sequence[Sequence[float | None]]


def _long(labels: Sequence[str], table: Matrix, *, diagonal: bool) -> list[Json]:
    """One row a cell, with its share of the row's sum; without the diagonal, of the row's own count there."""
    rows = []
    for i, one in enumerate(labels):
        whole = table[i][i] if not diagonal else sum(value or 0.0 for value in table[i])
        for j, other in enumerate(labels):
            n = table[i][j]
            share = n / whole if n is not None and whole and (diagonal or i != j) else None
            rows.append({"one": one, "other": other, "n": n, "share": share})
    return rows


def _used(labels: Sequence[str], table: Matrix) -> list[int]:
    """Labels with anything to show; a scheme of many labels has rows that nobody used."""
    return [i for i in range(len(labels)) if any(table[i][j] or table[j][i] for j in range(len(labels)))]


def _square(found: Json, *, diagonal: bool) -> tuple[list[str], list[Json]]:
    kept = _used(found["labels"], found["table"])
    names = [found["labels"][i] for i in kept]
    return names, _long(names, [[found["table"][i][j] for j in kept] for i in kept], diagonal=diagonal)


def square(found: Json, *, name: str, title: str, diagonal: bool = True, lead: str = "", **said: str) -> Panel:
    """A table of labels by labels as a heat map; ``said``: x, y, share, caption."""
    names, cells = _square(found, diagonal=diagonal)
    chart = partial(charts.heat, cells, names, name=f"{name}-chart", title=title, **said) if cells else None
    return Panel(_table(name, title, cells), lead, "confusion", chart, wide=len(names) > charts.CELLS_WITH_NUMBERS)


def confusion(body: Json) -> Panel:
    """Which labels two raters of one item choose (one choice each)."""
    title = "Which labels are taken for each other"
    found = (body.get("panel") or {}).get("confusion")
    if not found or "table" not in found:
        return Panel(Table("confusion", title, (), ()), refused=refusal(found))
    return square(
        found,
        name="confusion",
        title=title,
        lead="Pairs of raters of the same item.",
        x="another rater says",
        y="one rater says",
        share="share of the other raters",
        caption="A row is what other raters say of an item that one rater gave this label.",
    )


def cooccurrence(body: Json) -> Panel:
    """Which labels one judgment marks together."""
    title = "Which labels are marked together"
    found = (body.get("panel") or {}).get("cooccurrence")
    if not found or "table" not in found:
        return Panel(Table("cooccurrence", title, (), ()), refused=refusal(found))
    return square(
        found,
        name="cooccurrence",
        title=title,
        diagonal=False,
        lead="Labels of one judgment.",
        x="also marked",
        y="of judgments that mark",
        share="share of those judgments",
        caption="Of the judgments that mark the row's label, the share that also mark the column's.",
    )


def _table(name: str, title: str, cells: list[Json]) -> Table:
    heads = (
        Head("one", "Label", "label"),
        Head("other", "With", "label"),
        Head("n", "Count"),
        Head("share", "Share", "percent"),
    )
    rows = sorted((cell for cell in cells if cell["n"]), key=lambda c: (c["one"] == c["other"], -(c["share"] or 0.0)))
    return Table(name, title, heads, tuple(rows))

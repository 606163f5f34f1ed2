"""The same figure on parts (corpus, language, facet, rater group, pair), and before and after a filter."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from chorale.web.reports import charts, figures
from chorale.web.reports.tables import Head, Json, Panel, Table


def kinds(body: Json) -> list[str]:
    """What the report can be sliced by, in the order it was measured."""
    return list(dict.fromkeys(part["by"] for part in found(body)))


def found(body: Json) -> list[Json]:
    """Every slice that was measured; nothing where slices were refused or never measured."""
    part = body.get("slices")
    return part if isinstance(part, list) else []


def by(body: Json, kind: str, label: str = "") -> Panel:
    """Alpha of each part under one kind of slice, or of one label in each part."""
    title = f"By {kind}" + (f": {label}" if label else "")
    rows = [_row(part, label) for part in found(body) if part["by"] == kind]
    rows.sort(key=lambda row: (row["value"] is None, -(row["value"] or 0.0)))
    shown = [row | {"label": row["part"]} for row in rows]
    chart = partial(
        charts.intervals,
        shown,
        name="slices-chart",
        title=title,
        x=charts.ALPHA,
        y=kind,
        rule=0.0,
        ticks=charts.ALPHA_TICKS,
        caption="Parts differ in their base rates as well as in their raters: read observed and expected beside alpha.",
    )
    heads = figures.heads(Head("part", kind.capitalize(), "text"), value="Alpha")
    return Panel(
        Table("slices", title, heads, tuple(rows)),
        "",
        "slices",
        chart,
        notes=figures.undefined(rows, "part"),
        wide=True,
    )


def _row(part: Json, label: str) -> Json:
    figure = (part.get("parts") or {}).get(label) if label else part.get("figure")
    return figures.row(
        figure or {"reason": part.get("refused") or "not measured on this part"}, by=part["by"], part=part["part"]
    )


def dropped(body: Json) -> str:
    """What could not be sliced by, in words."""
    names = body.get("slices_dropped") or []
    return f"Not sliced by {', '.join(names)}: too many parts." if names else ""


def every(body: Json) -> Table:
    """All slices in one table, for the files."""
    rows = tuple(
        _row(part, label) | {"label": label or "overall"}
        for part in found(body)
        for label in (*([""] if part.get("figure") or part.get("refused") else []), *(part.get("parts") or {}))
    )
    heads = figures.heads(Head("by", "By", "text"), value="Alpha")
    return Table("slices", "Slices", heads, rows)


def filters(body: Json) -> Panel:
    """The figure before and after leaving judgments out, by each declared rule."""
    title = "Before and after a filter"
    part: Any = body.get("filters") or []
    if isinstance(part, dict):
        return Panel(Table("filters", title, (), ()), method="slices", refused=part.get("refused", ""))
    rows = tuple(_filtered(part))
    marks = [
        {
            "label": row["rule"],
            "group": group,
            "value": row[group],
            "low": row[f"{group}_low"],
            "high": row[f"{group}_high"],
        }
        for row in rows
        for group in ("before", "after")
    ]
    chart = partial(
        charts.intervals,
        marks,
        name="filters-chart",
        title=title,
        x=charts.ALPHA,
        y="rule",
        groups=("before", "after"),
        rule=0.0,
        ticks=charts.ALPHA_TICKS,
        caption="A rule that raises alpha is not for that reason a good rule: see what it leaves out.",
    )
    heads = (
        Head("rule", "Left out", "text"),
        Head("before", "Before", "value"),
        Head("before_", "95 % interval", "interval"),
        Head("after", "After", "value"),
        Head("after_", "95 % interval", "interval"),
        Head("judgments_left_out", "Judgments out", "count"),
        Head("items_left_out", "Items out", "count"),
        Head("raters_left_out", "Raters out", "count"),
        figures.NOTE,
    )
    return Panel(
        Table("filters", title, heads, rows),
        "Leaving raters or answers out follows a declared rule.",
        "slices",
        chart,
        wide=True,
    )


def _filtered(rules: Iterable[Json]) -> Iterable[Json]:
    for rule in rules:
        before, after = rule["before"], rule["after"]
        row: Json = {"rule": rule["rule"]}
        for name, figure in (("before", before), ("after", after)):
            row |= {name: figure.get("value"), f"{name}_low": figure.get("low"), f"{name}_high": figure.get("high")}
        counts = ("judgments_left_out", "items_left_out", "raters_left_out")
        yield (
            row
            | {key: rule.get(key) for key in counts}
            | {"reason": after.get("reason") or before.get("reason") or None}
        )

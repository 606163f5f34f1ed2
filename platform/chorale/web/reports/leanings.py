"""Which labels a voice prefers: its share of each label beside that of the others on the same items."""

from __future__ import annotations

from functools import partial

from chorale.web.reports import charts
from chorale.web.reports.tables import Head, Json, Panel, Table, refusal


def leanings(found: Json, *, name: str, who: str, others: str) -> Panel:
    """Own and others' share of each label, farthest apart first, in standard errors; ``who``: this rater, the model."""
    title = "Which labels it prefers"
    if refused := refusal(found):
        return Panel(Table(f"{name}-preference", title, (), ()), method="raters", refused=refused)
    rows = [{"label": label, **{key: part.get(key) for key in ("own", "others", "z")}} for label, part in found.items()]
    rows = [row for row in rows if row["own"] or row["others"]]
    rows.sort(key=lambda row: -abs(row["z"] or 0.0))
    marks = [
        {"label": row["label"], "group": group, "value": row[key]}
        for row in rows
        for group, key in ((who, "own"), (others, "others"))
    ]
    top = max([0.01, *(mark["value"] or 0.0 for mark in marks)])
    chart = partial(
        charts.intervals,
        marks,
        name=f"{name}-leaning-chart",
        title=title,
        x="share of judgments\non the same items",
        y="label",
        groups=(who, others),
        joined=True,
        domain=(0.0, top * 1.05),
        caption="Farthest from the others first, in standard errors.",
    )
    heads = (
        Head("label", "Label", "label"),
        Head("own", who.capitalize(), "percent"),
        Head("others", others.capitalize(), "percent"),
        Head("z", "Standard errors apart"),
    )
    return Panel(Table(f"{name}-preference", title, heads, tuple(rows)), "", "raters", chart)

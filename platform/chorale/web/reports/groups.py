"""Groups of raters that see items differently, and whose voice a model resembles."""

from __future__ import annotations

from functools import partial

from django.urls import reverse
from django.utils.text import slugify

from chorale.store.models import Item
from chorale.store.rater_reports import listed
from chorale.web import words
from chorale.web.reports import charts, figures
from chorale.web.reports.tables import Head, Json, Panel, Table, refusal

APART = (Head("text", "Item", "link"), Head("gap", "Gap"), Head("adjusted", "p, corrected"))


def differences(body: Json) -> list[Panel]:
    """For each trait its two largest groups: the gap of each label, the test over raters, the items they differ on."""
    part = (body.get("panel") or {}).get("groups")
    if refused := refusal(part):
        return [Panel(Table("groups", "Groups of raters", (), ()), method="raters", refused=refused)]
    return [panel for found in listed(part) for panel in (_gaps(found), _apart(found))]


def _gaps(found: Json) -> Panel:
    one, other = found["groups"]
    rows = [{"label": label, "gap": gap} for label, gap in found["gap"].items()]
    rows.sort(key=lambda row: -abs(row["gap"] or 0.0))
    title = f"Do they see items differently? {found['by']}: {one}, {other}"
    reach = max([0.01, *(abs(row["gap"] or 0.0) for row in rows)]) * 1.1
    chart = partial(
        charts.intervals,
        [{"label": row["label"], "value": row["gap"]} for row in rows],
        name=f"groups-{slugify(found['by'])}-chart",
        title=title,
        x=f"mean of {one} minus mean of {other}",
        y="label",
        families=True,
        rule=0.0,
        domain=(-reach, reach),
        caption="Over the items that both groups judged.",
    )
    facts = (
        ("p", words.figure(found.get("p")), "permuting raters between the groups"),
        ("Items", words.count(found.get("items")), f"of {words.count(found.get('of'))} looked at"),
        ("Apart on", words.count(len(found.get("apart") or ())), "items, corrected"),
    )
    heads = (Head("label", "Label", "label"), Head("gap", "Gap"))
    lead = "A difference between groups is a perspective, not an error: their votes are not pooled unasked."
    notes = (f"No p: {found['reason']}.",) if found.get("reason") else ()
    table = Table(f"groups-{slugify(found['by'])}", title, heads, tuple(rows))
    return Panel(table, lead, "raters", chart, notes=notes, facts=facts)


def _apart(found: Json) -> Panel:
    rows = found.get("apart") or []
    known = Item.objects.in_bulk([int(row["item"]) for row in rows])
    told = [(known.get(int(row["item"])), row) for row in rows]
    shown = tuple(
        {
            "item": str(item.uuid),
            "text": item.text or item.source_id,
            "gap": row["gap"],
            "adjusted": row["adjusted"],
            "_href": reverse("item", args=[item.uuid]),
        }
        for item, row in told
        if item is not None
    )
    title = f"Items on which {' and '.join(found['groups'])} differ"
    return Panel(Table(f"apart-{slugify(found['by'])}", title, APART, shown), "", "raters", wide=True, folds=True)


def of_model(name: str, panel: Json) -> Panel:
    """Alpha of a model with the people of each group: whose perspective it resembles."""
    part = panel.get("groups")
    rows = tuple(figures.row(one["figure"], by=one["by"], part=one["part"]) for one in listed(part))
    title = "Whose voice does it resemble?"
    chart = partial(
        charts.intervals,
        [row | {"label": f"{row['by']}: {row['part']}"} for row in rows],
        name=f"{name}-groups-chart",
        title=title,
        x=charts.ALPHA,
        y="group of people",
        rule=0.0,
        ticks=charts.ALPHA_TICKS,
    )
    heads = figures.heads(Head("by", "By", "text"), value="Alpha")
    heads = (heads[0], Head("part", "Group", "text"), *heads[1:])
    lead = "The model against the people of each group that raters told of themselves."
    return Panel(Table(f"{name}-groups", title, heads, rows), lead, "model-against-people", chart, refusal(part))

"""What settling made of the votes: the aggregations side by side, what each left undecided, and do people split."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote_plus

from django.urls import reverse

from chorale.store.models import AggregationReport, AgreementReport
from chorale.web import words
from chorale.web.reports import charts
from chorale.web.reports.tables import Head, Json, Panel, Table, refusal

VERDICTS = ("people split", "one opinion", "undecidable")


def of(report: AgreementReport) -> Json:
    """The kept settling of the same scope, scheme and perspective; empty where nobody settled it."""
    same = {"scope_type": report.scope_type, "scope": report.scope, "scheme": report.scheme}
    found = AggregationReport.objects.filter(**same, perspective=report.perspective).first()
    return dict(found.body) if found else {}


def ways(body: Json) -> Panel:
    """One row an aggregation: its semantics, how many items it decides, how it ended."""
    told = body.get("ways") or {}
    rows = tuple(
        {
            "way": name,
            "about": facts.get("about"),
            "semantics": facts.get("semantics"),
            "items": facts.get("items"),
            "undecided": facts.get("undecided"),
            "ended": _ended(facts.get("facts") or {}),
        }
        for name, facts in told.items()
    )
    notes = tuple(f"{name} was not made: {reason}" for name, reason in (body.get("refused") or {}).items())
    heads = (
        Head("way", "Aggregation", "text"),
        Head("about", "What it is", "note"),
        Head("semantics", "Semantics", "text"),
        Head("items", "Items", "count"),
        Head("undecided", "Undecided", "count"),
        Head("ended", "How it ended", "note"),
    )
    lead = "Named views of the same votes, side by side; none replaces another, and the votes are kept."
    return Panel(Table("aggregations", "Aggregations", heads, rows), lead, "aggregation", notes=notes, wide=True)


def _ended(facts: Json) -> str | None:
    shown = {key: value for key, value in facts.items() if isinstance(value, int | float | bool)}
    said = [f"{key.replace('_', ' ')} {_number(value)}" for key, value in shown.items()]
    return ", ".join(said) or None


def _number(value: float | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words.count(value) if isinstance(value, int) else words.figure(value, 2)


def verdicts(measured: Json, settled: Json, scope: str = "") -> Panel:
    """How many items people split on, by test; of every item where they were settled, of the sample otherwise.

    ``scope``: the query that narrows the list of items to this scope, where there is one.
    """
    panel = measured.get("panel") or {}
    found = settled.get("verdicts") or panel.get("splits") or {}
    settings = settled.get("verdict_settings") or panel.get("split_settings") or {}
    title = "Do people split, or is it noise?"
    if refused := refusal(found):
        return Panel(Table("splits", title, (), ()), method="splits", refused=refused)
    whole = sum(found.values())
    order = [*VERDICTS, *(name for name in found if name not in VERDICTS)]
    where = f"{reverse('items')}?{scope}&verdict=" if scope and settled else ""
    rows = tuple(
        {"verdict": name, "items": found[name], "share": found[name] / whole if whole else None}
        | ({"_href": where + quote_plus(name)} if where else {})
        for name in order
        if name in found
    )
    chart = None
    if rows:
        bars = [{"label": row["verdict"], "value": row["items"]} for row in rows]
        chart = partial(
            charts.shares, bars, name="splits-chart", title=title, x="items", y="verdict", caption=_told(settings)
        )
    heads = (Head("verdict", "Verdict", "link"), Head("items", "Items", "count"), Head("share", "Share", "percent"))
    lead = "Each item tested against one opinion rated noisily; with few votes it is undecidable, and said to be."
    return Panel(Table("splits", title, heads, rows), lead, "splits", chart)


def _told(settings: Json) -> str:
    if not settings:
        return ""
    least, level, power = settings.get("least", 8), settings.get("level", 0.05), settings.get("power", 0.8)
    return f"Tested from {least} votes on, corrected over items, level {level:g}, wanted power {power:g}."


def by_rater(body: Json, names: dict[str, str]) -> Panel:
    """What the aggregations that know raters think of each."""
    figures = body.get("rater_figures") or {}
    rows = [
        {"rater": names.get(str(row["rater"]), str(row["rater"])), "judgments": row.get("judgments")}
        | {name: row.get(name) for name in figures}
        for row in body.get("raters") or ()
    ]
    rows = [row for row in rows if any(row[name] is not None for name in figures)] if figures else []
    first = next(iter(figures), "")
    rows.sort(key=lambda row: -(row.get(first) or 0.0))
    heads = (Head("rater", "Rater", "text"), Head("judgments", "Judgments", "count"))
    heads += tuple(Head(name, name) for name in figures)
    lead = "; ".join(f"{name}: {said}" for name, said in figures.items())
    return Panel(Table("rater-weights", "Raters as the aggregations see them", heads, tuple(rows)), lead, "aggregation")

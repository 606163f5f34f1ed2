"""Two reports side by side, label by label. Alphas of different schemes are shown and never ranked."""

from __future__ import annotations

from functools import partial

from chorale.store.models import AgreementReport
from chorale.web.reports import charts, figures
from chorale.web.reports.people import parts
from chorale.web.reports.tables import Head, Json, Panel, Row, Table


def by_label(one: AgreementReport, other: AgreementReport, names: tuple[str, str]) -> Panel:
    """Alpha of each label in both; the difference only where both are of one scheme."""
    same = one.scheme_id == other.scheme_id
    first, second = parts(one.body), parts(other.body)
    rows: list[Json] = []
    for label in dict.fromkeys([*first, *second]):
        row: Json = {"label": label}
        for side, figure in (("one", first.get(label)), ("other", second.get(label))):
            known = figure or {"reason": "not a label of this report"}
            row |= {side: known.get("value"), f"{side}_low": known.get("low"), f"{side}_high": known.get("high")}
            row |= {f"{side}_observed": known.get("observed"), f"{side}_expected": known.get("expected")}
            row |= {f"{side}_units": known.get("units"), f"{side}_reason": known.get("reason") or None}
        rows.append(row | ({"difference": _difference(row)} if same else {}))
    rows.sort(key=lambda row: -max(row["one"] or -9, row["other"] or -9))
    title = "Alpha by label in both"
    chart = partial(
        charts.intervals,
        _marks(rows, names),
        name="compare-chart",
        title=title,
        x=charts.ALPHA,
        y="label",
        groups=names,
        rule=0.0,
        ticks=charts.ALPHA_TICKS,
        caption="Each interval is of one report alone: that two overlap does not mean that they agree.",
    )
    heads = (
        Head("label", "Label", "label"),
        Head("one", names[0], "value"),
        Head("one_", "95 % interval", "interval"),
        Head("other", names[1], "value"),
        Head("other_", "95 % interval", "interval"),
        *([Head("difference", "Difference")] if same else []),
        Head("one_units", "Units", "count"),
        Head("other_units", "Units", "count"),
    )
    return Panel(Table("by-label", title, heads, tuple(rows)), "", "per-label", chart, wide=True)


def _difference(row: Row) -> float | None:
    return None if row["one"] is None or row["other"] is None else row["other"] - row["one"]


def _marks(rows: list[Json], names: tuple[str, str]) -> list[Json]:
    return [
        {
            "label": row["label"],
            "group": name,
            "value": row[side],
            "low": row[f"{side}_low"],
            "high": row[f"{side}_high"],
        }
        for row in rows
        for side, name in (("one", names[0]), ("other", names[1]))
    ]


def coefficients(one: AgreementReport, other: AgreementReport, names: tuple[str, str]) -> Panel:
    """The overall coefficients of both, one row each."""
    rows = []
    for report, name in ((one, names[0]), (other, names[1])):
        overall = report.body.get("people", {}).get("overall")
        told = [overall] if overall else []
        told += [
            f
            for f in (report.body.get("panel") or {}).get("coefficients") or []
            if not overall or f["name"] != overall["name"]
        ]
        rows += [figures.row(figure, measure=figure["name"], report=name) for figure in told]
    rows.sort(key=lambda row: row["measure"])
    heads = figures.heads(Head("measure", "Measure", "text"))
    heads = (heads[0], Head("report", "Report", "text"), *heads[1:])
    return Panel(Table("coefficients", "Coefficients of both", heads, tuple(rows)), "", "coefficients", wide=True)

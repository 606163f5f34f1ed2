"""What the kept reports say of one rater: agreement with others, leanings, confusion, use of a scale, flags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial

from django.db.models import Q
from django.urls import reverse

from chorale.store import rater_reports
from chorale.store.models import AgreementReport, Rater
from chorale.web import words
from chorale.web.reports import charts, labels, raters, whole
from chorale.web.reports.leanings import leanings
from chorale.web.reports.tables import Head, Json, Panel, Section, Table, interval


def latest(rows: list[Rater]) -> dict[int, Json]:
    """Items, agreement with others and flags of each rater, from the latest report that names them."""
    people = {str(row.pk): row.pk for row in rows if row.kind != "model"}
    models = {row.pseudonym: row.pk for row in rows if row.kind == "model"}
    corpora = {row.corpus.slug for row in rows if row.corpus}
    kept = AgreementReport.objects.filter(Q(scope_type="corpus", scope__in=corpora) | ~Q(scope_type="corpus"))
    kept = kept.order_by("measured_at")
    found: dict[int, Json] = {}
    for scope, rated, flags in kept.values_list("scope", "body__panel__raters", "body__panel__flags"):
        kinds: dict[str, set[str]] = {}
        for flag in rater_reports.listed(flags):
            for rater in flag["raters"]:
                kinds.setdefault(str(rater), set()).add(flag["kind"])
        for one in rater_reports.listed(rated):
            key = str(one["rater"])
            if key in people and ("value" not in one or one["value"] is not None):
                seen = ", ".join(sorted(kinds.get(key, ()))) or None
                found[people[key]] = _brief(one.get("items"), one.get("value"), f"share, {scope}", seen)
    if models:  # their panels are long: read only for a page that shows models
        for scope, judged in AgreementReport.objects.order_by("measured_at").values_list("scope", "body__models"):
            for one in rater_reports.listed(judged):
                alpha = (one.get("model_person") or {}).get("value")
                if one["rater"] in models and alpha is not None:
                    found[models[one["rater"]]] = _brief(one.get("items"), alpha, f"alpha, {scope}", None)
    return found


def _brief(items: int | None, agreement: float | None, of: str, flags: str | None) -> Json:
    return {"items": items, "agreement": agreement, "of": of if agreement is not None else "", "flags": flags}


def overview(rater: Rater, reports: Iterable[AgreementReport]) -> Panel:
    """One row a report; where the scheme has dimensions, one a dimension."""
    tell = _model_rows if rater.kind == "model" else _person_rows
    rows = [row for report in reports for row in tell(rater, report)]
    marks = [{"label": f"{row['_short']}{', ' if row['part'] else ''}{row['part']}", **_ends_of(row)} for row in rows]
    model = rater.kind == "model"
    least = min((mark["low"] or mark["value"] for mark in marks if mark["value"] is not None), default=0.0)
    chart = partial(
        charts.intervals,
        marks,
        name="rater-chart",
        title="Agreement with the others",
        x="alpha with a person\nwith 95 % interval" if model else "agreement with the others\nwith 95 % interval",
        y="report",
        rule=0.0 if model else None,
        domain=None if model else (min(max(0.0, least - 0.05), least), 1.0),
        caption=""
        if model
        else "Shares of the others who said the same; for dimensions the correlation with their mean.",
    )
    heads = (
        Head("report", "Report", "link"),
        Head("part", "Part", "text"),
        Head("items", "Items", "count"),
        Head("value", "Alpha with a person" if model else "Agreement", "value"),
        Head("", "95 % interval", "interval"),
        Head("expected", "People among themselves" if model else "By chance"),
        Head("verdicts", "Verdicts", "text") if model else Head("flags", "To look at", "text"),
    )
    lead = "From each report that compared it with others. To differ is not to be wrong."
    how = "model-against-people" if model else "raters"
    return Panel(Table("agreement", "Beside the others", heads, tuple(rows)), lead, how, chart, wide=True)


def _ends_of(row: Json) -> Json:
    return {key: row[key] for key in ("value", "low", "high")}


def _named(report: AgreementReport) -> Json:
    short = f"{report.scope}, {report.scheme.ref.split('@')[0]}"
    href = reverse("agreement-report", args=[report.pk])
    return {"report": whole.title(report), "part": "", "_short": short, "_href": href}


def _person_rows(rater: Rater, report: AgreementReport) -> list[Json]:
    own = rater_reports.own(rater, report)
    seen = ", ".join(sorted({flag["kind"] for flag in rater_reports.flags(rater, report)})) or None
    base = _named(report) | {"items": own.get("items"), "expected": own.get("expected"), "flags": seen}
    if "value" in own:
        return [base | {key: own.get(key) for key in ("value", "low", "high")}]
    parts = {key: value for key, value in own.items() if key not in ("rater", "items", "reason")}
    return [base | {"part": name, "value": value, "low": None, "high": None} for name, value in parts.items()]


def _model_rows(rater: Rater, report: AgreementReport) -> list[Json]:
    own = rater_reports.own(rater, report)
    told = (own.get("panel") or {}).get("standings")
    counted = Counter(row["standing"] for row in rater_reports.listed(told))
    verdicts = ", ".join(f"{n} {verdict}" for verdict, n in counted.most_common()) or own.get("refused")
    people = (own.get("person_person") or {}).get("value")
    base = _named(report) | {"items": own.get("items"), "expected": people, "verdicts": verdicts}
    figure = own.get("model_person") or {}
    if figure.get("value") is None and own.get("by_label"):
        return [base | {"part": name, **_ends_of(part)} for name, part in own["by_label"].items()]
    return [base | {key: figure.get(key) for key in ("value", "low", "high")}]


def sections(rater: Rater, reports: Iterable[AgreementReport]) -> list[Section]:
    """What each report says of this rater beyond agreement, one section a report."""
    found = []
    for report in reports:
        page = rater_reports.page(rater, report)
        name = f"report-{report.pk}"
        panels = [
            _habits(name, page),
            leanings(page.get("preference") or {}, name=name, who="this rater", others="the others"),
            _confused(name, page),
            _scale(name, page),
        ]
        panels.append(_flagged(name, rater, report))
        found.append(Section(name, whole.title(report), panels))
    return [section for section in found if section.shown]


def _habits(name: str, page: Json) -> Panel:
    """Competence, gold, speed and drift as facts."""
    competence, gold, speed, drift = (page.get(key) or {} for key in ("competence", "gold", "speed", "drift"))
    told = [
        ("competence", competence.get("value"), _ends(competence) or competence.get("method", "")),
        ("right on gold", gold.get("value"), _ends(gold)),
        ("seconds each, median", speed.get("seconds"), ""),
        ("pace beside the others", speed.get("pace"), "below 1 is faster"),
        ("agreement early", drift.get("early"), ""),
        ("agreement late", drift.get("late"), ""),
        ("drift, tau", drift.get("tau"), f"p {words.figure(drift.get('p'))}" if drift.get("p") is not None else ""),
    ]
    rows = tuple({"what": what, "value": value, "beside": beside} for what, value, beside in told if value is not None)
    heads = (Head("what", "Figure", "text"), Head("value", "Value"), Head("beside", "", "note"))
    return Panel(Table(f"{name}-habits", "Competence, speed, drift", heads, rows), "", "raters")


def _ends(figure: Json) -> str:
    return interval(figure["low"], figure["high"]) if figure.get("low") is not None else ""


def _confused(name: str, page: Json) -> Panel:
    """Its labels by the plurality of the others."""
    found = page.get("confusion")
    if not isinstance(found, dict) or "table" not in found:
        return Panel(Table(f"{name}-confusion", "Its labels beside the others'", (), ()))
    return labels.square(
        found,
        name=f"{name}-confusion",
        title="Its labels beside the others'",
        x="this rater says",
        y="the others mostly say",
        share="share of those items",
        caption="Where the others are tied, the leaders share the item.",
    )


def _scale(name: str, page: Json) -> Panel:
    rows = tuple({k: v for k, v in use.items() if k != "rater"} for use in rater_reports.listed(page.get("scale")))
    return Panel(Table(f"{name}-scale", "Use of the scale", raters.SCALE_HEADS, rows), "", "raters")


def _flagged(name: str, rater: Rater, report: AgreementReport) -> Panel:
    rows = tuple(raters.flag_row(flag, {}, linked=False) for flag in rater_reports.flags(rater, report))
    lead = "A flag is a question to a person, with its evidence; nobody is left out by it."
    return Panel(
        Table(f"{name}-flags", "Patterns worth a look", raters.FLAG_HEADS[1:], rows), lead, "raters", wide=True
    )

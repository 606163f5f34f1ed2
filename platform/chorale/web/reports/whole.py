"""A report whole: its sections for the page, its tables by name, and everything as one archive."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from django.utils.text import slugify

from chorale.store.models import AgreementReport
from chorale.web.reports import groups, items, labels, models, people, raters, settled, slices
from chorale.web.reports.tables import Json, Panel, Section, Table

STAMP = (1980, 1, 1, 0, 0, 0)  # the same report gives the same archive


def sections(report: AgreementReport, *, linked: bool) -> list[Section]:
    """The tabs of the page, each with its panels; slices stand apart, as they are chosen by a form."""
    body: Json = report.body
    scope = f"{report.scope_type}={report.scope}" if report.scope_type != "campaign" else ""
    names, made, panel = raters.known(body), settled.of(report), body.get("panel") or {}
    among = [models.overview(body), people.by_label(body), people.disagreement(body), people.coefficients(body)]
    among += [people.marks(body), people.weighted(body)]
    joint = [people.upper_bound(body), *models.among(body)]
    if not body.get("models"):  # without models, what people reach stands with the people
        among, joint = [*among, joint[0]], joint[1:]
    said = [labels.confusion(body), labels.cooccurrence(body), people.label_set(body)]
    hard = [settled.verdicts(body, made, scope), items.hardest(body, report.scheme)]
    rated = [raters.raters(body, names, linked=linked), raters.flags(body, names, linked=linked)]
    rated += [raters.pairs(panel.get("pairs"), names), settled.by_rater(made, names), raters.scale_use(body, names)]
    rated += groups.differences(body)
    found = [
        Section("people", "Agreement", among),
        Section("labels", "Labels", said),
        Section("hardest", "Hardest items", hard),
        Section("raters", "Raters", rated),
        Section("models", "Models", joint, models.sections(body, names)),
        Section("settled", "Soft labels", [settled.ways(made)]),
    ]
    return [section for section in found if not section.silent]


def tables(report: AgreementReport, found: list[Section] | None = None) -> dict[str, Table]:
    """Every table of a report (or of its ``found`` sections) by name; those with no row are left out."""
    shown = sections(report, linked=False) if found is None else found
    panels: list[Panel] = [panel for section in shown for panel in section.every]
    every = [panel.table for panel in panels] + [slices.every(report.body), slices.filters(report.body).table]
    return {table.name: table for table in every if table.rows}


def title(report: AgreementReport) -> str:
    """What the report is about."""
    return f"{report.scope_type} {report.scope}, {report.scheme.ref}, {report.perspective}"


def file_name(report: AgreementReport) -> str:
    """A name for its files."""
    return slugify(f"agreement {report.scope} {report.scheme.ref} {report.perspective}".replace("@", " "))


def plain(report: AgreementReport) -> Json:
    """The kept report with what it is about."""
    about: dict[str, Any] = {
        "scope_type": report.scope_type,
        "scope": report.scope,
        "scheme": report.scheme.ref,
        "perspective": report.perspective,
        "measured_at": report.measured_at.isoformat(),
    }
    return about | report.body


def archive(report: AgreementReport) -> bytes:
    """A zip of the report as it is kept, and of every table as CSV and JSON."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:

        def add(name: str, text: str) -> None:
            file.writestr(zipfile.ZipInfo(name, STAMP), text, zipfile.ZIP_DEFLATED)

        found = tables(report)
        add("README.txt", _readme(report, found))
        add("report.json", _json(plain(report)))
        for name, table in found.items():
            add(f"tables/{name}.csv", table.csv)
            add(f"tables/{name}.json", _json(table.plain))
    return out.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _readme(report: AgreementReport, found: dict[str, Table]) -> str:
    lines = [
        f"Agreement report: {title(report)}",
        f"Measured {report.measured_at:%Y-%m-%d %H:%M} UTC; settings: {json.dumps(report.body.get('settings', {}))}",
        "",
        "report.json is the report as it is kept; each file of tables/ is one table of it.",
        "An empty cell is an undefined figure; its reason stands in the column `reason`. It is never 1 and never 0.",
        "Formulas and references: docs/methods.md.",
        "",
        *(f"tables/{name}.csv: {table.title}, {len(table.rows)} rows" for name, table in found.items()),
    ]
    return "\n".join(lines) + "\n"

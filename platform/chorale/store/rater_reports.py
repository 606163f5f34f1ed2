"""What the kept agreement reports say of one rater."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from chorale.store.models import AgreementReport, Rater

Json = dict[str, Any]
MOST = 20


def mentioning(rater: Rater) -> list[AgreementReport]:
    """The reports in which this rater has figures, latest first, at most 20."""
    if rater.kind == "model":
        named = Q(body__models__contains=[{"rater": rater.pseudonym}])
    else:
        named = Q(body__panel__raters__contains=[{"rater": str(rater.pk)}])
    return list(AgreementReport.objects.filter(named).select_related("scheme").order_by("-measured_at")[:MOST])


def listed(part: Any) -> list[Any]:
    """A part of a report that is a list, or nothing where it was refused or never measured."""
    return part if isinstance(part, list) else []


def own(rater: Rater, report: AgreementReport) -> Json:
    """The rater's figures in a report that names it: a model's beside people, or a person's beside the others."""
    if rater.kind == "model":
        return dict(next(row for row in listed(report.body["models"]) if row["rater"] == rater.pseudonym))
    return dict(next(row for row in listed(report.body["panel"]["raters"]) if str(row["rater"]) == str(rater.pk)))


def page(rater: Rater, report: AgreementReport) -> Json:
    """Competence, leanings, confusion, use of a scale, speed and drift, as far as the report has them."""
    pages = (report.body.get("panel") or {}).get("rater_pages") or {}
    return dict(pages.get(str(rater.pk)) or {})


def flags(rater: Rater, report: AgreementReport) -> list[Json]:
    """Patterns worth a look that name this rater, each with its evidence."""
    found = listed((report.body.get("panel") or {}).get("flags"))
    return [flag for flag in found if str(rater.pk) in map(str, flag["raters"])]


def figures(rater: Rater) -> list[Json]:
    """Everything of one rater, one entry a report."""
    return [
        {
            "report": report.pk,
            "scope_type": report.scope_type,
            "scope": report.scope,
            "scheme": report.scheme.ref,
            "perspective": report.perspective,
            "figures": {key: value for key, value in own(rater, report).items() if key != "rater"},
            "habits": page(rater, report),
            "flags": flags(rater, report),
        }
        for report in mentioning(rater)
    ]

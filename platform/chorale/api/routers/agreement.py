"""Agreement reports, settlings, and raters with what the reports say of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from chorale.api.paging import page
from chorale.api.report_schemas import RaterPage, ReportPage, SettlingPage, WholeRaterOut, WholeReportOut
from chorale.store import access, rater_reports
from chorale.store.models import AggregationReport, AgreementReport, Rater

router = Router(tags=["agreement"])
PLACE = ("scope_type", "scope", "perspective")


@router.get("/agreement", response=ReportPage)
def reports(
    request: HttpRequest, scope_type: str = "", scope: str = "", scheme: str = "", after: int = 0, limit: int = 100
) -> Any:
    """Kept agreement reports, optionally of one scope or scheme."""
    found, more = page(_narrowed(request, AgreementReport, scope_type, scope, scheme), after=after, limit=limit)
    return {"rows": [_report(row) for row in found], "next": more}


@router.get("/agreement/{key}", response=WholeReportOut)
def report(request: HttpRequest, key: int) -> Any:
    """One report, whole. Its tables stand as CSV at /agreement/{id}/{table}.csv, all of them in /agreement/{id}.zip."""
    row = access.one(request.user, AgreementReport, pk=key)
    return _report(row) | {"body": row.body}


@router.get("/settlings", response=SettlingPage)
def settlings(
    request: HttpRequest, scope_type: str = "", scope: str = "", scheme: str = "", after: int = 0, limit: int = 100
) -> Any:
    """How scopes were settled: aggregations side by side and verdicts whether people split."""
    found, more = page(_narrowed(request, AggregationReport, scope_type, scope, scheme), after=after, limit=limit)
    return {"rows": [_settling(row) for row in found], "next": more}


@router.get("/raters", response=RaterPage)
def raters(request: HttpRequest, kind: str = "", corpus: str = "", after: int = 0, limit: int = 100) -> Any:
    """Raters, people and models (admins)."""
    wanted = {"kind": kind, "corpus__slug": corpus}
    rows = access.rows(request.user, Rater).select_related("corpus")
    found, more = page(rows.filter(**{k: v for k, v in wanted.items() if v}), after=after, limit=limit)
    return {"rows": [_rater(row) for row in found], "next": more}


@router.get("/raters/{key}", response=WholeRaterOut)
def rater(request: HttpRequest, key: int) -> Any:
    """One rater with what each kept report says of it (admins)."""
    row = access.one(request.user, Rater, pk=key)
    return _rater(row) | {"reports": rater_reports.figures(row)}


def _narrowed(request: HttpRequest, table: Any, scope_type: str, scope: str, scheme: str) -> Any:
    wanted = {"scope_type": scope_type, "scope": scope, "scheme__ref": scheme}
    rows = access.rows(request.user, table).select_related("scheme")
    return rows.filter(**{k: v for k, v in wanted.items() if v})


def _report(row: AgreementReport) -> dict[str, Any]:
    body, counts = row.body, row.body.get("counts", {})
    overall = (body.get("people") or {}).get("overall") or {}
    by_part = "given by label or dimension: see body.people.parts"
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in PLACE},
        "scheme": row.scheme.ref,
        "kind": body.get("kind", ""),
        **{name: counts.get(name) for name in ("items", "judgments", "raters")},
        "models": len(body.get("models", [])),
        "alpha": overall.get("value"),
        "low": overall.get("low"),
        "high": overall.get("high"),
        "reason": (overall.get("reason") or "") if overall else by_part,
        "measured_at": row.measured_at,
    }


def _settling(row: AggregationReport) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in (*PLACE, "settled_at", "body")}
    return plain | {"id": row.pk, "scheme": row.scheme.ref}


def _rater(row: Rater) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in ("kind", "pseudonym", "language", "model", "demo", "created_at")}
    return plain | {"id": row.pk, "corpus": row.corpus.slug if row.corpus else None}

"""Two agreement reports side by side."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from chorale.store import access
from chorale.store.models import AgreementReport
from chorale.web.parts import crumb
from chorale.web.reports import compare, whole
from chorale.web.reports.files import as_file
from chorale.web.reports.tables import Panel, named
from chorale.web.views.agreement import headline


def compared(request: HttpRequest) -> HttpResponse:
    """Choose two reports, or see those that the address names; different schemes are shown and never ranked."""
    every = access.rows(request.user, AgreementReport).select_related("scheme")
    one, other = _asked(every, request.GET.get("one", "")), _asked(every, request.GET.get("other", ""))
    context = {
        "title": "Compare two reports",
        "word": "Agreement",
        "crumbs": [crumb("Agreement", "agreement")],
        "one": one,
        "other": other,
        "choices": [(row.pk, whole.title(row)) for row in every.order_by("scope", "scheme__ref", "perspective")],
        "panels": [],
        "sides": [],
    }
    if one and other:
        names = _names(one, other)
        context["panels"] = _panels(one, other)
        context["query"] = f"?one={one.pk}&other={other.pk}"
        context["sides"] = [(row, name, headline(row)) for row, name in zip((one, other), names, strict=True)]
        context["same_scheme"] = one.scheme_id == other.scheme_id
        context["same"] = one.pk == other.pk
    return render(request, "chorale/agreement_compare.html", context)


def table(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """One table of the comparison that the address names, as CSV or JSON."""
    every = access.rows(request.user, AgreementReport).select_related("scheme")
    one, other = _asked(every, request.GET.get("one", "")), _asked(every, request.GET.get("other", ""))
    if one is None or other is None:
        raise Http404
    of = f"{whole.title(one)}; {whole.title(other)}"
    return as_file(named(_panels(one, other), name), form, of=of, file_name=f"agreement-{one.pk}-{other.pk}")


def _panels(one: AgreementReport, other: AgreementReport) -> list[Panel]:
    names = _names(one, other)
    return [compare.by_label(one, other, names), compare.coefficients(one, other, names)]


def _asked(rows: QuerySet[AgreementReport], key: str) -> AgreementReport | None:
    return rows.filter(pk=int(key)).first() if key.isdigit() and len(key) < 19 else None


def _names(one: AgreementReport, other: AgreementReport) -> tuple[str, str]:
    """As short as tells them apart."""
    if one.scope != other.scope:
        return one.scope, other.scope
    if one.perspective != other.perspective:
        return one.perspective, other.perspective
    if one.scheme_id != other.scheme_id:
        return one.scheme.ref, other.scheme.ref
    return f"{one.scope_type}", f"{other.scope_type}" if one.scope_type != other.scope_type else "the same"

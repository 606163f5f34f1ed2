"""Agreement reports: the list, one report whole, its tables as files."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access
from chorale.store.models import AggregationReport, AgreementReport
from chorale.web import launches, words
from chorale.web.lists import Column
from chorale.web.parts import action, crumb
from chorale.web.reports import people, slices, whole
from chorale.web.reports.files import as_file
from chorale.web.scoped_lists import OF, SCHEME, ScopedList

Json = dict[str, Any]


def headline(report: AgreementReport) -> str:
    """Alpha with its interval, or that it is given by part, or why it is undefined."""
    overall = report.body.get("people", {}).get("overall")
    if overall is None:
        return "by part"
    if overall.get("value") is None:
        return "undefined"
    return f"{words.figure(overall['value'])} [{words.figure(overall.get('low'))}, {words.figure(overall.get('high'))}]"


class Reports(ScopedList):
    """Every kept report, for admins and researchers."""

    table = AgreementReport
    title = "Agreement"
    lead = "How far people agree beyond chance, and models with people. Undefined is said to be undefined, never 1."
    columns = (
        OF,
        SCHEME,
        Column("alpha", "Alpha of people", value=headline),
        Column("items", "Items", value=lambda r: r.body.get("counts", {}).get("items"), kind="count"),
        Column("raters", "Raters", value=lambda r: r.body.get("counts", {}).get("raters"), kind="count"),
        Column("models", "Models", value=lambda r: len(r.body.get("models", [])), kind="count"),
        Column("measured_at", "Measured", kind="when", sort="measured_at"),
    )
    order = "-measured_at"
    empty_title = "Nothing measured yet"
    empty_text = "Measure a corpus or a campaign, and its report stands here."

    def href(self, row: AgreementReport) -> str:
        """Its page."""
        return reverse("agreement-report", args=[row.pk])

    def more(self) -> dict[str, Any]:
        """Measure and settle, and compare."""
        begin = [action("Measure or settle", reverse("agreement-start"))] if launches.may(self.request) else []
        return {"actions": [*begin, action("Compare two", reverse("agreement-compare"))]}


def report(request: HttpRequest, pk: int, form: str = "html") -> HttpResponse:
    """One report; `.json` is the kept body with what it is about."""
    row = access.one(request.user, AgreementReport, pk=pk)
    if form == "json":
        return JsonResponse(whole.plain(row), json_dumps_params={"ensure_ascii": False})
    body: Json = row.body
    sections = whole.sections(row, linked=launches.may(request))
    context = {
        "title": f"{row.scope_type} {row.scope}",
        "word": "Agreement",
        "crumbs": [crumb("Agreement", "agreement")],
        "report": row,
        "overall": body.get("people", {}).get("overall"),
        "defined": sum(f.get("value") is not None for f in people.parts(body).values()),
        "parts": len(people.parts(body)),
        "part": people.word(body),
        "counts": body.get("counts", {}),
        "settings": body.get("settings", {}),
        "sample": body.get("sample") or {},
        "models": len(body.get("models", [])),
        "sections": sections,
        "tables": list(whole.tables(row, sections).values()),
        "scope_href": reverse(row.scope_type, args=[row.scope]),
        "actions": _actions(request, row),
    }
    return render(request, "chorale/agreement.html", context | sliced(request, body))


def _actions(request: HttpRequest, row: AgreementReport) -> list[Any]:
    found = [action("Download", reverse("agreement-archive", args=[row.pk]))]
    found += [action("Compare", f"{reverse('agreement-compare')}?one={row.pk}")]
    same = {"scope_type": row.scope_type, "scope": row.scope, "scheme": row.scheme, "perspective": row.perspective}
    settled = AggregationReport.objects.filter(**same).first() if launches.may(request) else None
    found += [action("Adjudicate", reverse("adjudicate", args=[settled.pk]))] if settled else []
    again = f"{reverse('agreement-start')}?scope_type={row.scope_type}&scope={row.scope}"
    return [*found, *([action("Measure again", again)] if launches.may(request) else [])]


def sliced(request: HttpRequest, body: Json) -> Json:
    """The slice that the address asks for, the first kind if it asks for none; and the filters that were measured."""
    kinds = slices.kinds(body)
    asked = request.GET.get("slice", "")
    kind = asked if asked in kinds else next(iter(kinds), "")
    labels = list(dict.fromkeys(label for part in slices.found(body) for label in part.get("parts") or {}))
    whole = any(part.get("figure") for part in slices.found(body))  # some kinds of scheme have figures by label alone
    label = request.GET.get("label", "")
    label = label if label in labels else "" if whole or not labels else labels[0]
    return {
        "slice_whole": whole,
        "slice_kinds": kinds,
        "slice_kind": kind,
        "slice_labels": labels,
        "slice_label": label,
        "slice": slices.by(body, kind, label) if kind else None,
        "slices_dropped": slices.dropped(body),
        "filters": slices.filters(body),
    }


def table(request: HttpRequest, pk: int, name: str, form: str) -> HttpResponse:
    """One table of a report, as CSV or JSON."""
    row = access.one(request.user, AgreementReport, pk=pk)
    return as_file(whole.tables(row).get(name), form, of=whole.title(row), file_name=whole.file_name(row))


def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole report: as it is kept, and every table as CSV and JSON, in one zip."""
    row = access.one(request.user, AgreementReport, pk=pk)
    response = HttpResponse(whole.archive(row), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{whole.file_name(row)}.zip"'
    return response

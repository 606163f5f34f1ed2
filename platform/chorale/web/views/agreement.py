"""Agreement reports: the list, and one in figures, chart and table."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access
from chorale.store.models import AgreementReport
from chorale.web import agreement_panels, charts, launches, words
from chorale.web.lists import Column, Filter, Listing, plain
from chorale.web.parts import crumb


def headline(report: AgreementReport) -> str:
    """Alpha with its interval, or that it is given by part, or why it is undefined."""
    overall = report.body.get("people", {}).get("overall")
    if overall is None:
        return "by part"
    if overall.get("value") is None:
        return "undefined"
    return f"{words.figure(overall['value'])} [{words.figure(overall.get('low'))}, {words.figure(overall.get('high'))}]"


class Reports(Listing):
    """Every kept report."""

    title = "Agreement"
    word = "Voices"
    lead = "How far people agree beyond chance, and models with people. Undefined is said to be undefined, never 1."
    columns = (
        Column("scope", "Of", kind="link", value=lambda r: f"{r.scope_type} {r.scope}", under=lambda r: r.perspective),
        Column("scheme", "Scheme", value="scheme.ref", kind="code"),
        Column("alpha", "Alpha of people", value=headline),
        Column("items", "Items", value=lambda r: r.body.get("counts", {}).get("items"), kind="count"),
        Column("raters", "Raters", value=lambda r: r.body.get("counts", {}).get("raters"), kind="count"),
        Column("models", "Models", value=lambda r: len(r.body.get("models", [])), kind="count"),
        Column("measured_at", "Measured", kind="when", sort="measured_at"),
    )
    filters = (Filter("of", "Of", plain(["corpus", "campaign", "collection"]), "scope_type"),)
    search = ("scope", "scheme__ref")
    order = "-measured_at"
    empty_title = "Nothing measured yet"
    empty_text = "Measure a corpus or a campaign, and its report stands here."

    def rows(self) -> QuerySet[Any]:
        """For admins and researchers."""
        return access.rows(self.request.user, AgreementReport).select_related("scheme")

    def href(self, row: AgreementReport) -> str:
        """Its page."""
        return reverse("agreement-report", args=[row.pk])

    def more(self) -> dict[str, Any]:
        """Measure."""
        return {"actions": launches.offered(self.request, "measure")}


def report(request: HttpRequest, pk: int, form: str = "html") -> HttpResponse:
    """One report; `.json` is the kept body as it is."""
    row = access.one(request.user, AgreementReport, pk=pk)
    if form == "json":
        return JsonResponse({"scope": [row.scope_type, row.scope], "scheme": row.scheme.ref, **row.body})
    parts = row.body.get("people", {}).get("parts", {})
    marks = row.body.get("counts", {}).get("marks") or {}
    context = {
        "title": f"{row.scope_type} {row.scope}",
        "word": "Agreement",
        "crumbs": [crumb("Agreement", "agreement")],
        "report": row,
        "overall": row.body.get("people", {}).get("overall"),
        "counts": row.body.get("counts", {}),
        "settings": row.body.get("settings", {}),
        "chart": charts.agreement(parts) if any(p.get("value") is not None for p in parts.values()) else None,
        "parts": sorted(parts.items(), key=lambda pair: -(pair[1].get("value") or -9)),
        "marks": charts.shares(list(marks.items()), name="marks", title="Marks by label", unit="marks")
        if marks
        else None,
        "models": row.body.get("models", []),
        "scope_href": reverse(row.scope_type, args=[row.scope]),
        "actions": launches.offered(request, "measure", scope_type=row.scope_type, scope=row.scope),
    }
    return render(request, "chorale/agreement.html", context | panels(row.body))


def panels(body: dict[str, Any]) -> dict[str, Any]:
    """What stands under the headline: other measures, heat map, raters, stand-in verdicts, hardest items."""
    panel = body.get("panel") or {}
    rated = agreement_panels.raters(panel)
    single = "confusion" in panel
    return {
        "coefficients": panel.get("coefficients", []),
        "heat": agreement_panels.heat(
            panel.get("confusion") or panel.get("cooccurrence"),
            name="labels-together",
            title="Which labels are taken for each other" if single else "Which labels are marked together",
            caption="Pairs of raters on the same item." if single else "Judgments that mark both labels.",
        ),
        "rater_heads": rated[0] if rated else [],
        "rater_rows": rated[1] if rated else [],
        "model_panels": agreement_panels.models(body.get("models", [])),
        "hardest": agreement_panels.hardest(panel),
    }

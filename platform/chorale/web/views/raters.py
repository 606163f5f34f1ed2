"""Raters: the list, and everything seen of one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access, rater_reports
from chorale.store.models import Corpus, Rater
from chorale.web import model_progress, rater_words
from chorale.web.lists import Column, Filter, Listing, plain
from chorale.web.parts import crumb
from chorale.web.reports import rater_page
from chorale.web.reports.files import as_file
from chorale.web.reports.tables import named


def _what(rater: Rater) -> str:
    if rater.kind == "model":
        return " ".join(str(rater.model[k]) for k in ("engine", "name", "version") if rater.model.get(k))
    return rater.corpus.slug if rater.corpus else "campaigns"


class Raters(Listing):
    """People and models, measured with the same coefficients."""

    title = "Raters"
    word = "Voices"
    lead = (
        "People, by pseudonym, and models: both are raters. Agreement is that of the latest report: of people the "
        "share of others who said the same, of models alpha with a person."
    )
    columns = (
        Column("pseudonym", "Rater", kind="link", sort="pseudonym", under=lambda r: "demo" if r.demo else ""),
        Column("kind", "Kind"),
        Column("what", "From", value=_what, under=lambda r: r.language),
        Column("judged", "Items", value="items", kind="count"),
        Column("agreement", "Agreement", value="agreement", kind="figure", under=lambda r: r.agreement_of),
        Column("flags", "To look at", value="flagged"),
        Column("created_at", "Since", kind="when", sort="created_at"),
    )
    filters = (
        Filter("kind", "Kind", plain(["person", "model", "source"])),
        Filter(
            "corpus", "Corpus", lambda: plain(sorted(Corpus.objects.values_list("slug", flat=True))), "corpus__slug"
        ),
    )
    search = ("pseudonym",)
    order = "pseudonym"
    empty_title = "No rater yet"
    empty_text = "Raters come with a corpus, with an account, or with a pre-label job."

    def rows(self) -> QuerySet[Any]:
        """For admins."""
        return access.rows(self.request.user, Rater).select_related("corpus")

    def prepare(self, rows: list[Any]) -> None:
        """Figures of the latest report that names each rater of the page."""
        told = rater_page.latest(rows)
        for row in rows:
            known = told.get(row.pk, {})
            row.items, row.agreement, row.flagged = (known.get(key) for key in ("items", "agreement", "flags"))
            row.agreement_of = known.get("of", "")

    def href(self, row: Rater) -> str:
        """Its page."""
        return reverse("rater", args=[row.pk])


def rater(request: HttpRequest, pk: int) -> HttpResponse:
    """Who speaks, and what the kept reports say of it: agreement, competence, leanings, speed, drift, flags."""
    row = access.one(request.user, Rater, pk=pk)
    reports = rater_reports.mentioning(row)
    context = {
        "overview": rater_page.overview(row, reports),
        "sections": rater_page.sections(row, reports),
        "title": row.pseudonym,
        "word": "Model rater" if row.kind == "model" else "Rater",
        "crumbs": [crumb("Raters", "raters")],
        "rater": row,
        "kind": rater_words.kind(row),
        "facts": rater_words.lines(row) if row.kind == "model" else [],
        "assignments": row.assignment_set.select_related("campaign").order_by("-pk")[:30],
        "scores": model_progress.scores(row) if row.kind == "model" else [],
        "maps": row.calibrations.order_by("-pk")[:20],
        "trained": row.training.count() if row.kind == "model" else None,
        "recent": row.judgment_set.select_related("item", "scheme").order_by("-pk")[:10],
    }
    return render(request, "chorale/rater.html", context)


def table(request: HttpRequest, pk: int, name: str, form: str) -> HttpResponse:
    """One table of a rater's page, as CSV or JSON."""
    row = access.one(request.user, Rater, pk=pk)
    reports = rater_reports.mentioning(row)
    panels = [rater_page.overview(row, reports)]
    panels += [panel for section in rater_page.sections(row, reports) for panel in section.panels]
    return as_file(named(panels, name), form, of=row.pseudonym, file_name=f"rater-{row.pseudonym}")

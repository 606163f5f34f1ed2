"""Corpora: the list, and the page of one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access
from chorale.store.models import AgreementReport, Collection, Corpus, Event, Item, Quarantine
from chorale.web import charts, launches, words
from chorale.web.lists import Column, Filter, Listing, plain
from chorale.web.parts import action, crumb, excerpts


def _languages() -> list[tuple[str, str]]:
    return plain(sorted(set(Corpus.objects.values_list("language", flat=True))))


class Corpora(Listing):
    """Every corpus with its counters."""

    title = "Corpora"
    word = "Material"
    lead = "Bodies of raw items, each with its source, licence, language and native scheme."
    columns = (
        Column("slug", "Corpus", kind="link", sort="slug", under=lambda c: c.title),
        Column("language", "Language", sort="language"),
        Column("modality", "Modality"),
        Column("licence", "Licence"),
        Column("items", "Items", kind="count", sort="items"),
        Column("judgments", "Judgments", kind="count", sort="judgments"),
        Column("rows_quarantined", "Quarantined", kind="count", sort="rows_quarantined"),
        Column("created_at", "Added", kind="when", sort="created_at"),
    )
    filters = (
        Filter("language", "Language", _languages),
        Filter("modality", "Modality", plain(["text", "dialogue", "image", "audio", "video", "pair"])),
    )
    search = ("slug", "title", "description")
    order = "slug"
    empty_title = "No corpus yet"
    empty_text = "A corpus comes in by a descriptor: a small file that says where its rows, raters and labels are."

    def rows(self) -> QuerySet[Any]:
        """All of them, for admins and researchers."""
        return access.rows(self.request.user, Corpus)

    def href(self, row: Corpus) -> str:
        """Its page."""
        return reverse("corpus", args=[row.slug])

    def more(self) -> dict[str, Any]:
        """Import, for those who may."""
        if not launches.may(self.request):
            return {}
        bring = action("Bring a corpus in", reverse("intakes"))
        return {"actions": [bring], "empty_href": bring.href, "empty_action": bring.title}


class Quarantined(Listing):
    """The rows of a corpus that could not come in."""

    title = "Quarantined rows"
    word = "Quarantine"
    lead = "Rows that could not come in, kept whole with what is wrong and how to mend it. Nothing is lost."
    columns = (
        Column("where", "Where", kind="text"),
        Column("code", "Problem", kind="code", sort="code"),
        Column("what", "What is wrong", kind="wide", under=lambda q: q.fix),
        Column("raw", "Row", value=lambda q: q.raw[:160], kind="code"),
        Column("state", "State", kind="state", tones=words.PROBLEM_TONES),
    )
    filters = (Filter("state", "State", plain(["open", "mended", "dropped"])),)
    search = ("where", "what", "raw")
    order = "id"
    empty_title = "No row in quarantine"
    empty_text = "Every row of this corpus was imported or is a duplicate."

    def rows(self) -> QuerySet[Any]:
        """Of this corpus, for admins."""
        corpus = access.one(self.request.user, Corpus, slug=self.scope["slug"])
        return access.rows(self.request.user, Quarantine).filter(corpus=corpus)

    def more(self) -> dict[str, Any]:
        """The way back."""
        slug = self.scope["slug"]
        return {"crumbs": [crumb("Corpora", "corpora"), crumb(slug, "corpus", slug)]}


def corpus(request: HttpRequest, slug: str) -> HttpResponse:
    """The card of a corpus: what it is, whether its row sum closes, examples, files, provenance."""
    row = access.one(request.user, Corpus, slug=slug)
    closed = row.rows_imported + row.rows_duplicate + row.rows_quarantined
    reports = list(
        access.rows(request.user, AgreementReport).filter(scope_type="corpus", scope=slug).select_related("scheme")
    )
    context = {
        "title": row.title,
        "word": "Corpus",
        "marks": [_marks(report) for report in reports if report.body.get("counts", {}).get("marks")],
        "crumbs": [crumb("Corpora", "corpora")],
        "corpus": row,
        "closed": closed,
        "closes": closed == row.rows_read,
        "files": row.files.order_by("name"),
        "examples": excerpts(access.rows(request.user, Item).filter(corpus=row).order_by("id")[:5]),
        "layers": _layers(row.descriptor),
        "reports": reports,
        "collections": access.rows(request.user, Collection).filter(filter__corpus=slug).order_by("slug")[:10],
        "events": Event.objects.filter(subject_type="corpus", subject=slug).order_by("-id")[:8],
        "actions": [
            *launches.offered(request, "settle", "measure", "harmonize", "prelabel", scope_type="corpus", scope=slug),
            action("Its items", f"{reverse('items')}?corpus={slug}"),
        ],
    }
    return render(request, "chorale/corpus.html", context)


def _marks(report: AgreementReport) -> charts.Chart:
    """How often people marked each label, as last counted by the measure."""
    rows = [(label, n) for label, n in report.body["counts"]["marks"].items() if n]
    title = f"{report.scheme.ref}, {report.perspective}"
    return charts.shares(rows, name=f"marks-{report.pk}", title=title, unit="marks")


def _layers(descriptor: dict[str, Any]) -> list[dict[str, Any]]:
    """The layers that the descriptor declares, whatever it calls them; scheme and perspective of each."""
    found = descriptor.get("layers") or descriptor.get("layer") or []
    rows = list(found.values()) if isinstance(found, dict) else found
    return [row for row in rows if isinstance(row, dict)]

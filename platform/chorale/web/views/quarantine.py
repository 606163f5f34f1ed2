"""Quarantine: the list, one row to be mended, many mended or dropped at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from chorale.jobs import engine
from chorale.store import access, mending
from chorale.store.models import Corpus, Quarantine, QuarantineTally
from chorale.store.models.people import Role
from chorale.store.quarantine_folders import folder_of
from chorale.web import words
from chorale.web.lists import Column, Filter, Listing, plain
from chorale.web.parts import crumb
from harmonize.corpora.record import RAW_KEPT
from harmonize.problems import ChoraleError


def _codes() -> list[tuple[str, str]]:
    return plain(sorted(set(QuarantineTally.objects.filter(rows__gt=0).values_list("code", flat=True))))


class Quarantined(Listing):
    """The rows of a corpus that could not come in."""

    title = "Quarantined rows"
    word = "Quarantine"
    lead = "Rows that could not come in, kept whole with what is wrong and how to mend it. Nothing is lost."
    columns = (
        Column("where", "Where", kind="link"),
        Column("code", "Problem", kind="code", sort="code"),
        Column("what", "What is wrong", kind="wide", under=lambda q: q.fix),
        Column("raw", "Row", kind="wide"),
        Column("state", "State", kind="state", tones=words.PROBLEM_TONES),
    )
    filters = (
        Filter("state", "State", plain(["open", "mended", "dropped"])),
        Filter("code", "Problem", _codes),
    )
    search = ("where", "what", "raw")
    order = "id"
    template = "chorale/quarantine/list.html"
    empty_title = "No row in quarantine"
    empty_text = "Every row of this corpus was imported or is a duplicate."

    def rows(self) -> QuerySet[Any]:
        """Of this corpus, for admins."""
        corpus = access.one(self.request.user, Corpus, slug=self.scope["slug"])
        return access.rows(self.request.user, Quarantine).filter(corpus=corpus).select_related("corpus")

    def href(self, row: Quarantine) -> str:
        """Where it is mended."""
        return reverse("quarantined", args=[row.corpus.slug, row.pk])

    def more(self) -> dict[str, Any]:
        """The way back, and what is open under the filter."""
        slug, code = self.scope["slug"], self.state.get("code", "")
        open_rows = QuarantineTally.objects.filter(corpus__slug=slug, state="open", whole_file=False)
        return {
            "crumbs": [crumb("Corpora", "corpora"), crumb(slug, "corpus", slug)],
            "slug": slug,
            "code": code,
            "open": (open_rows.filter(code=code) if code else open_rows).aggregate(n=Sum("rows", default=0))["n"],
        }


def one(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One row, to be mended and read again, or dropped."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Quarantine, pk=pk, corpus__slug=slug)
    raw, problem = row.raw, None
    if request.method == "POST":
        raw = request.POST.get("raw", "").replace("\r\n", "\n")
        try:
            told = mending.mend(by=person, row=row, raw=raw, folder=folder_of(row.corpus))
        except ChoraleError as error:
            problem = error
        else:
            said = "It came in." if told.imported else "It says only what was known: a duplicate."
            messages.success(request, f"{row.where}: mended. {said}")
            return redirect(_next(row) or reverse("quarantine", args=[slug]))
    context = {
        "title": row.where,
        "word": "Quarantine",
        "crumbs": [crumb("Corpora", "corpora"), crumb(slug, "corpus", slug), crumb("Quarantine", "quarantine", slug)],
        "row": row,
        "raw": raw,
        "cut": len(row.raw) >= RAW_KEPT,
        "problem": problem,
        "next": _next(row),
    }
    return render(request, "chorale/quarantine/one.html", context, status=422 if problem else 200)


def _next(row: Quarantine) -> str:
    """The next open row of the corpus."""
    rows = Quarantine.objects.filter(corpus=row.corpus, state="open", whole_file=False, pk__gt=row.pk).order_by("pk")
    found = rows.values_list("pk", flat=True).first()
    return reverse("quarantined", args=[row.corpus.slug, found]) if found else ""


@require_POST
def drop(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Close a row as not wanted, with a reason."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Quarantine, pk=pk, corpus__slug=slug)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise ChoraleError("no-reason", "A row is dropped with a reason only.", "Say why it is not wanted.")
    mending.drop(by=person, row=row, reason=reason)
    messages.info(request, f"{row.where}: dropped. It stays counted as quarantined.")
    return redirect(_next(row) or reverse("quarantine", args=[slug]))


@require_POST
def many(request: HttpRequest, slug: str) -> HttpResponse:
    """Replay, mend by a replacement, or drop all open rows, or those of one problem, as a job."""
    person = access.demand(request.user, Role.ADMIN)
    corpus = access.one(person, Corpus, slug=slug)
    params = {name: request.POST.get(name, "") for name in ("act", "code", "find", "put", "reason")}
    job = engine.start("answer_quarantine", by=person, params={"corpus": corpus.slug, **params})
    return redirect("job", job.uuid)

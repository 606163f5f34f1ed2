"""Erasing an item or a rater: what it would reach, the act, and the list of what went."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from chorale.jobs import engine
from chorale.jobs.kinds.erase import KIND
from chorale.store import access, erasure, erasure_reach
from chorale.store.models import Erasure, Item, Rater
from chorale.store.models.people import Role
from chorale.web import stale
from chorale.web.lists import Column, Filter, Listing, plain
from chorale.web.parts import crumb


class ErasureForm(forms.Form):
    """Why, and the name of what goes, typed by hand: there is no way back."""

    reason = forms.CharField(max_length=400, help_text="Everybody who asks for a withdrawn file reads this.")
    name = forms.CharField(label="Its name, to be sure")

    def __init__(self, data: Any = None, *, name: str) -> None:
        super().__init__(data)
        self.expected = name
        self.fields["name"].help_text = f"Type {name}"

    def clean_name(self) -> str:
        """Only what was meant."""
        if self.cleaned_data["name"].strip() != self.expected:
            raise forms.ValidationError(f"Type {self.expected} to go on.")
        return self.expected


def item(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Take an item out of everything."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Item, uuid=key)
    return _ask(request, row, row.source_id, [crumb("Items", "items"), crumb(row.source_id, "item", row.uuid)])


def rater(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a person's ratings out of everything."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Rater, pk=pk, kind="person")
    return _ask(request, row, row.pseudonym, [crumb("Raters", "raters"), crumb(row.pseudonym, "rater", row.pk)])


def _ask(request: HttpRequest, row: Item | Rater, name: str, crumbs: list[tuple[str, str]]) -> HttpResponse:
    form = ErasureForm(request.POST if request.method == "POST" else None, name=name)
    if request.method == "POST" and form.is_valid():
        person = access.demand(request.user, Role.ADMIN)
        begun = erasure.begin(by=person, row=row, reason=form.cleaned_data["reason"])
        job = engine.start(KIND, by=person, params={"erasure": begun.pk}, title=f"Erase {name}")
        return redirect("job", job.uuid)
    what = "this item" if isinstance(row, Item) else "this rater"
    context = {
        "title": f"Erase {name}", "word": "For good", "crumbs": crumbs, "form": form, "what": what,
        "back": crumbs[-1][1], "found": erasure_reach.found(row), "quote": row.text if isinstance(row, Item) else "",
    }  # fmt: skip
    return render(request, "chorale/erase.html", context, status=422 if form.errors else 200)


def erasure_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One erasure: why, what it was taken out of, and what drew on it and is stale now."""
    row = access.one(request.user, Erasure, pk=pk)
    context = {
        "title": row.key, "word": f"Erased {row.kind}", "crumbs": [crumb("Erasures", "erasures")], "row": row,
        "reached": [(where, count) for where, count in row.reached.items() if count and where != erasure_reach.DREW],
        "drawn": stale.drawn(row.traces.all()),
    }  # fmt: skip
    return render(request, "chorale/erasure.html", context)


class Erasures(Listing):
    """What went, why, and what it was taken out of."""

    title = "Erasures"
    word = "Workshop"
    lead = (
        "Items and raters that were taken out of everything. Their names stay here, so that no import brings them back."
    )
    columns = (
        Column("key", "Which", kind="link", under=lambda r: r.corpus.slug if r.corpus else ""),
        Column("kind", "What"),
        Column("reason", "Why", kind="wide"),
        Column("reached", "Reached", value=lambda r: _words(r.reached), kind="wide"),
        Column("finished_at", "Done", kind="when"),
        Column("created_at", "Asked", kind="when", sort="created_at"),
    )
    filters = (Filter("kind", "What", plain(["item", "rater"])),)
    search = ("key", "reason")
    order = "-created_at"
    empty_title = "Nothing was erased"
    empty_text = "An item is erased from its own page, a rater from theirs."

    def rows(self) -> QuerySet[Any]:
        """For admins."""
        return access.rows(self.request.user, Erasure).select_related("corpus")

    def href(self, row: Erasure) -> str:
        """Its page."""
        return reverse("erasure", args=[row.pk])


def _words(reached: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {where}" for where, count in reached.items() if count) or "nothing"

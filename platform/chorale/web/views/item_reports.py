"""Reports of items: made by raters, answered by admins."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from chorale.store import access, seats
from chorale.store import item_reports as store
from chorale.store.models import Campaign, Item, ItemReport
from chorale.store.models.people import Role
from chorale.store.people import rater_of
from chorale.web import item_kin, words
from chorale.web.lists import Column, Filter, Listing, plain
from chorale.web.parts import crumb
from chorale.web.views.my_work import mine

TONES = {"open": "warn", "kept": "good", "removed": "bad"}


class ReportForm(forms.Form):
    """What is wrong."""

    reason = forms.ChoiceField(label="What is wrong?", choices=list(store.REASONS.items()), widget=forms.RadioSelect)
    words = forms.CharField(label="In your own words", required=False, widget=forms.Textarea(attrs={"rows": 3}))


def report(request: HttpRequest, slug: str) -> HttpResponse:
    """Report one of one's items: the one named, or the last one that was given."""
    person, row = mine(request, slug)
    own = seats.own(rater_of(person), row).select_related("task__item__corpus").order_by("-pk")
    if key := request.GET.get("item", ""):
        own = own.filter(task__item__pk=int(key)) if key.isdigit() and len(key) < 19 else own.none()
    seat = own.first()
    form = ReportForm(request.POST or None)
    if seat and request.method == "POST" and form.is_valid():
        store.report(by=person, campaign=row, item=seat.task.item, **form.cleaned_data)
        messages.success(request, "Thank you. The organisers look at it and answer on this page.")
        return redirect("work", slug)
    recent = list(
        dict.fromkeys(
            s.task.item for s in seats.own(rater_of(person), row).select_related("task__item").order_by("-pk")[:8]
        )
    )
    context = {
        "title": "Report an item",
        "word": row.title,
        "crumbs": [crumb(row.title, "work", slug)],
        "campaign": row,
        "item": seat.task.item if seat else None,
        "recent": recent,
        "form": form,
    }
    return render(request, "chorale/work/report.html", context, status=422 if form.errors else 200)


class Reports(Listing):
    """What raters reported in a campaign."""

    title = "Reported items"
    word = "Campaign"
    lead = "Look at each, keep it or take it out of the campaign, and tell the rater why."
    columns = (
        Column("item", "Item", kind="link", value=lambda r: r.item.text or r.item.source_id),
        Column("reason", "Reason", value=lambda r: store.REASONS.get(r.reason, r.reason), under=lambda r: r.words),
        Column("state", "State", kind="state", tones=TONES, under=lambda r: r.answer),
        Column("rater", "By", value="rater.pseudonym"),
        Column("created_at", "When", kind="when", sort="created_at"),
    )
    filters = (Filter("state", "State", plain(["open", "kept", "removed"])),)
    search = ("words",)
    empty_title = "Nothing was reported"
    empty_text = "Raters can report an item from their page and while they label."

    def rows(self) -> QuerySet[Any]:
        """Of this campaign, for admins."""
        row = access.one(access.demand(self.request.user, Role.ADMIN), Campaign, slug=self.scope["slug"])
        return access.rows(self.request.user, ItemReport).filter(campaign=row).select_related("item", "rater")

    def href(self, row: ItemReport) -> str:
        """Where it is answered."""
        return reverse("item-report", args=[self.scope["slug"], row.pk])

    def more(self) -> dict[str, Any]:
        """The way back."""
        slug = self.scope["slug"]
        return {"crumbs": [crumb("Campaigns", "campaigns"), crumb(slug, "campaign", slug)]}


def answer(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One report with its item, and the decision."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, ItemReport, pk=pk, campaign__slug=slug)
    if request.method == "POST":
        store.answer(by=person, row=row, remove=request.POST.get("do") == "remove", words=request.POST.get("words", ""))
        messages.success(request, "Answered. The rater reads it on their page.")
        return redirect("item-reports", slug)
    item = Item.objects.select_related("corpus").get(pk=row.item_id)
    context = {
        "title": f"Report of {item.source_id}",
        "word": "Reported item",
        "crumbs": [crumb(slug, "campaign", slug), crumb("Reported items", "item-reports", slug)],
        "report": row,
        "reason": store.REASONS.get(row.reason, row.reason),
        "item": item,
        "media": item_kin.media(item),
        "tone": TONES.get(row.state, words.TONES.get(row.state, "")),
    }
    return render(request, "chorale/campaigns/report.html", context)

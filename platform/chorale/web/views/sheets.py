"""The information sheet of a campaign, edited: each change is a new version that everybody is asked about."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from chorale.store import access
from chorale.store import sheets as store
from chorale.store.models import Campaign, Sheet
from chorale.store.models.people import Role
from chorale.web.parts import crumb


class SheetForm(forms.Form):
    """The words of a sheet."""

    text = forms.CharField(
        label="What raters are told", widget=forms.Textarea(attrs={"rows": 12}), help_text="Markdown."
    )
    support = forms.CharField(
        label="Where they find support",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Markdown: people, telephone numbers, addresses in the raters' language.",
    )
    traits = forms.CharField(
        label="What they may tell of themselves",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="A line each: age: How old are you? | under 30 | 30 to 60 | over 60. "
        "“I prefer not to say” stands beside each and is chosen beforehand.",
    )


def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The sheet in force, to be changed; the versions before it."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Campaign, slug=slug)
    now = store.current(row)
    begin = {"text": now.text, "support": now.support, "traits": store.written_traits(now.traits)}
    form = SheetForm(request.POST or None, initial=begin)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        traits = store.parse_traits(told["traits"])
        made = store.write(by=person, campaign=row, text=told["text"], support=told["support"], traits=traits)
        messages.success(request, f"Version {made.version} is in force. Raters are asked before their next item.")
        return redirect("campaign-information", slug)
    context = {
        "title": "Information sheet",
        "word": row.title,
        "lead": "Shown before the first item. A change is a new version, and everybody is asked again.",
        "crumbs": [crumb("Campaigns", "campaigns"), crumb(slug, "campaign", slug)],
        "campaign": row,
        "form": form,
        "now": now,
        "versions": Sheet.objects.filter(campaign=row).order_by("-pk"),
    }
    return render(request, "chorale/campaigns/information.html", context, status=422 if form.errors else 200)

"""Comparisons: planned from a page, and the scores of their items with how far these can be relied on."""

from __future__ import annotations

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotation.studio.comparing import SIZES
from chorale.jobs import engine
from chorale.store import access, campaigns
from chorale.store import comparisons as store
from chorale.store.models import Campaign, Collection, User
from chorale.store.models.people import Role
from chorale.store.models.schemes import Perspective
from chorale.web.item_kin import preview_of
from chorale.web.language_field import LanguageField
from chorale.web.parts import crumb
from chorale.web.reports.files import as_file
from chorale.web.reports.tables import Head, Table

SHOWN = 200  # rows of the page; the files hold all


class ComparisonForm(forms.Form):
    """What is compared, by what, and how often."""

    title = forms.CharField(label="Title", max_length=200, help_text="Raters see it.")
    slug = forms.SlugField(label="Short name", max_length=70)
    collection = forms.ModelChoiceField(queryset=Collection.objects.order_by("slug"), to_field_name="slug")
    quality = forms.CharField(
        label="By what", max_length=80, initial="joy", help_text="As in: which of them shows the most joy?"
    )
    kind = forms.ChoiceField(
        label="Shown as",
        choices=[
            ("best-worst", "tuples: which is most, which is least"),
            ("pair", "pairs: which of the two is more"),
            ("list", "lists: put them in order"),
        ],
    )
    size = forms.IntegerField(label="Items together", initial=4, min_value=2, max_value=6, help_text="Pairs have 2.")
    per_item = forms.IntegerField(label="Times each item is shown", initial=8, min_value=1, max_value=100)
    overlap = forms.IntegerField(
        label="Raters a tuple",
        initial=2,
        min_value=1,
        max_value=20,
        help_text="One answer shows no reliability.",
    )
    language = LanguageField(label="Language of the questions", required=False)
    perspective = forms.ChoiceField(label="Whose emotion", choices=Perspective.choices, initial="reader")
    raters = forms.ModelMultipleChoiceField(
        queryset=User.objects.filter(groups__name="annotator", is_active=True).order_by("username"),
        label="Raters",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, object]:
        """A tuple as large as its kind allows."""
        data = super().clean() or {}
        kind, size = data.get("kind", ""), data.get("size")
        if kind == "pair":
            data["size"] = 2
        elif kind and size is not None and not SIZES[kind][0] <= size <= SIZES[kind][1]:
            self.add_error("size", f"{SIZES[kind][0]} to {SIZES[kind][1]} items.")
        return data


def new(request: HttpRequest) -> HttpResponse:
    """Plan a comparison and carry it into Label Studio."""
    person = access.demand(request.user, Role.ADMIN)
    form = ComparisonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = dict(form.cleaned_data)
        raters = told.pop("raters")
        with transaction.atomic():
            made = store.open_comparison(by=person, **told)
            campaigns.invite_raters(by=person, campaign=made, people_=raters)
            job = engine.start("open_campaign", by=person, params={"campaign": made.slug})
        return redirect("job", job.uuid)
    context = {
        "title": "Compare items",
        "word": "Campaign",
        "lead": "Raters say which of some items shows more of something; scores follow from all their answers.",
        "crumbs": [crumb("Campaigns", "campaigns")],
        "form": form,
    }
    return render(request, "chorale/campaigns/compare.html", context, status=422 if form.errors else 200)


def scores(request: HttpRequest, slug: str) -> HttpResponse:
    """Every item with its score, the highest first."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Campaign, slug=slug)
    found = store.scored(row)
    context = {
        "title": f"Scores: {found.quality}",
        "word": row.title,
        "crumbs": [crumb("Campaigns", "campaigns"), crumb(slug, "campaign", slug)],
        "campaign": row,
        "scores": found,
        "rows": [(one, preview_of(one.item)) for one in found.rows[:SHOWN]],
        "json_href": request.path.rstrip("/") + ".json",
        "csv_href": request.path.rstrip("/") + ".csv",
    }
    return render(request, "chorale/campaigns/scores.html", context)


def table(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """The scores as a file."""
    person = access.demand(request.user, Role.ADMIN)
    found = store.scored(access.one(person, Campaign, slug=slug))
    heads = (Head("item", "Item", "text"), Head("score", "Score"), Head("shown", "Shown", "count"))
    rows = tuple(
        {"item": str(one.item.uuid), "source_id": one.item.source_id, "score": one.score, "shown": one.shown}
        for one in found.rows
    )
    return as_file(Table("scores", "Scores", heads, rows), form, of=slug, file_name=slug)

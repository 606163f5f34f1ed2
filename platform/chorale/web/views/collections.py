"""Drawing a collection from a page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from chorale.store import access, collections
from chorale.store.models import Corpus
from chorale.store.models.people import Role
from chorale.web.parts import crumb
from harmonize.problems import ChoraleError


class CollectionForm(forms.Form):
    """A filter, and how many to draw by which seed."""

    slug = forms.SlugField(
        label="Short name", max_length=80, help_text="Stands in addresses; letters, digits, hyphens."
    )
    title = forms.CharField(label="Title", max_length=200)
    corpus = forms.MultipleChoiceField(label="Corpora", required=False, widget=forms.CheckboxSelectMultiple)
    modality = forms.MultipleChoiceField(
        label="Modality", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(m, m) for m in ("text", "dialogue", "image", "audio", "video")],
    )  # fmt: skip
    language = forms.CharField(label="Language", required=False, max_length=20, help_text="A BCP 47 tag, such as en.")
    split = forms.CharField(label="Source split", required=False, max_length=20)
    size = forms.IntegerField(label="How many", required=False, min_value=1, help_text="Empty: all that match.")
    seed = forms.IntegerField(label="Seed", initial=0, help_text="The same seed draws the same items.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["corpus"].choices = list(Corpus.objects.order_by("slug").values_list("slug", "title"))  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """The filter, without what was left open; one value stands for itself."""
        given = {k: self.cleaned_data[k] for k in ("corpus", "modality", "language", "split") if self.cleaned_data[k]}
        return {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in given.items()}


def new(request: HttpRequest) -> HttpResponse:
    """The form; sent, it draws the collection and leads to its page."""
    person = access.demand(request.user, Role.ADMIN)
    form = CollectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            drawn = collections.create(
                by=person,
                slug=data["slug"],
                title=data["title"],
                filter=form.wanted(),
                size=data["size"],
                seed=data["seed"],
            )
        except ChoraleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{drawn.items:,} of {drawn.matched:,} matching items were drawn.")
            return redirect("collection", drawn.slug)
    context = {
        "title": "Draw a collection",
        "word": "Material",
        "crumbs": [crumb("Collections", "collections")],
        "form": form,
    }
    return render(request, "chorale/collection_new.html", context, status=422 if form.errors else 200)

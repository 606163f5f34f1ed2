"""A rater's way into labelling: the information sheet once, then a single-use ticket for the rater proxy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chorale.store import access, campaigns, consents, offers, sheets, tickets
from chorale.store.models import Campaign, User
from chorale.store.models.people import Role
from chorale.store.people import rater_of

YES_NO = [("yes", "Yes"), ("no", "No")]


class ConsentForm(forms.Form):
    """One answer a purpose; nothing is agreed to in advance."""

    def __init__(self, *args: Any, traits: Sequence[Mapping[str, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in consents.WORDS.items():
            self.fields[name] = forms.ChoiceField(label=words, choices=YES_NO, widget=forms.RadioSelect)
        self.asked = [one["name"] for one in traits]
        for one in traits:
            self.fields[consents.TRAIT + one["name"]] = forms.ChoiceField(
                label=one["question"],
                choices=[*((said, said) for said in one["choices"]), ("", "I prefer not to say")],
                widget=forms.RadioSelect,
                required=False,
                initial="",
                help_text="Optional. If you tell it, it may be published beside your answers, in groups large enough.",
            )

    def traits(self) -> dict[str, str]:
        """What was told of oneself; "" where one prefers not to say."""
        return {name: self.cleaned_data[consents.TRAIT + name] for name in self.asked}

    def purposes(self) -> dict[str, bool]:
        """Each purpose with its answer."""
        return {name: self.cleaned_data[name] == "yes" for name in campaigns.PURPOSES}


def _mine(request: HttpRequest, slug: str) -> tuple[User, Campaign]:
    person = access.demand(request.user, Role.ANNOTATOR)
    row = access.campaigns_of(person).select_related("form").filter(slug=slug).first()
    if row is None:
        raise Http404
    return person, row


@require_POST
def enter(request: HttpRequest, slug: str) -> HttpResponse:
    """Straight into labelling, or first to the sheet for those who have not agreed yet."""
    person, row = _mine(request, slug)
    if not campaigns.may_rate(rater_of(person), row):
        return redirect("campaign-sheet", slug)
    return redirect(tickets.issue(person, row, theme=request.POST.get("theme", "")))


def sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """The information sheet and the guidelines; answered, it is recorded under its version and leads into labelling."""
    person, row = _mine(request, slug)
    agreed = campaigns.may_rate(rater_of(person), row)
    told = sheets.current(row)
    form = ConsentForm(request.POST or None, traits=told.traits)
    if request.POST.get("sheet", told.version) != told.version:  # nobody agrees to what they were not shown
        form.add_error(None, "The sheet was changed while you read it. Read the new one, then answer again.")
    if request.method == "POST" and form.is_valid():
        consents.record(by=person, campaign=row, purposes=form.purposes(), traits=form.traits())
        if not form.purposes()["rating"]:
            return redirect("home")
        if offers.standing_now(rater_of(person), row).round is None:
            return redirect("work", slug)
        return redirect(tickets.issue(person, row, theme=request.POST.get("theme", "")))
    context = {
        "title": row.title,
        "word": "Before you start",
        "campaign": row,
        "agreed": agreed,
        "form": form,
        "sheet": told,
        "layers": row.form.layers.select_related("scheme"),
        "proxy": settings.PROXY_URL,
    }
    return render(request, "chorale/sheet.html", context, status=422 if form.errors else 200)

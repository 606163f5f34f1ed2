"""A rater's way into labelling: the information sheet once, then a single-use ticket for the rater proxy."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chorale.store import access, campaigns, tickets
from chorale.store.models import Campaign, User
from chorale.store.models.people import Role
from chorale.store.people import rater_of

YES_NO = [("yes", "Yes"), ("no", "No")]


class ConsentForm(forms.Form):
    """One answer a purpose; nothing is agreed to in advance."""

    rating = forms.ChoiceField(
        label="I take part, and my answers may be used for this project.", choices=YES_NO, widget=forms.RadioSelect
    )
    public_release = forms.ChoiceField(
        label="My answers may be published in data sets, under a pseudonym that differs in each of them.",
        choices=YES_NO,
        widget=forms.RadioSelect,
    )
    training = forms.ChoiceField(
        label="My answers may be used to train models.", choices=YES_NO, widget=forms.RadioSelect
    )

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
    return redirect(tickets.issue(person, row))


def sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """The information sheet and the guidelines; answered, it is recorded under its version and leads into labelling."""
    person, row = _mine(request, slug)
    agreed = campaigns.may_rate(rater_of(person), row)
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        campaigns.record_consent(by=person, campaign=row, purposes=form.purposes())
        if not form.purposes()["rating"]:
            return redirect("home")
        return redirect(tickets.issue(person, row))
    context = {
        "title": row.title,
        "word": "Before you start",
        "campaign": row,
        "agreed": agreed,
        "form": form,
        "layers": row.form.layers.select_related("scheme"),
        "proxy": settings.PROXY_URL,
    }
    return render(request, "chorale/sheet.html", context, status=422 if form.errors else 200)

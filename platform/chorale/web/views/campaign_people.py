"""People of a campaign, for admins: invited ones, links to join by, the tutorial's outcomes; extending the campaign."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chorale.store import access, campaigns, consents, extending, recruitment, rounds
from chorale.store.models import Assignment, Campaign, JoinLink, User
from chorale.store.models.participation import Platform
from chorale.store.models.people import Role
from chorale.web.parts import crumb


class LinkForm(forms.Form):
    """A link to come in by."""

    platform = forms.ChoiceField(
        label="For",
        choices=[
            (Platform.PROLIFIC, "Prolific"),
            (Platform.MTURK, "Mechanical Turk"),
            (Platform.OPEN, "anybody who has the link"),
            (Platform.INVITATION, "one invited person, with an account of their own"),
        ],
    )
    title = forms.CharField(label="A name for it", required=False, max_length=120)
    places = forms.IntegerField(label="Places", initial=1, min_value=1, max_value=100_000)
    items = forms.IntegerField(label="Items a person", required=False, min_value=1, help_text="None: all there are.")
    minutes = forms.IntegerField(
        label="Minutes", initial=60, min_value=1, max_value=100_000, help_text="Then an unfinished place goes on."
    )
    code = forms.CharField(label="Completion code", required=False, max_length=60, help_text="None: one is drawn.")
    back = forms.URLField(label="Page of completion", required=False, assume_scheme="https")


class ExtendForm(forms.Form):
    """What may change while a campaign runs."""

    overlap = forms.IntegerField(label="Raters an item", min_value=1, max_value=100)
    quota = forms.IntegerField(label="Items a rater", required=False, min_value=1)
    per_day = forms.IntegerField(label="Items a rater and day", required=False, min_value=1)
    ends_on = forms.DateField(label="Last day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    pay_per = forms.ChoiceField(
        label="Paid", required=False, choices=[("", "not"), ("item", "per item"), ("hour", "per hour")]
    )
    pay = forms.FloatField(label="Rate", required=False, min_value=0)
    currency = forms.CharField(label="Currency", required=False, max_length=3)
    half_width = forms.FloatField(label="Half width of alpha's interval that is wanted", min_value=0.001, max_value=1)
    gold_feedback = forms.BooleanField(label="Raters see how they did at gold items", required=False)
    tells_agreement = forms.BooleanField(label="Raters read how far they agree with others", required=False)
    hides_names = forms.BooleanField(label="Adjudicators do not see who said what", required=False)

    def changes(self) -> dict[str, Any]:
        """The plan's values as they are stored."""
        told = dict(self.cleaned_data)
        told["ends_on"] = told["ends_on"].isoformat() if told["ends_on"] else ""
        told["pay"], told["currency"] = told["pay"] or 0.0, told["currency"] or "EUR"
        return told


def _one(request: HttpRequest, slug: str) -> tuple[User, Campaign]:
    person = access.demand(request.user, Role.ADMIN)
    return person, access.one(person, Campaign, slug=slug)


def people(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is in, by what way, how they qualified; who may be invited; the links."""
    _, row = _one(request, slug)
    return _page(request, row, LinkForm())


def _page(request: HttpRequest, row: Campaign, form: LinkForm) -> HttpResponse:
    places = row.assignments.select_related("rater__user").order_by("rater__pseudonym")
    tried: dict[int, list[Any]] = {}
    for one in row.qualifications.order_by("attempt"):
        tried.setdefault(one.rater_id, []).append(one)
    annotators = User.objects.filter(groups__name=Role.ANNOTATOR.value, is_active=True)
    links, agreed = row.links.order_by("-pk"), consents.given_by_rater(row)
    context = {
        "title": "People",
        "word": row.title,
        "crumbs": [crumb("Campaigns", "campaigns"), crumb(row.slug, "campaign", row.slug)],
        "campaign": row,
        "plan": rounds.plan_of(row),
        "places": [(p, tried.get(p.rater_id, []), agreed.get(p.rater_id)) for p in places],
        "others": annotators.exclude(rater__assignment__campaign=row).exclude(
            username__regex="^(prolific|mturk|open)-"
        ),
        "links": [(one, recruitment.address(one), recruitment.room(one), _states(one)) for one in links],
        "form": form,
    }
    return render(request, "chorale/campaigns/people.html", context, status=422 if form.errors else 200)


def _states(link: JoinLink) -> dict[str, int]:
    told: dict[str, int] = {}
    for state in link.participations.values_list("state", flat=True):
        told[state] = told.get(state, 0) + 1
    return told


@require_POST
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """Give annotators a place."""
    person, row = _one(request, slug)
    found = User.objects.filter(pk__in=[k for k in request.POST.getlist("person") if k.isdigit()], is_active=True)
    made = campaigns.invite_raters(by=person, campaign=row, people_=found.filter(groups__name=Role.ANNOTATOR.value))
    messages.success(request, f"{len(made)} invited. The campaign stands on their home page.")
    return redirect("campaign-people", slug)


@require_POST
def place(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """End a rater's part, or set how many items they get."""
    person, row = _one(request, slug)
    found = access.one(person, Assignment, pk=pk, campaign=row)
    if request.POST.get("do") == "end":
        consents.leave(found.rater, row)
        messages.success(request, f"{found.rater.pseudonym} gets no more items. Their answers stay.")
    else:
        campaigns.invite_raters(by=person, campaign=row, people_=[found.rater.user] if found.rater.user else [])
        messages.success(request, f"{found.rater.pseudonym} is in again.")
    return redirect("campaign-people", slug)


@require_POST
def make_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a link."""
    person, row = _one(request, slug)
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    recruitment.make_link(by=person, campaign=row, **form.cleaned_data)
    messages.success(request, "The link stands below. Give it out as it is.")
    return redirect("campaign-people", slug)


@require_POST
def close_link(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Let nobody new in by a link."""
    person, row = _one(request, slug)
    recruitment.close_link(by=person, link=access.one(person, JoinLink, pk=pk, campaign=row))
    messages.success(request, "Closed. Those who work finish.")
    return redirect("campaign-people", slug)


def extend(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what may change while a campaign runs."""
    person, row = _one(request, slug)
    plan = rounds.plan_of(row)
    begin = {name: getattr(plan, name, None) for name in ExtendForm.base_fields} | {"overlap": row.overlap}
    form = ExtendForm(request.POST or None, initial=begin)
    if request.method == "POST" and form.is_valid():
        extending.extend(by=person, campaign=row, **form.changes())
        messages.success(request, "The plan is changed.")
        return redirect("campaign", slug)
    context = {
        "title": "Extend or change",
        "word": row.title,
        "lead": "What can change while it runs. The overlap can only rise: no answer may stand over the cap.",
        "crumbs": [crumb("Campaigns", "campaigns"), crumb(slug, "campaign", slug)],
        "campaign": row,
        "form": form,
    }
    return render(request, "chorale/campaigns/extend.html", context, status=422 if form.errors else 200)

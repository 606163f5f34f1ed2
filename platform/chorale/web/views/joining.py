"""Joining by a link: from a crowd platform with its worker id, or by an invitation; the code at the end."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.password_validation import validate_password
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chorale.store import people, recruitment, rounds, sheets
from chorale.store.models import JoinLink, Participation, User
from chorale.store.models.participation import Platform
from chorale.store.models.people import Role
from chorale.web.views.my_work import mine
from harmonize.problems import ChoraleError

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
OPEN_KEY = "join-key"  # in the session: whoever comes again by an open link is known in this browser


class NameForm(forms.Form):
    """The account of somebody who was invited."""

    username = forms.SlugField(label="A name to sign in with", max_length=60)
    password = forms.CharField(label="A password", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    def clean_username(self) -> str:
        """Nobody else's."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError("This name is taken.")
        return name

    def clean_password(self) -> str:
        """As good as any account's."""
        word: str = self.cleaned_data["password"]
        validate_password(word)
        return word


def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """What this is, how long it takes, what it pays; starting gives a place and leads to the information sheet."""
    link = JoinLink.objects.filter(token=token).select_related("campaign__form").first()
    if link is None:
        raise Http404
    invited = link.platform == Platform.INVITATION
    signed_in = invited and request.user.is_authenticated
    form = NameForm(request.POST or None) if invited and not signed_in else None
    if request.method == "POST" and (form is None or form.is_valid()):
        row = _come(request, link, form)
        return redirect("work" if row.state != "working" else "campaign-sheet", link.campaign.slug)
    problem = None
    try:
        if link.platform in recruitment.IDS:
            recruitment.worker_of(link, request.GET)
    except ChoraleError as error:
        problem = error
    context = {
        "title": link.campaign.title,
        "word": "Take part",
        "link": link,
        "campaign": link.campaign,
        "plan": rounds.plan_of(link.campaign),
        "sheet": sheets.current(link.campaign),
        "room": recruitment.room(link),
        "problem": problem,
        "form": form,
        "other": request.user.is_authenticated and not signed_in,
    }
    return render(request, "chorale/work/join.html", context, status=422 if form and form.errors else 200)


def _come(request: HttpRequest, link: JoinLink, form: NameForm | None) -> Participation:
    """Give the place and sign its person in, whoever was signed in here before."""
    if link.platform in recruitment.IDS:
        worker, session = recruitment.worker_of(link, request.GET)
        row = recruitment.arrive(link, worker=worker, session=session)
    elif link.platform == Platform.OPEN:
        key = request.session.setdefault(OPEN_KEY, secrets.token_urlsafe(16))
        row = recruitment.arrive(link, worker=recruitment.hashed(link.platform, key))
    else:
        return _invited(request, link, form)
    _sign_in(request, row.rater.user)
    if link.platform == Platform.OPEN:
        request.session[OPEN_KEY] = key
    return row


def _invited(request: HttpRequest, link: JoinLink, form: NameForm | None) -> Participation:
    if form is None:
        assert isinstance(request.user, User)
        person = request.user
    else:
        if not recruitment.room(link) or link.state != "open":
            raise ChoraleError("join-full", "This invitation was used.", "Ask for another one.")
        told: dict[str, Any] = form.cleaned_data
        person = people.create(by=None, roles=[Role.ANNOTATOR], new=True, **told)
    row = recruitment.arrive(link, worker=recruitment.hashed(link.platform, str(person.pk)), person=person)
    if form is not None:
        known = authenticate(request, username=person.username, password=form.cleaned_data["password"])
        _sign_in(request, known if isinstance(known, User) else person)
    return row


def _sign_in(request: HttpRequest, person: User | None) -> None:
    assert person is not None
    if request.user.is_authenticated and request.user != person:
        logout(request)
    if request.user != person:
        login(request, person, backend=BACKEND)


@require_POST
def complete(request: HttpRequest, slug: str) -> HttpResponse:
    """End the work; the code is then on the page."""
    person, row = mine(request, slug)
    link = recruitment.of_person(person, row)
    if link is None:
        raise Http404
    recruitment.complete(link)
    return redirect("work", slug)


@require_POST
def give_back(request: HttpRequest, slug: str) -> HttpResponse:
    """Stop; the place goes to somebody else."""
    person, row = mine(request, slug)
    link = recruitment.of_person(person, row)
    if link is None:
        raise Http404
    recruitment.give_back(link)
    messages.success(request, "You gave the place back. Thank you for telling.")
    return redirect("work", slug)

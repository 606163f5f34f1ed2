"""People: who may sign in, as what; an account made, changed and closed, and the link to choose a password by."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from chorale.store import access, people
from chorale.store.models import Event, Rater, User
from chorale.store.models.people import Role
from chorale.web import accounts
from chorale.web.lists import Column, Filter, Listing, plain
from chorale.web.parts import action, crumb
from harmonize.problems import ChoraleError

MEANINGS = {
    Role.ANNOTATOR: "labels in campaigns, sees their own work and nothing else",
    Role.RESEARCHER: "reads corpora, items, agreement and releases",
    Role.ADMIN: "does everything: imports, models, campaigns, releases, people",
}


def _state(person: User) -> str:
    if not person.is_active:
        return "closed"
    return "active" if person.has_usable_password() else "no password yet"


class People(Listing):
    """Everybody with an account."""

    title = "People"
    word = "Workshop"
    lead = "Who may sign in, and as what. Accounts are made here; nobody signs up by themselves."
    columns = (
        Column("username", "Name", kind="link", sort="username", under=lambda p: p.email),
        Column("roles", "Roles", value=lambda p: ", ".join(sorted(g.name for g in p.groups.all())) or "none"),
        Column("state", "State", value=_state, kind="state", tones={"active": "good", "no password yet": "warn"}),
        Column("factor", "Second factor", value=lambda p: "yes" if p.factor else ""),
        Column("last_login", "Last here", kind="when"),
        Column("date_joined", "Since", kind="when", sort="date_joined"),
    )
    filters = (
        Filter("role", "Role", plain([role.value for role in Role]), "groups__name"),
        Filter(
            "open", "Account", [("yes", "open"), ("no", "closed")], lambda rows, v: rows.filter(is_active=v != "no")
        ),
    )
    search = ("username", "email")
    order = "username"

    def rows(self) -> QuerySet[Any]:
        """For admins."""
        factor = Exists(Authenticator.objects.filter(user=OuterRef("pk")))
        return access.rows(self.request.user, User).annotate(factor=factor).prefetch_related("groups")

    def href(self, row: User) -> str:
        """Their page."""
        return reverse("person", args=[row.pk])

    def more(self) -> dict[str, Any]:
        """Making one."""
        return {"actions": [action("Add a person", reverse("person-new"))]}


class PersonForm(forms.ModelForm):
    """An account: its name stays, the rest can change."""

    email = forms.EmailField(label="E-mail", required=False, help_text="To sign in by, and where mail is set up.")
    roles = forms.MultipleChoiceField(
        required=False,
        choices=[(role.value, f"{role.value}: {meaning}") for role, meaning in MEANINGS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    active = forms.BooleanField(label="May sign in", required=False, initial=True)

    class Meta:
        model = User
        fields = ("username", "email")
        help_texts = {"username": "Letters, digits and @ . + - _"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["username"].disabled = True
        else:
            del self.fields["active"]

    def clean_username(self) -> str:
        """Nobody else's, in whatever case it is written."""
        name = str(self.cleaned_data["username"])
        if not self.instance.pk and User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError("This name is taken.")
        return name

    def clean_email(self) -> str:
        """One account an address, or signing in by it would be a guess."""
        email = str(self.cleaned_data["email"])
        if email and User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another account has this address.")
        return email


def new(request: HttpRequest) -> HttpResponse:
    """Make an account; its page then shows the link by which the person chooses a password."""
    by = access.demand(request.user, Role.ADMIN)
    form = PersonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        roles = [Role(role) for role in given["roles"]]
        told = {"username": given["username"], "email": given["email"], "password": None}
        made = people.create(by=by, roles=roles, new=True, **told)
        return _shown(request, made, link=accounts.password_link(by=by, person=made))
    context = {"title": "Add a person", "word": "People", "crumbs": [crumb("People", "people")], "form": form}
    return render(request, "chorale/people/new.html", context, status=422 if form.errors else 200)


def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One account; posted, it is changed."""
    by = access.demand(request.user, Role.ADMIN)
    row = access.one(by, User, pk=pk)
    if request.method != "POST":
        return _shown(request, row)
    form = PersonForm(request.POST, instance=row)
    if form.is_valid():
        given = form.cleaned_data
        roles = [Role(role) for role in given["roles"]]
        try:
            people.change(by=by, person=row, roles=roles, email=given["email"], active=given["active"])
        except ChoraleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Kept.")
            return redirect("person", pk)
    return _shown(request, access.one(by, User, pk=pk), form=form)


@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """A new link to choose a password by, shown this once."""
    by = access.demand(request.user, Role.ADMIN)
    row = access.one(by, User, pk=pk, is_active=True)
    return _shown(request, row, link=accounts.password_link(by=by, person=row))


@require_POST
def factors(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away a second factor that was lost."""
    by = access.demand(request.user, Role.ADMIN)
    accounts.forget_factors(by=by, person=access.one(by, User, pk=pk))
    messages.success(request, "The second factor is gone. The password alone opens the account.")
    return redirect("person", pk)


def _shown(request: HttpRequest, row: User, *, form: PersonForm | None = None, link: str = "") -> HttpResponse:
    held = [group.name for group in row.groups.all()]
    events = Event.objects.filter(subject_type="user", subject=str(row.pk)).select_related("by").order_by("-pk")
    context = {
        "title": row.username, "word": "Person", "crumbs": [crumb("People", "people")],
        "person": row, "state": _state(row), "link": link, "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
        "form": form or PersonForm(instance=row, initial={"roles": held, "active": row.is_active}),
        "rater": Rater.objects.filter(user=row).first(), "factors": Authenticator.objects.filter(user=row).exists(),
        "tokens": row.tokens.filter(revoked_at__isnull=True).count(), "events": events[:10],
    }  # fmt: skip
    status = 422 if form is not None and form.errors else 200
    return render(request, "chorale/people/person.html", context, status=status)

"""The one door: every row a page or the API shows is fetched here, for a person.

A row one may not see does not exist for one (`Http404`); an act one may not do is refused (`PermissionDenied`).
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404

from chorale.store import models
from chorale.store.models.people import Role, User

Person = User | AnonymousUser
M = TypeVar("M", bound=Model)

# Who may see the rows of a table at all. Annotators see their own campaigns and nothing else (`campaigns_of`).
_READERS: dict[type[Model], frozenset[Role]] = {
    **{
        table: frozenset({Role.ADMIN, Role.RESEARCHER})
        for table in (
            models.Corpus,
            models.Item,
            models.Screening,
            models.Scheme,
            models.Crosswalk,
            models.Collection,
        )
    },
    **{
        table: frozenset({Role.ADMIN, Role.RESEARCHER})
        for table in (models.AggregationReport, models.AgreementReport, models.Aggregate, models.Ruling)
    },
    **{
        table: frozenset({Role.ADMIN})
        for table in (
            models.Assignment,
            models.Calibration,
            models.Campaign,
            models.CorpusPerson,
            models.Endpoint,
            models.Erasure,
            models.Event,
            models.Form,
            models.Intake,
            models.ItemReport,
            models.Job,
            models.JoinLink,
            models.Judgment,
            models.ModelFailure,
            models.ModelRequest,
            models.Prompt,
            models.Quarantine,
            models.Rater,
            models.Response,
            models.SyncProblem,
            models.Upload,
            models.User,
        )
    },
}


# Kinds of job that make something for everybody who reads data; what they were asked stands in their parameters.
_OPEN_RESULTS = frozenset({"fit_gaussians", "derive_columns", "harmonize"})


def roles(person: Person) -> frozenset[Role]:
    """The roles of a person; empty for somebody not signed in. Kept on the object for the request."""
    if not person.is_authenticated or not person.is_active:
        return frozenset()
    known = getattr(person, "_roles", None)
    if known is None:
        names = set(person.groups.values_list("name", flat=True))
        known = frozenset(Role) if person.is_superuser else frozenset(r for r in Role if r.value in names)
        person._roles = known  # type: ignore[union-attr]
    return known


def grant(person: User, role: Role) -> None:
    """Give a role."""
    group, _ = Group.objects.get_or_create(name=role.value)
    person.groups.add(group)
    person.__dict__.pop("_roles", None)


def demand(person: Person, *wanted: Role) -> User:
    """The person, if they hold one of the roles; `PermissionDenied` otherwise."""
    if not roles(person).intersection(wanted):
        raise PermissionDenied
    assert isinstance(person, User)
    return person


def rows(person: Person, table: type[M]) -> QuerySet[M]:
    """The rows of a table that a person may see; `PermissionDenied` where they may see none as a matter of role."""
    if table is models.Release:
        return releases_of(person)  # type: ignore[return-value]
    if table is models.Campaign and Role.ADMIN not in roles(person):
        return campaigns_of(person)  # type: ignore[return-value]
    if not roles(person) & _READERS.get(table, frozenset()):
        raise PermissionDenied
    return table._default_manager.all()


def one(person: Person, table: type[M], **key: Any) -> M:
    """One row by key, if the person may see it; `Http404` otherwise, whether or not it exists."""
    row = rows(person, table).filter(**key).first()
    if row is None:
        raise Http404
    return row


def results_of(person: Person, kind: str) -> QuerySet[models.Job]:
    """Finished jobs of a kind whose results stand on pages for admins and researchers, newest first."""
    demand(person, Role.ADMIN, Role.RESEARCHER)
    if kind not in _OPEN_RESULTS:
        raise PermissionDenied
    return models.Job.objects.filter(kind=kind, state="done").order_by("-finished_at", "-pk")


def campaigns_of(person: Person) -> QuerySet[models.Campaign]:
    """The open campaigns in which a person is a rater."""
    demand(person, *Role)
    return models.Campaign.objects.filter(
        assignments__rater__user=person, assignments__state="active", state__in=["open", "paused"]
    )


def taken_part(person: Person) -> QuerySet[models.Campaign]:
    """Every campaign in which a person is or was a rater, whatever its state: their page of it stays theirs."""
    demand(person, *Role)
    return models.Campaign.objects.filter(assignments__rater__user=person)


def open_to(person: Person) -> QuerySet[models.Campaign]:
    """Running campaigns that any annotator may join and this one has not; none for who came by a platform's link."""
    demand(person, *Role)
    running = models.Campaign.objects.filter(state="open", parent=None, plan__joining="open")
    if models.Participation.objects.filter(rater__user=person).exclude(link__platform="invitation").exists():
        return running.none()
    return running.exclude(assignments__rater__user=person)


def releases_of(person: Person) -> QuerySet[models.Release]:
    """Admins see every release; others what is published, and people not signed in only what is public."""
    held = roles(person)
    if Role.ADMIN in held:
        return models.Release.objects.all()
    published = models.Release.objects.filter(state__in=["published", "withdrawn"])
    return published if held else published.filter(access="public")

"""People: accounts, roles, and the rater behind a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q, QuerySet

from chorale.store import access, audit
from chorale.store.models import Rater, RaterLanguage, User
from chorale.store.models.people import Role
from harmonize.problems import ChoraleError


@transaction.atomic
def create(
    *,
    by: User | None,
    username: str,
    password: str | None,
    roles: Sequence[Role],
    email: str = "",
    demo: bool = False,
    new: bool = False,
) -> User:
    """A person with roles; an annotator is a rater too. An existing username is brought up to date, password kept.

    Without a password nobody can sign in as this person until one was chosen by a link. Pages, where anybody may type
    a name, ask for somebody ``new``: ChoraleError `name-taken`, in whatever case the name is written.
    """
    person = User.objects.filter(username=username).first()
    if new and (person is not None or User.objects.filter(username__iexact=username).exists()):
        raise ChoraleError("name-taken", f"The name {username} is taken.", "Choose another one.")
    if person is None:
        person = User.objects.create_user(username=username, email=email, password=password, demo=demo)
        audit.record(by, "person.create", person, roles=[r.value for r in roles])
    for role in roles:
        access.grant(person, role)
    if Role.ANNOTATOR in roles:
        rater_of(person)
    return person


@transaction.atomic
def change(*, by: User, person: User, roles: Collection[Role], email: str, active: bool) -> User:
    """Give exactly these roles and this address; a closed account can neither sign in nor use its tokens.

    ChoraleError `last-admin` where nobody could administer Chorale afterwards.
    """
    list(
        _admins().select_for_update(of=("self",)).order_by("pk")
    )  # two admins who close each other: one after the other
    row = User.objects.select_for_update().get(pk=person.pk)
    held, wanted = access.roles(row) if row.is_active else frozenset(), frozenset(Role(role) for role in roles)
    if Role.ADMIN in held and (Role.ADMIN not in wanted or not active) and not _other_admins(row):
        what = f"{row.username} is the only admin who can sign in."
        raise ChoraleError("last-admin", what, "Make somebody else an admin first.")
    row.email, row.is_active = email, active
    row.save(update_fields=["email", "is_active"])
    for role in wanted:
        access.grant(row, role)
    row.groups.remove(*row.groups.filter(name__in=[role.value for role in Role if role not in wanted]))
    if Role.ANNOTATOR in wanted:
        rater_of(row)
    audit.record(by, "person.change", row, roles=sorted(role.value for role in wanted), active=active)
    return row


def _other_admins(person: User) -> bool:
    return _admins().exclude(pk=person.pk).exists()


def _admins() -> QuerySet[User]:
    named = Group.objects.filter(name=Role.ADMIN.value)
    return User.objects.filter(
        Q(pk__in=User.groups.through.objects.filter(group__in=named).values("user")) | Q(is_superuser=True),
        is_active=True,
    )


@transaction.atomic
def tell_languages(*, by: User, told: Iterable[str]) -> list[str]:
    """Which languages a rater reads well, by tag, in place of what they told before; returns those that are tags."""
    rater = rater_of(by)
    tags = {tag.strip()[:20] for tag in told}
    kept = sorted(tag for tag in tags if tag and tag.replace("-", "").isalnum())
    RaterLanguage.objects.filter(rater=rater).exclude(language__in=kept).delete()
    RaterLanguage.objects.bulk_create([RaterLanguage(rater=rater, language=t) for t in kept], ignore_conflicts=True)
    audit.record(by, "rater.languages", rater, languages=kept)
    return kept


def rater_of(person: User) -> Rater:
    """The rater that a person is; made on first need, with a pseudonym that does not name them."""
    rater, _ = Rater.objects.get_or_create(
        user=person, defaults={"kind": "person", "pseudonym": f"rater-{person.pk:05d}", "demo": person.demo}
    )
    return rater

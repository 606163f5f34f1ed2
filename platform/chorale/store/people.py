"""People: accounts, roles, and the rater behind a person."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from chorale.store import access, audit
from chorale.store.models import Rater, User
from chorale.store.models.people import Role


@transaction.atomic
def create(
    *, by: User | None, username: str, password: str, roles: Sequence[Role], email: str = "", demo: bool = False
) -> User:
    """A person with roles; an annotator is a rater too. An existing username is brought up to date, password kept."""
    person = User.objects.filter(username=username).first()
    if person is None:
        person = User.objects.create_user(username=username, email=email, password=password, demo=demo)
        audit.record(by, "person.create", person, roles=[r.value for r in roles])
    for role in roles:
        access.grant(person, role)
    if Role.ANNOTATOR in roles:
        rater_of(person)
    return person


def rater_of(person: User) -> Rater:
    """The rater that a person is; made on first need, with a pseudonym that does not name them."""
    rater, _ = Rater.objects.get_or_create(
        user=person, defaults={"kind": "person", "pseudonym": f"rater-{person.pk:05d}", "demo": person.demo}
    )
    return rater

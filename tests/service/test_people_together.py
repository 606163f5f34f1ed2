"""Two at once at what keeps Chorale administered: somebody always can."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import pytest
from django.db import close_old_connections, connection

from chorale.store import access, people
from chorale.store.models import User
from chorale.store.models.people import Role
from harmonize.problems import ChoraleError
from tests.service.rated_rows import somebody

pytestmark = pytest.mark.django_db(transaction=True)


def closes(by: User, person: User, told: list[str], ready: threading.Barrier) -> None:
    """One admin closes the account of another; what came of it."""
    try:
        ready.wait()
        people.change(by=by, person=person, roles=[Role.ADMIN], email="", active=False)
        told.append("closed")
    except ChoraleError as error:
        told.append(error.code)
    finally:
        connection.close()


def test_two_admins_who_close_each_other_leave_one(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = somebody("ada", Role.ADMIN), somebody("bob", Role.ADMIN)
    looked, both = people._other_admins, threading.Barrier(2)

    def slowly(person: User) -> bool:
        """Both have looked before either goes on, where both can look at once."""
        found = looked(person)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(2)
        return found

    monkeypatch.setattr(people, "_other_admins", slowly)
    told: list[str] = []
    ready = threading.Barrier(2)
    pairs: list[tuple[User, User]] = [(ada, bob), (bob, ada)]
    work: Callable[..., None] = closes
    threads = [threading.Thread(target=work, args=(*pair, told, ready)) for pair in pairs]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    close_old_connections()
    assert sorted(told) == ["closed", "last-admin"]
    assert [Role.ADMIN in access.roles(one) for one in User.objects.filter(is_active=True)] == [True]

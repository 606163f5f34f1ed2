"""The first account: made by a command, with roles, its password checked."""

from __future__ import annotations

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from chorale.store import access
from chorale.store.models import User

pytestmark = pytest.mark.django_db


def add(monkeypatch: pytest.MonkeyPatch, password: str, *words: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
    call_command("add_person", *words, stdout=io.StringIO())


def test_a_person_with_two_roles_can_sign_in(monkeypatch: pytest.MonkeyPatch, client) -> None:
    add(monkeypatch, "a long enough word", "vera", "--role", "admin", "--role", "annotator")
    vera = User.objects.get(username="vera")
    assert access.roles(vera) == {"admin", "annotator"}
    assert client.login(username="vera", password="a long enough word")


def test_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="short"):
        add(monkeypatch, "kurz", "vera", "--role", "admin")
    assert not User.objects.filter(username="vera").exists()


def test_a_known_person_gets_a_role_and_keeps_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch, "a long enough word", "vera", "--role", "annotator")
    add(monkeypatch, "", "vera", "--role", "researcher")
    vera = User.objects.get(username="vera")
    assert access.roles(vera) == {"annotator", "researcher"}
    assert vera.check_password("a long enough word")

"""``manage.py add_person NAME --role admin``: an account, above all the first one, before anybody can sign in."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from chorale.store import people
from chorale.store.models import User
from chorale.store.models.people import Role


class Command(BaseCommand):
    """Make an account with roles; for a known name the roles are added and the password is kept."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name, roles, mail address."""
        parser.add_argument("username")
        parser.add_argument("--role", action="append", choices=Role.values, required=True, help="may be given again")
        parser.add_argument("--email", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask for the password (or read it from a pipe), check it, make the account."""
        name = options["username"]
        known = User.objects.filter(username=name).exists()
        roles = [Role(role) for role in options["role"]]
        password = "" if known else self._password(User(username=name, email=options["email"]))
        people.create(by=None, username=name, password=password, roles=roles, email=options["email"])
        self.stdout.write(f"{name}: {', '.join(roles)}{' (password kept)' if known else ''}")

    def _password(self, person: User) -> str:
        if sys.stdin.isatty():
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("Once more: "):
                raise CommandError("The two are not the same.")
        else:
            password = sys.stdin.readline().rstrip("\n")
        try:
            validate_password(password, person)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return password

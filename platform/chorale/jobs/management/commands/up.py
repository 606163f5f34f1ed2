"""``manage.py up``: every part of Chorale with one command, watched, until Ctrl-C."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chorale.embedded import supervisor
from harmonize.problems import ChoraleError


class Command(BaseCommand):
    """Start PostgreSQL, Valkey, Label Studio, worker, beat, web and proxy; what the environment names is not."""

    help = __doc__
    requires_system_checks: list[str] = []  # checks ask the database, which is not up yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--run", default="", metavar="COMMAND", help="a management command to run once all is up")
        parser.add_argument("--once", action="store_true", help="stop when that command has ended")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until stopped; exit with the status of the command that was run."""
        try:
            status = supervisor.serve(then=options["run"].split(), once=options["once"], report=self._say)
        except ChoraleError as error:
            raise CommandError(f"{error.message} {error.fix}") from error
        if status:
            sys.exit(status)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

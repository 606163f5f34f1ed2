"""`manage.py verify_release SLUG@VERSION`: whether a release is still what was published."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chorale.store import release_versions, releases
from harmonize.problems import ChoraleError


class Command(BaseCommand):
    """Verify a release."""

    help = "Check every byte, count and schema of a release; with --recompute every figure too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which release, how deep."""
        parser.add_argument("release", help="slug@version, or the version alone")
        parser.add_argument("--recompute", action="store_true", help="recompute every figure from the files too")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was found; a release that is not sound ends the command with an error."""
        try:
            release = release_versions.find(options["release"])
            report = releases.verify_release(release)
            if not report.ok:
                raise CommandError(str(report))
            self.stdout.write(str(report))
            if options["recompute"]:
                again = releases.recompute_release(release)
                if not again.ok:
                    raise CommandError(str(again))
                self.stdout.write(str(again))
        except ChoraleError as error:
            raise CommandError(f"{error.message} {error.fix}".strip()) from error

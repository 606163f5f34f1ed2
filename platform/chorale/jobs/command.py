"""The shape of a management command that starts a job and follows it to its end."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chorale.jobs import control, engine
from chorale.store.models import Job, User
from harmonize.problems import ChoraleError


class JobCommand(BaseCommand):
    """Start one job, show its progress, print its result as JSON. Workers do the work unless ``--here``."""

    kind = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options that every job command has."""
        parser.add_argument("--here", action="store_true", help="do the work in this process, without workers")
        parser.add_argument("--by", default="", help="username in whose name it is done (default: the system)")
        parser.add_argument("--timeout", type=float, default=3600.0, help="seconds to wait for the workers")

    def params(self, **options: Any) -> dict[str, Any]:
        """The job's parameters from the command's options."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, follow, report; misuse ends with its message and how to mend it."""
        by = User.objects.filter(username=options["by"]).first() if options["by"] else None
        if options["by"] and by is None:
            raise CommandError(f"There is no person '{options['by']}'.")
        try:
            job = engine.start(self.kind, by=by, params=self.params(**options))
            ended = self._follow(job, **options)
        except ChoraleError as error:
            raise CommandError(f"{error.message} {error.fix}".strip()) from error
        self.stdout.write(json.dumps(ended.result, indent=2, sort_keys=True, ensure_ascii=False))

    def _follow(self, job: Job, **options: Any) -> Job:
        follow = self._progress if self.stdout.isatty() else None
        if options["here"]:
            return control.run_here(job, follow=follow)
        return control.wait(job, timeout=options["timeout"], follow=follow)

    def _progress(self, job: Job) -> None:
        share = f"{job.done}/{job.total}" if job.total else str(job.done)
        self.stderr.write(f"\r{job.title}: {share} {job.message:60.60}", ending="")


def add_scope(parser: ArgumentParser) -> None:
    """The two arguments that name a corpus, campaign or collection."""
    parser.add_argument("scope_type", choices=["corpus", "campaign", "collection"])
    parser.add_argument("scope", help="its slug")

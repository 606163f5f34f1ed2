"""`manage.py import_predictions FILE ekman-6 --perspective writer --name M --model-version 1 --trained-on nothing`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chorale.store.local_raters import import_predictions
from harmonize.problems import ChoraleError


class Command(BaseCommand):
    """Import predictions that were made elsewhere."""

    help = "Import a model's soft labels (CSV, JSON lines or Parquet: item and one column a label) as a rater's."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """File, scheme, and who says it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("scheme", help="scheme, id or id@version")
        parser.add_argument("--perspective", required=True)
        parser.add_argument("--name", required=True, help="of the model")
        parser.add_argument("--model-version", required=True)
        parser.add_argument("--trained-on", required=True, help='collection it was trained on, or "nothing"')

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, then say how many rows went in and what was wrong with the others."""
        try:
            rater, new, problems = import_predictions(
                by=None,
                path=options["file"],
                scheme=options["scheme"],
                perspective=options["perspective"],
                name=options["name"],
                version=options["model_version"],
                trained_on=options["trained_on"],
            )
        except ChoraleError as error:
            raise CommandError(f"{error.message} {error.fix}".strip()) from error
        for problem in problems[:20]:
            self.stderr.write(str(problem))
        self.stdout.write(f"{rater.pseudonym}: {new} new judgments, {len(problems)} rows left out")

"""`manage.py prelabel letters goemotions-28 --perspective reader`: a model rater labels a collection."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from chorale.jobs.command import JobCommand
from chorale.store import estimates
from harmonize.problems import ChoraleError


class Command(JobCommand):
    """Pre-label a collection."""

    help = "Let a model rater label a collection: a classifier trained on people's votes, or a language model."
    kind = "prelabel"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Collection, scheme, perspective and the rater's options, beside those of every job."""
        parser.add_argument("collection", help="slug of the collection")
        parser.add_argument("scheme", help="scheme, id or id@version")
        parser.add_argument("--perspective", required=True)
        parser.add_argument("--engine", choices=["auto", "classifier", "chat", "function"], default="auto")
        parser.add_argument("--train-on", nargs="*", default=[], metavar="CORPUS", help="default: the items' own")
        parser.add_argument("--max-training", type=int, default=0, help="most items to learn from (0: the default)")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--endpoint", default="", help="slug (default: CHORALE_LLM_URL and CHORALE_LLM_MODEL)")
        parser.add_argument("--prompt", default="", help='"id@version" or "id@version#hash"')
        parser.add_argument("--elicitation", type=json.loads, help='JSON, as {"name": "samples", "count": 10}')
        parser.add_argument("--image-side", type=int, default=0, help="show pictures, longer side in pixels (0: none)")
        parser.add_argument("--rater", default="", help="an installed function rater")
        parser.add_argument("--options", type=json.loads, help="its options, JSON")
        parser.add_argument("--budget-requests", type=int, default=0, help="most requests to pay for (0: no limit)")
        parser.add_argument("--dry-run", type=int, default=0, metavar="N", help="ask about N items only and estimate")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """A dry run ends with its estimate; everything else is a job."""
        if not options["dry_run"]:
            return super().handle(*args, **options)
        try:
            told = estimates.dry_run(by=None, params=self.params(**options), items=options["dry_run"])
        except ChoraleError as error:
            raise CommandError(f"{error.message} {error.fix}".strip()) from error
        self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))

    def params(self, **options: Any) -> dict[str, Any]:
        """The job's parameters."""
        names = ("collection", "scheme", "perspective", "engine", "train_on", "max_training", "seed", "endpoint")
        more = ("prompt", "elicitation", "image_side", "rater", "options", "budget_requests")
        return {name: options[name] for name in (*names, *more)}

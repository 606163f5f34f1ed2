"""`manage.py submit_recorded letters-round-1 samples/answers/answers.jsonl`: demo raters answer, as themselves."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chorale.store import studio_raters
from chorale.store.models import Campaign
from harmonize.problems import ChoraleError


class Command(BaseCommand):
    """Submit recorded answers."""

    help = "Submit recorded answers of demo raters to Label Studio, each under the rater's own account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which campaign, which answers."""
        parser.add_argument("campaign", help="its slug")
        parser.add_argument("file", type=Path, help="JSON lines, each marked as demo")

    def handle(self, *args: Any, **options: Any) -> None:
        """Submit what is missing and print the counts as JSON."""
        campaign = Campaign.objects.filter(slug=options["campaign"]).first()
        if campaign is None:
            raise CommandError(f"There is no campaign '{options['campaign']}'.")
        try:
            recorded = studio_raters.read_recorded(options["file"])
            counts = studio_raters.submit_recorded(by=None, campaign=campaign, recorded=recorded)
        except ChoraleError as error:
            raise CommandError(f"{error.message} {error.fix}".strip()) from error
        self.stdout.write(json.dumps(counts, sort_keys=True))

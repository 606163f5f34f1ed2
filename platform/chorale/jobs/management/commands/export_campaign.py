"""`manage.py export_campaign SLUG FOLDER`: every judgment of a campaign as Parquet, at any time, without a release."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chorale.store import campaign_exports
from chorale.store.models import Campaign
from harmonize.problems import ChoraleError


class Command(BaseCommand):
    """Export a campaign's ratings."""

    help = "Write judgments.parquet and raters.parquet of a campaign into a new folder (for its own makers)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which campaign, where to."""
        parser.add_argument("campaign", help="its slug")
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, and leave a line in the audit trail."""
        campaign = Campaign.objects.filter(slug=options["campaign"]).first()
        if campaign is None:
            raise CommandError(f"There is no campaign '{options['campaign']}'.")
        try:
            count = campaign_exports.write(campaign, options["folder"])
        except ChoraleError as error:
            raise CommandError(f"{error.message} {error.fix}".strip()) from error
        campaign_exports.record(None, campaign, {"judgments": count})
        self.stdout.write(f"{count} judgments in {options['folder']}")

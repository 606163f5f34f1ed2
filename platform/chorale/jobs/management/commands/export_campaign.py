"""`manage.py export_campaign SLUG FOLDER`: every judgment of a campaign as Parquet, at any time, without a release."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chorale.store import audit, drawing
from chorale.store.models import Campaign
from exports.ratings import write_ratings
from harmonize.problems import ChoraleError


class Command(BaseCommand):
    """Export a campaign's ratings."""

    help = "Write judgments.parquet and raters.parquet of a campaign into a new folder (for its own makers)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which campaign, where to."""
        parser.add_argument("campaign", help="its slug")
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, and leave a line in the audit trail. Pseudonyms are the same in every export of this installation."""
        campaign = Campaign.objects.filter(slug=options["campaign"]).first()
        if campaign is None:
            raise CommandError(f"There is no campaign '{options['campaign']}'.")
        salt = hashlib.sha256(f"ratings {settings.PSEUDONYM_KEY}".encode()).digest()
        try:
            with drawing.campaign_ratings(campaign) as source:
                count = write_ratings(options["folder"], source, salt=salt)
        except ChoraleError as error:
            raise CommandError(f"{error.message} {error.fix}".strip()) from error
        audit.record(None, "campaign.export", campaign, judgments=count)
        self.stdout.write(f"{count} judgments in {options['folder']}")

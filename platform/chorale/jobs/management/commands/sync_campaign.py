"""`manage.py sync_campaign letters-round-1`: bring the raters' answers back; again brings only what is new."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from chorale.jobs.command import JobCommand


class Command(JobCommand):
    """Sync a campaign."""

    help = "Pull a campaign's answers from Label Studio: what changed since the last time, or everything."
    kind = "sync_campaign"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which campaign, beside the options of every job."""
        parser.add_argument("campaign", help="its slug")
        parser.add_argument("--full", action="store_true", help="read everything, and find what was deleted")
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """The campaign, and how much of it."""
        return {"campaign": options["campaign"], "full": options["full"]}

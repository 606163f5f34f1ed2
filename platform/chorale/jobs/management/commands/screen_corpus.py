"""`manage.py screen_corpus letters`: languages, personal data, profanity and lengths of a corpus's texts."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from chorale.jobs.command import JobCommand


class Command(JobCommand):
    """Look through texts."""

    help = "Tell the language, personal data, profanity and length of each text of some corpora (none named: all)."
    kind = "screen_corpus"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Corpora and region, beside the options of every job."""
        parser.add_argument("corpora", nargs="*", help="slugs")
        parser.add_argument("--region", default="US", help="country (ISO 3166) whose phone numbers need no +")
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """Which corpora, and whose phone numbers."""
        return {"corpora": options["corpora"], "region": options["region"]}

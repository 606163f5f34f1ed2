"""`manage.py mask_corpus letters email phone`: personal data in a corpus's texts, masked for good."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from chorale.jobs.command import JobCommand
from harmonize.corpora.screening import KINDS


class Command(JobCommand):
    """Mask personal data."""

    help = "Replace personal data in the texts of a corpus by its kind, in what is here and in what comes in later."
    kind = "mask_corpus"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Corpus and kinds, beside the options of every job."""
        parser.add_argument("corpus", help="slug")
        parser.add_argument("kinds", nargs="+", choices=KINDS)
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """Which corpus, and what is masked in it."""
        return {"corpus": options["corpus"], "kinds": options["kinds"]}

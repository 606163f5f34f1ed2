"""`manage.py find_duplicates letters postcards`: items that say nearly the same, flagged and grouped."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from chorale.jobs.command import JobCommand


class Command(JobCommand):
    """Find near duplicates."""

    help = "Flag items whose texts are nearly the same, within and across corpora (none named: all)."
    kind = "find_duplicates"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Corpora and threshold, beside the options of every job."""
        parser.add_argument("corpora", nargs="*", help="slugs")
        parser.add_argument("--threshold", type=float, default=0.8, help="Jaccard similarity of character 5-grams")
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """Which corpora, and how alike."""
        return {"corpora": options["corpora"], "threshold": options["threshold"]}

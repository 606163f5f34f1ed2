"""`manage.py settle corpus letters`: votes into soft labels, under the aggregations named, or those made unasked."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from chorale.jobs.command import JobCommand, add_scope


class Command(JobCommand):
    """Settle a scope."""

    help = "Settle people's votes in a corpus, campaign or collection into soft labels."
    kind = "settle"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Scope and ways, beside the options of every job."""
        add_scope(parser)
        parser.add_argument("--ways", nargs="+", help="names of aggregations, or: all (see docs/methods.md)")
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """Which scope, by which ways."""
        ways = options["ways"]
        asked = {"ways": "all" if ways == ["all"] else ways} if ways else {}
        return {"scope_type": options["scope_type"], "scope": options["scope"], **asked}

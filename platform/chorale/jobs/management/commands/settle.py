"""`manage.py settle corpus letters`: votes into soft labels, under every aggregation its schemes know."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from chorale.jobs.command import JobCommand, add_scope


class Command(JobCommand):
    """Settle a scope."""

    help = "Settle people's votes in a corpus, campaign or collection into soft labels."
    kind = "settle"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Scope, beside the options of every job."""
        add_scope(parser)
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """Which scope."""
        return {"scope_type": options["scope_type"], "scope": options["scope"]}

"""`manage.py harmonize corpus letters goemotions-28--ekman-6-neutral-set …`: soft labels in other schemes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from chorale.jobs.command import JobCommand, add_scope


class Command(JobCommand):
    """Harmonize a scope."""

    help = "Map a scope's judgments and soft labels by crosswalks, and report what each map loses."
    kind = "harmonize"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Scope and crosswalks, beside the options of every job."""
        add_scope(parser)
        parser.add_argument("crosswalks", nargs="*", help="crosswalk ids, or id@version")
        parser.add_argument(
            "--points", action="append", default=[], metavar="NORMS:SCHEME[:VIA]", help="VAD points by word norms"
        )
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """Which scope, which maps."""
        parts = [dict(zip(("norms", "scheme", "via"), text.split(":"), strict=False)) for text in options["points"]]
        return {key: options[key] for key in ("scope_type", "scope", "crosswalks")} | {"points": parts}

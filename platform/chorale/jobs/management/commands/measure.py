"""`manage.py measure campaign letters-round-1`: agreement of people, and of models with people."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from chorale.jobs.command import JobCommand, add_scope


class Command(JobCommand):
    """Measure a scope."""

    help = "Measure agreement in a corpus, campaign or collection, with intervals."
    kind = "measure"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Scope, bootstrap rounds and seed, beside the options of every job."""
        add_scope(parser)
        parser.add_argument("--rounds", type=int, default=1000, help="bootstrap rounds")
        parser.add_argument("--seed", type=int, default=0)
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """Which scope, how many rounds, which seed."""
        return {key: options[key] for key in ("scope_type", "scope", "rounds", "seed")}

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
        """Scope, bootstrap, filters to show before and after, beside the options of every job."""
        add_scope(parser)
        parser.add_argument("--rounds", type=int, default=1000, help="bootstrap rounds")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--leave-out", nargs="+", metavar="RATER", help="show figures without these raters too")
        parser.add_argument("--least-judgments", type=int, help="the same without raters who judged less")
        parser.add_argument("--least-seconds", type=float, help="the same without answers faster than that")
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """Which scope, how many rounds, which seed, which filters."""
        rules = ("leave_out", "least_judgments", "least_seconds")
        filters = [{rule: options[rule]} for rule in rules if options[rule] is not None]
        asked = {key: options[key] for key in ("scope_type", "scope", "rounds", "seed")}
        return asked | ({"filters": filters} if filters else {})

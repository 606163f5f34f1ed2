"""`manage.py bake_off letters goemotions-28 --perspective reader`: model raters beside people, in one table."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from chorale.jobs.command import JobCommand


class Command(JobCommand):
    """Compare model raters."""

    help = "Compare the model raters of a human-labelled collection: agreement, proper scores, stand-in test, cost."
    kind = "bake_off"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Collection, scheme and raters, beside the options of every job."""
        parser.add_argument("collection", help="slug of the collection")
        parser.add_argument("scheme", help="scheme, id or id@version")
        parser.add_argument("--perspective", required=True)
        parser.add_argument("--raters", nargs="*", default=[], help="default: every model that judged the collection")
        parser.add_argument("--declared", choices=["expert", "skilled", "crowd"], default="crowd")
        parser.add_argument("--rounds", type=int, default=1000, help="bootstrap rounds")
        parser.add_argument("--seed", type=int, default=0)
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """The job's parameters."""
        names = ("collection", "scheme", "perspective", "raters", "declared", "rounds", "seed")
        return {name: options[name] for name in names}

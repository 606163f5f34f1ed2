"""`manage.py build_release RECIPE`: build the release that a recipe describes; again is the same bytes."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from chorale.jobs.command import JobCommand
from chorale.store import releases
from chorale.store.models import User


class Command(JobCommand):
    """Build a release."""

    help = "Build and freeze a release from a recipe; one already built is built again and compared byte by byte."
    kind = "release"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The recipe, beside the options of every job."""
        parser.add_argument("recipe", type=Path, help="recipe file (TOML)")
        parser.add_argument("--publish", action="store_true", help="publish it once it is frozen")
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """Which release, and whether to publish it."""
        by = User.objects.filter(username=options["by"]).first()
        release = releases.draft_release(by=by, recipe=options["recipe"].read_text("utf-8"))
        return {"release": release.pk, "publish": options["publish"]}

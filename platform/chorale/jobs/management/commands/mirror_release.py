"""`manage.py mirror_release SLUG@VERSION ADDRESS`: copy a release to a folder, S3 or the Hugging Face hub."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from chorale.jobs.command import JobCommand
from chorale.store import release_versions


class Command(JobCommand):
    """Mirror a release."""

    help = "Copy a published release elsewhere; again sends what is missing and removes what was withdrawn."
    kind = "mirror_release"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which release, and where to, beside the options of every job."""
        parser.add_argument("release", help="slug@version, or the version alone")
        parser.add_argument("address", help="hf://datasets/OWNER/NAME, s3://bucket/path, or a folder")
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """Which release, and where to."""
        return {"release": release_versions.find(options["release"]).pk, "address": options["address"]}

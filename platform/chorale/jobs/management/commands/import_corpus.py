"""`manage.py import_corpus samples/letters`: a corpus by its descriptor, every row accounted for."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from chorale.jobs.command import JobCommand


class Command(JobCommand):
    """Import a corpus."""

    help = "Import the corpus that a folder's corpus.toml describes; what is there already is left as it is."
    kind = "import_corpus"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder, beside the options of every job."""
        parser.add_argument("folder", help="where corpus.toml and its files are: a folder, an archive, or an address")
        super().add_arguments(parser)

    def params(self, **options: Any) -> dict[str, Any]:
        """Which folder."""
        folder = options["folder"]
        return {"folder": folder if "://" in folder else str(Path(folder).resolve())}
